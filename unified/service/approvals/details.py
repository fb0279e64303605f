"""The details that an approver is shown: built live, within the approver's reach, and stored nowhere."""

import msgspec

from unified.errors import Conflict, FieldHidden, Forbidden, NotFound, UnifiedError
from unified.service.access.principals import Principal
from unified.service.approvals.authority import hidden_from, may_write, reaches, require_linked, require_open, require_whole
from unified.service.approvals.comparison import ApprovalView, view_of
from unified.service.approvals.payload import ApprovalPayload
from unified.service.approvals.queries import approval_for
from unified.service.approvals.validity import open_as_requester, valid_approval
from unified.service.approvals.views import Details
from unified.service.audit.request_context import record_problem, record_use
from unified.service.records.call import Call
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow


async def look(services: Services, principal: Principal, approval_id: str) -> tuple[ApprovalRow, Details | None]:
    """Return an approval as the caller may see it; an approver also gets the details of a pending write.

    Raises:
        NotFound: the caller may not see it.
        FieldHidden: the write has fields that are hidden from the caller.
    """
    row = await approval_for(services, principal, approval_id)
    if row.status != "pending" or not await reaches(services, principal, row):
        return row, None
    try:
        details = await details_of(services, principal, row)
    except (Forbidden, NotFound):
        if row.requested_by == principal.key_id:
            return row, None
        raise
    # Read again: it may have become void while it was looked at.
    row = await approval_for(services, principal, approval_id)
    return row, details if row.status == "pending" else None


async def details_of(services: Services, approver: Principal, row: ApprovalRow) -> Details | None:
    """Return the requests, the difference and the digest of a pending write; None if it is not pending, or void.

    A provider that cannot be read is reported in the details, because the write can still be declined.

    Raises:
        NotFound: the approver does not reach the write.
        FieldHidden: the write has fields that are hidden from the approver.
    """
    try:
        valid = await valid_approval(services, row)
        call = await open_as_requester(services, row, valid)
    except Conflict:
        return None
    except UnifiedError as problem:
        return Details(digest=row.digest, problem=problem)
    await require_whole(call, approver, valid.payload.write)
    record_use(call.account.id, call.mapping.model.id, "get")
    try:
        return (await seen_by(call, approver, valid.payload)).details
    except FieldHidden:
        raise
    except UnifiedError as problem:
        record_problem(problem)
        return Details(digest=row.digest, body=valid.payload.body, problem=problem)


async def seen_by(call: Call, approver: Principal, payload: ApprovalPayload, *, authorize: bool = False) -> ApprovalView:
    """Return an approver's view of a write; with `authorize`, refuse one that the requester may not make now.

    Raises:
        FieldHidden: a request would show what is hidden from the approver.
        UnifiedError: what `view_of` raises.
    """
    require_linked(call, approver, payload.write)
    view = await view_of(call, payload, hidden_from(approver, call), authorize=authorize)
    require_open(call, approver, view.plan)
    details = msgspec.structs.replace(view.details, can_edit=bool(payload.body) and may_write(approver, call))
    return msgspec.structs.replace(view, details=details)
