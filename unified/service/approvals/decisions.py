"""An approver decides: once, about the very write that was shown, and never about what its own credential asked for."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors import ApprovalStale, NotFound, ValidationFailed, WritesDenied
from unified.service.access.lineage import may_decide
from unified.service.access.permissions import DECIDES, require_permission
from unified.service.access.principals import Principal
from unified.service.approvals.authority import (
    NO_APPROVAL,
    reaches,
    require_decides,
    require_may_write,
    require_whole,
    require_within,
)
from unified.service.approvals.comparison import ApprovalView
from unified.service.approvals.details import seen_by
from unified.service.approvals.execution import execute, execute_until
from unified.service.approvals.payload import ApprovalPayload, normalized, summarize
from unified.service.approvals.queries import approval_for
from unified.service.approvals.validity import ValidApproval, not_waiting, open_as_requester, valid_approval
from unified.service.audit.request_context import DecidedApproval, audit_context, record_decision
from unified.service.records.provider_calls import Call
from unified.service.runtime.events import approval_events
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow, Change

DECLINE_REASONS = ("not_needed", "wrong_record", "wrong_values", "not_allowed", "other")
"""Reasons that are kept; any other text is taken and dropped, for people write of customers."""
MAX_REASON = 500
_SERVER_ID = "mcp_"


class Approve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which write is approved, by the digest that it was shown with; with `arguments`, what is written in its place."""

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
        Forbidden: the role does not decide, the approver's own credential asked for the write, a field of it is hidden from
            the approver, or the approver may not write what it put in its place.
        Conflict: the write does not wait any more, or is void.
        ApprovalStale: what would be sent is not what has this digest; the write still waits.
        ValidationFailed and others: the arguments cannot be written; the write still waits.
    """
    row = await _decidable(services, approver, approval_id)
    await _require_other_line(services, approver, row)
    if row.status != "pending":
        raise await not_waiting(services, row)
    bound = await valid_approval(services, row)
    call = await open_as_requester(services, row, bound)
    with audit_context():  # what is read is part of the decision, not a call of its own
        document = await _edited(call, approver, bound, asked)
        seen = await seen_by(call, approver, document, judged=True)
    change = _change(call, document, seen)
    if asked.digest != seen.details.digest and not await _edits_what_was_shown(call, approver, bound, asked):
        raise _stale(row, change, seen)
    claimed = await approvals.claim(
        services.database, row, decided_by=approver.key_id, execute_until=execute_until(services), change=change
    )
    if claimed is None:
        raise await not_waiting(services, row)
    _note(claimed)
    return await execute(services, claimed, call, document.write, seen.plan)


async def may_approve(services: Services, approver: Principal, row: ApprovalRow) -> bool:
    """Whether a key stands outside the line of those who asked for a write, so far as makers of keys tell."""
    return await may_decide(services, row.tenant_id, approver.key_id, (row.requested_by, row.key_id))


async def _require_other_line(services: Services, approver: Principal, row: ApprovalRow) -> None:
    """Raise WritesDenied for the credential that asked for the write, and for keys too near to it in the line of makers."""
    if approver.credentials & {row.requested_by, row.key_id}:
        raise WritesDenied("the credential that asked for a write cannot approve it: another key must")
    if not await may_approve(services, approver, row):
        raise WritesDenied(
            "this key was made by the credential that asked for the write, or by a key whose own writes need an approval: "
            "a key outside that line must approve it"
        )


async def _edits_what_was_shown(call: Call, approver: Principal, bound: ValidApproval, asked: Approve) -> bool:
    """Whether an approver edits the write that was shown as it stands now: who may write it anyway needs no second look."""
    if isinstance(asked.arguments, UnsetType):
        return False
    with audit_context():
        return asked.digest == (await seen_by(call, approver, bound.document)).details.digest


async def decline(services: Services, approver: Principal, approval_id: str, asked: Decline) -> ApprovalRow:
    """Decline a write; what it would have written is erased. Raises NotFound, Forbidden and Conflict as `approve`."""
    if asked.reason is not None and len(asked.reason) > MAX_REASON:
        raise ValidationFailed.at("/reason", f"expected at most {MAX_REASON} characters, got {len(asked.reason)}")
    row = await _decidable(services, approver, approval_id)
    with audit_context():
        await require_decides(services, approver, row)
    declined = await approvals.decline(
        services.database,
        row.tenant_id,
        row.id,
        reason=asked.reason if asked.reason in DECLINE_REASONS else None,
        decided_by=approver.key_id,
        tell=approval_events("approval.decided", services.clock),
    )
    if declined is None:
        raise await not_waiting(services, row)
    return declined


async def _decidable(services: Services, approver: Principal, approval_id: str) -> ApprovalRow:
    """The row, noted for the trail."""
    require_permission(approver, DECIDES)
    row = await approval_for(services, approver, approval_id)
    if not await reaches(services, approver, row):
        raise NotFound(NO_APPROVAL)  # what it asked for itself, outside of the scope in which it decides
    _note(row)
    return row


def _note(row: ApprovalRow) -> None:
    decided = DecidedApproval(approval_id=row.id, account_id=row.account_id, model=row.model, digest=row.digest)
    record_decision(decided, row.tool, row.requested_by if row.requested_by.startswith(_SERVER_ID) else None)


async def _edited(call: Call, approver: Principal, bound: ValidApproval, asked: Approve) -> ApprovalPayload:
    """The document to execute, within the approver's reach; with other arguments it is a write that the approver may make."""
    document = bound.document
    await require_whole(call, approver, document.write)
    if isinstance(asked.arguments, UnsetType):
        return document
    require_may_write(approver, call)
    edited = msgspec.structs.replace(document, body=normalized(_body(document, asked.arguments)))
    if edited.body != document.body:
        await require_within(call, approver, edited.write)
    return edited


def _change(call: Call, document: ApprovalPayload, seen: ApprovalView) -> Change:
    """What the row says from now on of the write that is approved."""
    summary = summarize(call.mapping.model, document.write, call.account.name)
    return Change(digest=seen.details.digest, plan_digest=seen.plan_digest, summary=summary)


def _stale(row: ApprovalRow, change: Change, seen: ApprovalView) -> ApprovalStale:
    return ApprovalStale(
        "digest: not that of what would be sent now: the write was edited, or something that it depends on changed since "
        "it was shown; look at `approval` here, and approve with its digest",
        row=msgspec.structs.replace(row, digest=change.digest, summary=change.summary),
        details=seen.details,
    )


def _body(document: ApprovalPayload, arguments: dict[str, Any]) -> dict[str, Any]:
    """The new body; the record and the path parameters may be repeated as a tool's arguments have them, but not changed."""
    fixed = {**document.path, **({} if document.record_id is None else {"id": document.record_id})}
    for name, value in fixed.items():
        if name in arguments and arguments[name] != value:
            raise ValidationFailed.at(f"/arguments/{name}", "cannot be changed; decline, and let another write be asked for")
    return {name: value for name, value in arguments.items() if name not in fixed}
