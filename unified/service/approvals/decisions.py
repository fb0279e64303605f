"""Decisions of approvers: once, about exactly the write that was shown, and never about what their own credential requested."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.access import WritesDenied
from unified.errors.requests import ValidationFailed
from unified.errors.writes import ApprovalStale
from unified.service.access.lineage import may_decide
from unified.service.access.mcp_authentication import SERVER_ID
from unified.service.access.permissions import DECIDES, require_permission
from unified.service.access.principals import Principal
from unified.service.access.use.gate import require_writes
from unified.service.approvals.authority import (
    ReachableApproval,
    reachable_approval,
    require_can_decide,
    require_full_access,
    require_may_write,
    require_own_access,
)
from unified.service.approvals.comparison import PlannedView
from unified.service.approvals.details import view_for_approver
from unified.service.approvals.execution import execute, execute_until
from unified.service.approvals.fixed_fields import edited_body
from unified.service.approvals.payload import ApprovalPayload, normalized, summarize
from unified.service.approvals.validity import ValidApproval, not_waiting, open_as_requester, valid_approval
from unified.service.records.calls.call import Call
from unified.service.runtime.events import approval_events
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow, Change
from unified.telemetry.recording import record_decision
from unified.telemetry.request_scope import DecidedApproval, audit_context

DECLINE_REASONS = ("not_needed", "wrong_record", "wrong_values", "not_allowed", "other")
"""Reasons that are stored; any other text is accepted and dropped, because people write about customers."""
MAX_REASON = 500


class Approve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The write that is approved, by the digest that it was shown with; `arguments` replace the written values."""

    digest: str
    """The `digest` of the approval as it was read."""
    arguments: dict[str, Any] | UnsetType = UNSET
    """Fields to write instead of the requested ones; all of them, not only those that change."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Approve({self.digest!r})"


class Decline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to decline a write."""

    reason: str | None = None
    """`not_needed`, `wrong_record`, `wrong_values`, `not_allowed` or `other`, for the requester; other texts are not stored."""

    def __repr__(self) -> str:
        """Without what a person wrote."""
        return "Decline()"


async def decidable_approval(services: Services, approver: Principal, approval_id: str) -> ReachableApproval:
    """Return an approval for a decision.

    Raises:
        MethodNotAllowedByScope: the role does not decide.
        NotFound: unknown, another tenant's, or outside the approver's scope.
    """
    require_permission(approver, DECIDES)
    return await reachable_approval(services, approver, approval_id)


async def approve(services: Services, approval: ReachableApproval, decision: Approve) -> ApprovalRow:
    """Approve a write and execute it; the returned row holds the outcome.

    Raises:
        NotFound: outside the approver's scope.
        Forbidden: the approver's own credential requested the write, a field of it is hidden from
            the approver, or the approver may not write the values that it edited.
        Paused: who requested it is paused, or all writes of the tenant are; the write is still pending.
        Conflict: the write is no longer pending, or is void.
        ApprovalStale: what would be sent does not have this digest; the write is still pending.
        ValidationFailed: the arguments cannot be written; the write is still pending, as after any other refusal of the plan.
    """
    row, approver = approval.row, approval.approver
    _note(row)
    await _require_other_line(services, approval)
    if row.status != "pending":
        raise await not_waiting(services, row)
    await require_writes(services, row.tenant_id)
    valid = await valid_approval(services, row, approval.payload)
    call = await open_as_requester(services, row, valid)
    with audit_context():  # what is read is part of the decision, not a separate call
        payload = await _edited(call, approver, valid, decision)
        seen = await view_for_approver(call, approver, payload, authorize=True)
    change = _change(call, payload, seen)
    if decision.digest != seen.details.digest and not await _edits_what_was_shown(call, approver, valid, decision):
        raise _stale(row, change, seen)
    claimed = await approvals.claim(
        services.database, row, decided_by=approver.key_id, execute_until=execute_until(services), change=change
    )
    if claimed is None:
        raise await not_waiting(services, row)
    _note(claimed)
    return await execute(services, claimed, call, payload.write, seen.plan)


async def is_outside_lineage(services: Services, approval: ReachableApproval) -> bool:
    """Return whether a key is outside the chains of the credentials that requested a write, by the known makers."""
    row = approval.row
    return await may_decide(services, row.tenant_id, approval.approver.key_id, (row.requested_by, row.key_id))


async def _require_other_line(services: Services, approval: ReachableApproval) -> None:
    """Raise WritesDenied for the credential that requested the write, and for keys in its chain of makers."""
    if approval.approver.credentials & {approval.row.requested_by, approval.row.key_id}:
        raise WritesDenied("the credential that asked for a write cannot approve it: use another key")
    if not await is_outside_lineage(services, approval):
        raise WritesDenied(
            "this key was made by the credential that asked for the write, or by a key that needs approvals for its own "
            "writes: a key outside that lineage must approve it"
        )


async def _edits_what_was_shown(call: Call, approver: Principal, valid: ValidApproval, decision: Approve) -> bool:
    """Return whether the digest is that of the unedited write as it would be sent now: edits then need no second look."""
    if isinstance(decision.arguments, UnsetType):
        return False
    with audit_context():
        return decision.digest == (await view_for_approver(call, approver, valid.payload)).details.digest


async def decline(services: Services, approval: ReachableApproval, decision: Decline) -> ApprovalRow:
    """Decline a write; its values are erased.

    Raises:
        NotFound, Forbidden, Conflict: as `approve`.
        ValidationFailed: the reason is too long.
    """
    if decision.reason is not None and len(decision.reason) > MAX_REASON:
        raise ValidationFailed.at("/reason", f"expected at most {MAX_REASON} characters, got {len(decision.reason)}")
    row, approver = approval.row, approval.approver
    _note(row)
    with audit_context():
        await require_can_decide(services, approval)
    declined = await approvals.decline(
        services.database,
        row.tenant_id,
        row.id,
        reason=decision.reason if decision.reason in DECLINE_REASONS else None,
        decided_by=approver.key_id,
        event_of=approval_events("approval.decided", services.clock),
    )
    if declined is None:
        raise await not_waiting(services, row)
    return declined


def _note(row: ApprovalRow) -> None:
    decided = DecidedApproval(approval_id=row.id, account_id=row.account_id, model=row.model, digest=row.digest)
    server = row.requested_by if row.requested_by.startswith(SERVER_ID) else None
    record_decision(decided, row.tool, server, asked_by=row.request_id)


async def _edited(call: Call, approver: Principal, valid: ValidApproval, decision: Approve) -> ApprovalPayload:
    """Return the payload to execute, within the approver's reach; if edited, a write that the approver may make itself."""
    payload = valid.payload
    await require_full_access(call, approver, payload.write)
    if isinstance(decision.arguments, UnsetType):
        return payload
    require_may_write(approver, call)
    edited = msgspec.structs.replace(payload, body=normalized(edited_body(call.mapping, payload, decision.arguments)))
    if edited.body != payload.body:
        await require_own_access(call, approver, edited.write)
    return edited


def _change(call: Call, payload: ApprovalPayload, seen: PlannedView) -> Change:
    """Return what the row records of the write that is approved."""
    summary = summarize(call.mapping.model, payload.write, call.account.name)
    return Change(digest=seen.details.digest, plan_digest=seen.plan_digest, summary=summary)


def _stale(row: ApprovalRow, change: Change, seen: PlannedView) -> ApprovalStale:
    return ApprovalStale(
        "digest: not that of what would be sent now: the write was edited, or something that it depends on changed since "
        "it was shown; look at `approval` here, and approve with its digest",
        row=msgspec.structs.replace(row, digest=change.digest, summary=change.summary),
        details=seen.details,
    )
