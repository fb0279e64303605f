"""What an approval is bound to, looked at again before anything is shown or sent: one change, and it is void."""

from typing import Any

import msgspec

from unified.errors import CatalogError, Conflict
from unified.service.access.mcp_authentication import requester_of
from unified.service.access.principals import Principal
from unified.service.approvals.payload import ApprovalPayload, open_payload, scope_digest, settings_digest
from unified.service.audit.request_context import audit_context
from unified.service.records.provider_calls import Call, open_call
from unified.service.runtime import approval_invalidation
from unified.service.runtime.approval_invalidation import ACCOUNT_RECONNECTED, invalidate_approval
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow


class ValidApproval(msgspec.Struct, frozen=True, kw_only=True):
    """A write that waits, with who asked for it, while all that it is bound to still holds."""

    document: ApprovalPayload
    requester: Principal


async def valid_approval(services: Services, row: ApprovalRow) -> ValidApproval:
    """The write of a row that waits; Conflict when it waits no more, or when it is void, which it then becomes."""
    found = await _bound_or_reason(services, row)
    if isinstance(found, ValidApproval):
        return found
    await approval_invalidation.invalidate_approval(services, row.tenant_id, row.id, found)
    raise await not_waiting(services, row)


async def _bound_or_reason(services: Services, row: ApprovalRow) -> ValidApproval | str:
    document = await open_payload(services, row)
    if document is None:
        return approval_invalidation.UNREADABLE
    requester = await requester_of(services, row.tenant_id, row.requested_by, row.key_id)
    if requester is None:
        return approval_invalidation.REQUESTER_GONE
    if scope_digest(requester.scopes) != row.scope_digest:
        return approval_invalidation.SCOPE_CHANGED
    changed = await _changed(services, row, document)
    return changed or ValidApproval(document=document, requester=requester)


async def _changed(services: Services, row: ApprovalRow, document: ApprovalPayload) -> str | None:
    """What changed at the account or in the mapping, read from the database and not from what this process keeps."""
    account = await services.rows.reread_account(row.tenant_id, row.account_id)
    if account is None:
        return approval_invalidation.ACCOUNT_GONE
    if account.connections != row.connections:
        return approval_invalidation.ACCOUNT_RECONNECTED
    if account.status != "active":
        return approval_invalidation.ACCOUNT_INACTIVE
    if settings_digest(account.settings) != document.settings:
        return approval_invalidation.SETTINGS_CHANGED
    return (
        None
        if _mapping_digest(services, account.provider, row.model) == row.mapping_digest
        else approval_invalidation.MAPPING_CHANGED
    )


def _mapping_digest(services: Services, provider: str, model_id: str) -> str | None:
    try:
        return services.catalog.compiled(provider, model_id).digest
    except CatalogError:
        return None


async def not_waiting(services: Services, row: ApprovalRow) -> Conflict:
    """The refusal of a decision that comes too late: it tells what became of the write."""
    now = await approvals.get(services.database, row.tenant_id, row.id)
    status, reason = (now.status, now.status_reason) if now is not None else ("gone", None)
    return Conflict(f"the approval is {status}{f' ({reason})' if reason else ''}; it can be decided only while it is pending")


async def open_as_requester(services: Services, row: ApprovalRow, bound: ValidApproval) -> Call:
    """A call of the requester that may send; the trail is told of it by who uses it.

    Raises what `open_call` raises; Conflict when the account was connected again a moment ago.
    """
    with audit_context():
        call = await open_call(services, bound.requester, row.account_id, row.model, row.method, approved=True)
    seen: tuple[Any, ...] = (call.account.connections, settings_digest(call.account.settings), call.mapping.digest)
    if seen != (row.connections, bound.document.settings, row.mapping_digest):
        await invalidate_approval(services, row.tenant_id, row.id, ACCOUNT_RECONNECTED)
        raise await not_waiting(services, row)
    return call
