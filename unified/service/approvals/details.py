"""The details that an approver is shown: built live, within the approver's reach, and stored nowhere."""

import asyncio
from collections.abc import Iterable

import msgspec

from unified.errors.access import FieldHidden, Forbidden
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.access.principals import Principal
from unified.service.approvals.authority import (
    NO_APPROVAL,
    ReachableApproval,
    can_see,
    may_write,
    require_full_access,
    require_linked,
    viewer_of,
)
from unified.service.approvals.comparison import PlannedView, plan_view
from unified.service.approvals.fixed_fields import fixed_fields
from unified.service.approvals.payload import ApprovalPayload, open_payload, read_payload
from unified.service.approvals.queries import approval_for
from unified.service.approvals.repeated_fields import require_nothing_hidden
from unified.service.approvals.targets import named_references, readable_targets
from unified.service.approvals.validity import open_as_requester, valid_approval
from unified.service.approvals.views import Details, ShownRecord, ShownTarget
from unified.service.records.calls.call import Call
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow
from unified.telemetry.recording import record_problem, record_use, record_uses
from unified.telemetry.request_scope import ProviderUse, audit_context


async def approval_with_details(
    services: Services, principal: Principal, approval_id: str
) -> tuple[ApprovalRow, Details | None, tuple[ShownTarget, ...]]:
    """Return an approval as the caller may see it; a waiting one comes with the records it is about that the caller may read.

    An approver also gets the details of a waiting write, with all of these records.

    Raises:
        NotFound: the caller may not see it.
        FieldHidden: the write has fields that are hidden from the caller.
    """
    found = await approvals.get_with_payload(services.database, principal.tenant_id, approval_id)
    sees = found is not None and await can_see(services, principal, found[0])
    if found is None or not (sees or found[0].requested_by == principal.key_id):
        raise NotFound(NO_APPROVAL)
    row, sealed = found
    if row.status != "pending" or not sees:
        return row, None, await readable_targets(services, principal, row)
    approval = ReachableApproval(row=row, approver=principal, payload=open_payload(services, row, sealed))
    try:
        details = await details_of(services, approval)
    except (Forbidden, NotFound):
        if row.requested_by == principal.key_id:
            return row, None, await readable_targets(services, principal, row)
        raise
    if details is None:  # it has become void while it was looked at
        return await approval_for(services, principal, approval_id), None, ()
    return row, details, details.targets


async def details_of(services: Services, approval: ReachableApproval) -> Details | None:
    """Return the requests, the difference and the digest of a pending write; None if it is not pending, or void.

    A provider that cannot be read is reported in the details, because the write can still be declined.

    Raises:
        NotFound: the approver does not reach the write.
        FieldHidden: the write has fields that are hidden from the approver.
    """
    row, approver = approval.row, approval.approver
    try:
        valid = await valid_approval(services, row, approval.payload)
        call = await open_as_requester(services, row, valid)
    except Conflict:
        return None
    except UnifiedError as problem:
        return Details(digest=row.digest, problem=problem)
    await require_full_access(call, approver, valid.payload.write)
    record_use(call.account.id, call.mapping.model.id, "get")
    try:
        details = (await view_for_approver(call, approver, valid.payload)).details
        named = await named_references(services, approver, call.account, valid.payload, details.fixed)
        return msgspec.structs.replace(details, targets=(*details.targets, *named))
    except FieldHidden:
        raise
    except UnifiedError as problem:
        record_problem(problem)
        target = valid.payload.record_id
        record = None if target is None else ShownRecord(id=target)
        return Details(
            digest=row.digest,
            body=valid.payload.body,
            record=record,
            targets=_changed_record(valid.payload, record),
            problem=problem,
        )


def _changed_record(payload: ApprovalPayload, record: ShownRecord | None) -> tuple[ShownTarget, ...]:
    return () if record is None else (ShownTarget(field="id", model=payload.model, id=record.id, name=record.name),)


async def details_by_id(
    services: Services, approver: Principal, rows: Iterable[ApprovalRow], *, seconds: float, concurrency: int = 5
) -> dict[str, Details]:
    """Return the details of pending writes by id, for a list; those that take too long, or are not shown, are left out.

    Args:
        services: the assembled parts.
        approver: whoever looks; each write is shown as on its own page.
        rows: the writes.
        seconds: how long to wait for all of them together.
        concurrency: how many are read at the same time.
    """
    gate = asyncio.Semaphore(concurrency)

    async def read_details(row: ApprovalRow) -> tuple[str, Details | None]:
        async with gate:
            with audit_context() as context:
                try:
                    payload = await read_payload(services, row)
                    return row.id, await details_of(services, ReachableApproval(row=row, approver=approver, payload=payload))
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


async def view_for_approver(
    call: Call, approver: Principal, payload: ApprovalPayload, *, authorize: bool = False
) -> PlannedView:
    """Return an approver's view of a write; with `authorize`, refuse one that the requester may not make now.

    Raises:
        FieldHidden: a request would show what is hidden from the approver.
        UnifiedError: what `plan_view` raises.
    """
    require_linked(call, approver, payload.write)
    view = await plan_view(call, payload, viewer_of(call, approver), authorize=authorize)
    require_nothing_hidden(call, approver, view.plan)
    fixed = fixed_fields(call.mapping, payload.method, payload.by) & set(payload.body)
    can_edit = bool(set(payload.body) - fixed) and may_write(approver, call)
    targets = _changed_record(payload, view.details.record)
    details = msgspec.structs.replace(view.details, fixed=fixed, targets=targets, can_edit=can_edit)
    return msgspec.structs.replace(view, details=details)
