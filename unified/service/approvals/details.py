"""The details that an approver is shown: built live, within the approver's reach, and stored nowhere."""

import asyncio
from collections.abc import Iterable

import msgspec

from unified.errors.access import FieldHidden, Forbidden
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.access.principals import Principal
from unified.service.approvals.authority import hidden_from, may_write, reaches, require_linked, require_open, require_whole
from unified.service.approvals.comparison import ApprovalView, view_of
from unified.service.approvals.fixed_fields import fixed_fields
from unified.service.approvals.payload import ApprovalPayload
from unified.service.approvals.queries import approval_for
from unified.service.approvals.validity import open_as_requester, valid_approval
from unified.service.approvals.views import Details, ShownRecord
from unified.service.audit.request_context import ProviderUse, audit_context, record_problem, record_use, record_uses
from unified.service.records.call import Call
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow


async def approval_with_details(
    services: Services, principal: Principal, approval_id: str
) -> tuple[ApprovalRow, Details | None]:
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
        target = valid.payload.record_id
        record = None if target is None else ShownRecord(id=target)
        return Details(digest=row.digest, body=valid.payload.body, record=record, problem=problem)


async def details_by_id(
    services: Services, approver: Principal, rows: Iterable[ApprovalRow], *, seconds: float, at_once: int = 5
) -> dict[str, Details]:
    """Return the details of pending writes by id, for a list; those that take too long, or are not shown, are left out.

    Args:
        services: the assembled parts.
        approver: whoever looks; each write is shown as on its own page.
        rows: the writes.
        seconds: how long to wait for all of them together.
        at_once: how many are read at the same time.
    """
    room = asyncio.Semaphore(at_once)

    async def read_details(row: ApprovalRow) -> tuple[str, Details | None]:
        async with room:
            with audit_context() as context:
                try:
                    return row.id, await details_of(services, approver, row)
                except UnifiedError:
                    return row.id, None
                except asyncio.CancelledError as late:
                    record_problem(late)
                    raise
                finally:
                    uses.extend(context.uses)

    uses: list[ProviderUse] = []
    tasks = [asyncio.create_task(read_details(row)) for row in rows if row.status == "pending"]
    if not tasks:
        return {}
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for one in late:
        one.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    record_uses(uses)
    found = (one.result() for one in done)
    return {row_id: details for row_id, details in found if details is not None}


async def seen_by(call: Call, approver: Principal, payload: ApprovalPayload, *, authorize: bool = False) -> ApprovalView:
    """Return an approver's view of a write; with `authorize`, refuse one that the requester may not make now.

    Raises:
        FieldHidden: a request would show what is hidden from the approver.
        UnifiedError: what `view_of` raises.
    """
    require_linked(call, approver, payload.write)
    view = await view_of(call, payload, hidden_from(approver, call), authorize=authorize)
    require_open(call, approver, view.plan)
    fixed = fixed_fields(call.mapping, payload.method, payload.by) & set(payload.body)
    can_edit = bool(set(payload.body) - fixed) and may_write(approver, call)
    details = msgspec.structs.replace(view.details, fixed=fixed, can_edit=can_edit)
    return msgspec.structs.replace(view, details=details)
