"""From a write to the exact requests of it, so that a person can see them before they are sent.

Planning reads what the mapping needs and changes nothing at the provider.
"""

from functools import partial
from typing import Any

import msgspec

from unified.models import MAKING
from unified.service.records.calls.call import Call
from unified.service.records.calls.prefetch import Prefetch, build_with_results, names_read, with_results
from unified.service.records.reading.versions import require_version
from unified.service.records.writing.write import Plan, PlannedRequest, Write
from unified.service.records.writing.write_checks import check_write
from unified.transform.calls.after import split_after, step_requests
from unified.transform.calls.operation import Operation
from unified.transform.prepared_write import PreparedWrite
from unified.transform.requests import own_request


async def authorize_write(call: Call, write: Write) -> Plan:
    """Return the plan of a write that the caller may make, to be sent unchanged.

    Both what the caller names and what would be sent must lie inside the boundary. All requests are planned, and the reads
    that this needs sent, so that none is refused once the provider accepted the first, or a person approved the write.

    Raises:
        UnifiedError: as `check_write` and `plan_all` say; OutsideResources also for what the write names outside the boundary.
    """
    prepared = check_write(call, write)
    await call.visibility.check_target(write.record_id, write.body, prepared.values, creates=write.method in MAKING)
    plan = await plan_all(msgspec.structs.replace(call, needs_approval=False), prepared)
    await call.visibility.check_requests(((one.operation, one.request) for one in plan.requests), prepared.bindings)
    if write.record_id is not None:
        first = None if plan.first is None else plan.first.operation
        await require_version(call, write.record_id, write.path, write.version, first)
    return plan


async def plan_all(call: Call, write: PreparedWrite) -> Plan:
    """Plan every request that the write would send now; only what the mapping reads first is sent, each request once."""
    call = msgspec.structs.replace(call, visibility=call.visibility.with_lookup_cache())
    operation = write.operation
    wanted = Prefetch(call=call, calls=operation.before, root=write.common)
    first, bindings = await build_with_results(wanted, write.bindings, partial(_planned, call, write))
    if first is not None:
        bindings = await with_results(wanted, names_read(operation), bindings)  # for the answer, while the record is as it was
    steps: list[PlannedRequest] = []
    ready, waiting = split_after(operation, call.mapping.write_calls.id_names(is_new=write.method in MAKING))
    for step in ready:
        own = msgspec.structs.replace(wanted, calls={**operation.before, **step.before})
        planned, seen = await build_with_results(own, bindings, partial(_planned_step, write, step))
        bindings |= {name: seen[name] for name in operation.before if name in seen}
        steps += planned
    return Plan(write=write, first=first, steps=tuple(steps), waiting=waiting, bindings=bindings)


def _planned(call: Call, write: PreparedWrite, bindings: dict[str, Any]) -> PlannedRequest | None:
    """Plan the write's own request; None when an update has nothing for it."""
    request = own_request(call.mapping, write, bindings)
    return None if request is None else PlannedRequest(operation=write.operation, request=request)


def _planned_step(write: PreparedWrite, step: Operation, bindings: dict[str, Any]) -> list[PlannedRequest]:
    """Plan the requests of one call of `after`; none if its `when` is false."""
    requests = step_requests(step, write.common, bindings, write.path_values)
    return [PlannedRequest(operation=step, request=one) for one in requests]
