"""What is shown to who decides: built live, within the approver's reach, and kept nowhere."""

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
    """An approval as the caller may see it: with what would be written while it waits, for who decides.

    Raises NotFound for one that is not the caller's to see, FieldHidden for a write with fields that the caller does not see.
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
    """The requests and the difference of a write that waits, with the digest to approve it by.

    A provider that cannot be read is told of, not raised: the write can still be declined. None for a write that waits no
    more, or turns out to be void. Raises NotFound and FieldHidden when it is not the approver's to decide.
    """
    try:
        bound = await valid_approval(services, row)
        call = await open_as_requester(services, row, bound)
    except Conflict:
        return None
    except UnifiedError as problem:
        return Details(digest=row.digest, problem=problem)
    await require_whole(call, approver, bound.document.write)
    record_use(call.account.id, call.mapping.model.id, "get")
    try:
        return (await seen_by(call, approver, bound.document)).details
    except FieldHidden:
        raise
    except UnifiedError as problem:
        record_problem(problem)
        return Details(digest=row.digest, body=bound.document.body, problem=problem)


async def seen_by(call: Call, approver: Principal, document: ApprovalPayload, *, judged: bool = False) -> ApprovalView:
    """One look of an approver at a write; FieldHidden when a request would show what is hidden from the approver.

    With `judged`, a write that the requester may not make now is refused.
    """
    require_linked(call, approver, document.write)
    found = await view_of(call, document, hidden_from(approver, call), judged=judged)
    require_open(call, approver, found.plan)
    details = msgspec.structs.replace(found.details, can_edit=bool(document.body) and may_write(approver, call))
    return msgspec.structs.replace(found, details=details)
