"""An approver decides: once, about the very write that was shown, and never about what its own credential asked for."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors import Conflict, NotFound, ValidationFailed, WritesDenied
from unified.service.approvals.bounds import Bound, bound_of, not_waiting, open_as_requester
from unified.service.approvals.documents import Document, digest_of, settled
from unified.service.approvals.executing import execute, execute_until
from unified.service.approvals.reading import DECIDERS, NO_APPROVAL, approval_for, decides
from unified.service.approvals.summaries import summarize
from unified.service.audit_notes import Decided, note_decided
from unified.service.calls import Call
from unified.service.events import approval_events
from unified.service.principals import Principal, require_role
from unified.service.services import Services
from unified.service.writes import admit
from unified.store import approvals
from unified.store.approvals import ApprovalRow, Change

DECLINE_REASONS = ("not_needed", "wrong_record", "wrong_values", "not_allowed", "other")
"""Reasons that are kept; any other text is taken and dropped, for people write of customers."""
MAX_REASON = 500
_SERVER_ID = "mcp_"


class Approve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which write is approved; with `arguments`, what is written in place of what was asked for."""

    digest: str
    arguments: dict[str, Any] | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Approve({self.digest!r})"


class Decline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a write is declined, and why."""

    reason: str | None = None

    def __repr__(self) -> str:
        """Without what a person wrote."""
        return "Decline()"


async def approve(services: Services, approver: Principal, approval_id: str, asked: Approve) -> ApprovalRow:
    """Approve a write and execute it; the row tells what came of it.

    Raises:
        NotFound: unknown, another tenant's, or outside of the approver's scope.
        Forbidden: the role does not decide, or the approver's own credential asked for the write.
        Conflict: the write does not wait any more, is void, or is not the one with this digest.
        ValidationFailed and others: the arguments cannot be written; the write still waits.
    """
    row = await _decidable(services, approver, approval_id)
    if approver.credentials & {row.requested_by, row.key_id}:
        raise WritesDenied("the credential that asked for a write cannot approve it: another key must")
    if row.status != "pending":
        raise await not_waiting(services, row)
    if asked.digest != row.digest:
        raise Conflict("digest: not the one of this approval; read it again, and approve what it shows")
    bound = await bound_of(services, row)
    call = await open_as_requester(services, row, bound)
    document, change = _edited(call, bound, asked)
    await admit(call, document.write)
    claimed = await approvals.claim(
        services.database, row, decided_by=approver.key_id, execute_until=execute_until(services), change=change
    )
    if claimed is None:
        raise await not_waiting(services, row)
    _note(claimed)
    return await execute(services, claimed, call, document.write)


async def decline(services: Services, approver: Principal, approval_id: str, asked: Decline) -> ApprovalRow:
    """Decline a write; what it would have written is erased. Raises NotFound, Forbidden and Conflict as `approve`."""
    if asked.reason is not None and len(asked.reason) > MAX_REASON:
        raise ValidationFailed.at("/reason", f"expected at most {MAX_REASON} characters, got {len(asked.reason)}")
    row = await _decidable(services, approver, approval_id)
    declined = await approvals.decline(
        services.database,
        row.tenant_id,
        row.id,
        reason=asked.reason if asked.reason in DECLINE_REASONS else None,
        decided_by=approver.key_id,
        tell=approval_events("approval.decided", services.database.clock),
    )
    if declined is None:
        raise await not_waiting(services, row)
    return declined


async def _decidable(services: Services, approver: Principal, approval_id: str) -> ApprovalRow:
    """The row, noted for the trail."""
    require_role(approver, *DECIDERS)
    row = await approval_for(services, approver, approval_id)
    if not decides(approver, row):
        raise NotFound(NO_APPROVAL)  # what it asked for itself, outside of the scope in which it decides
    _note(row)
    return row


def _note(row: ApprovalRow) -> None:
    decided = Decided(approval_id=row.id, account_id=row.account_id, model=row.model, digest=row.digest)
    note_decided(decided, row.tool, row.requested_by if row.requested_by.startswith(_SERVER_ID) else None)


def _edited(call: Call, bound: Bound, asked: Approve) -> tuple[Document, Change | None]:
    """The document to execute, and what changes in the row when the approver put other arguments in its place."""
    document = bound.document
    if isinstance(asked.arguments, UnsetType):
        return document, None
    edited = msgspec.structs.replace(document, body=settled(_body(document, asked.arguments)))
    summary = summarize(call.mapping.model, edited.write, call.account.name)
    return edited, Change(digest=digest_of(call.services, edited), summary=summary)


def _body(document: Document, arguments: dict[str, Any]) -> dict[str, Any]:
    """The new body; the record and the path parameters may be repeated as a tool's arguments have them, but not changed."""
    fixed = {**document.path, **({} if document.record_id is None else {"id": document.record_id})}
    for name, value in fixed.items():
        if name in arguments and arguments[name] != value:
            raise ValidationFailed.at(f"/arguments/{name}", "cannot be changed; decline, and let another write be asked for")
    return {name: value for name, value in arguments.items() if name not in fixed}
