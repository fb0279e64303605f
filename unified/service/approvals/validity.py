"""Everything that an approval is bound to, checked again before it is shown or sent: if anything changed, it is void."""

from typing import Any

import msgspec

from unified.errors.configuration import CatalogError
from unified.errors.writes import Conflict
from unified.service.access.mcp_authentication import requester_of
from unified.service.access.principals import Principal
from unified.service.approvals.payload import ApprovalPayload, scope_digest, settings_digest
from unified.service.records.calls.call import Call
from unified.service.records.opening import open_call
from unified.service.runtime import approval_invalidation
from unified.service.runtime.approval_invalidation import ACCOUNT_RECONNECTED, invalidate_approval
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow
from unified.telemetry.request_scope import audit_context


class ValidApproval(msgspec.Struct, frozen=True, kw_only=True):
    """A pending write with its requester, while everything that it is bound to still holds."""

    payload: ApprovalPayload
    requester: Principal


async def valid_approval(services: Services, row: ApprovalRow, payload: ApprovalPayload | None) -> ValidApproval:
    """Return the write of a pending row with this payload, and make it void if something that it is bound to changed.

    Raises:
        Conflict: it is not pending, or has just become void.
    """
    result = await _valid_or_reason(services, row, payload)
    if isinstance(result, ValidApproval):
        return result
    await approval_invalidation.invalidate_approval(services, row.tenant_id, row.id, result)
    raise await not_waiting(services, row)


async def _valid_or_reason(services: Services, row: ApprovalRow, payload: ApprovalPayload | None) -> ValidApproval | str:
    if payload is None:
        return approval_invalidation.UNREADABLE
    requester = await requester_of(services, row.tenant_id, row.requested_by, row.key_id, is_tool=row.tool is not None)
    if requester is None:
        return approval_invalidation.REQUESTER_GONE
    if scope_digest(requester.scopes) != row.scope_digest:
        return approval_invalidation.SCOPE_CHANGED
    changed = await _changed(services, row, payload)
    return changed or ValidApproval(payload=payload, requester=requester)


async def _changed(services: Services, row: ApprovalRow, payload: ApprovalPayload) -> str | None:
    """Return what changed at the account or in the mapping, read from the database and not from the cache."""
    account = await services.rows.reread_account(row.tenant_id, row.account_id)
    if account is None:
        return approval_invalidation.ACCOUNT_GONE
    if account.connections != row.connections:
        return approval_invalidation.ACCOUNT_RECONNECTED
    if account.status != "active":
        return approval_invalidation.ACCOUNT_INACTIVE
    if settings_digest(account.settings) != payload.settings:
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
    """Return the refusal of a decision that comes too late: it reports what happened to the write."""
    now = await approvals.get(services.database, row.tenant_id, row.id)
    status, reason = (now.status, now.status_reason) if now is not None else ("gone", None)
    return Conflict(f"the approval is {status}{f' ({reason})' if reason else ''}; it can be decided only while it is pending")


async def open_as_requester(services: Services, row: ApprovalRow, valid: ValidApproval) -> Call:
    """Return a call of the requester that may send; the caller of this function records it in the audit.

    Raises:
        Conflict: the account was connected again a moment ago.
        UnifiedError: what `open_call` raises.
    """
    with audit_context():
        call = await open_call(services, valid.requester, row.account_id, row.model, row.method, approved=True)
    seen: tuple[Any, ...] = (call.account.connections, settings_digest(call.account.settings), call.mapping.digest)
    if seen != (row.connections, valid.payload.settings, row.mapping_digest):
        await invalidate_approval(services, row.tenant_id, row.id, ACCOUNT_RECONNECTED)
        raise await not_waiting(services, row)
    return call
