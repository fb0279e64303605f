"""The only execution of an approved write: its outcome is recorded, or is `unknown`, and the write is never repeated."""

import asyncio
from datetime import datetime

from unified.errors.error import UnifiedError
from unified.service.audit.events import CANCELLED
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Plan, Write
from unified.service.records.writing.write_duration import longest_write, lost_after
from unified.service.records.writing.write_sending import OUTCOME_UNKNOWN, send_planned
from unified.service.records.writing.writing import note_deleted
from unified.service.records.writing.written_records import id_in_answer
from unified.service.runtime.events import approval_events
from unified.service.runtime.services import Services
from unified.store import approvals
from unified.store.approvals import ApprovalRow, ExecutionOutcome
from unified.telemetry.recording import record_execution, record_problem

PARTLY_DONE = "partly_done"
"""The reason of a write if the provider accepted its first request and refused a later one."""
TOOK_TOO_LONG = "took_too_long"
FAULT = "internal"


def execute_until(services: Services) -> datetime:
    """Return the time by which an execution that begins now is certainly over."""
    return services.clock() + lost_after(services)


async def execute(services: Services, row: ApprovalRow, call: Call, write: Write, plan: Plan) -> ApprovalRow:
    """Send a claimed write exactly as planned, and record its outcome.

    The returned row reports a refusal; only cancellation and faults of this service are raised.
    """
    taken = 0

    def accepted() -> None:
        nonlocal taken
        taken += 1

    record_execution(row.account_id, row.model, row.method, row.digest)
    try:
        async with asyncio.timeout(longest_write(services).total_seconds()):
            sent = await send_planned(call, plan, accepted)
            await note_deleted(call, write)
    except UnifiedError as problem:
        record_problem(problem)
        outcome, reason = failure_of(problem.code, taken)
        return await _end(services, row, outcome, reason=reason)
    except TimeoutError as late:
        record_problem(late)
        return await _end(services, row, "unknown", reason=TOOK_TOO_LONG)
    except asyncio.CancelledError:
        await _end(services, row, "unknown", reason=CANCELLED)
        raise
    except BaseException:
        await _end(services, row, "unknown", reason=FAULT)
        raise
    return await _end(services, row, "executed", result_id=id_in_answer(call, write, sent))


def failure_of(code: str, taken: int) -> tuple[ExecutionOutcome, str]:
    """Return what an error code means for the write: it failed only if the provider certainly executed none of it."""
    if code in OUTCOME_UNKNOWN:
        return "unknown", code
    return ("failed", code) if taken == 0 else ("unknown", PARTLY_DONE)


async def _end(
    services: Services, row: ApprovalRow, outcome: ExecutionOutcome, *, reason: str | None = None, result_id: str | None = None
) -> ApprovalRow:
    """Record the outcome, even if the waiting caller goes away meanwhile."""
    event_of = approval_events("approval.decided", services.clock)
    writing = asyncio.ensure_future(
        approvals.finish(services.database, row, outcome, reason=reason, result_id=result_id, event_of=event_of)
    )
    try:
        ended = await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise
    return ended or await approvals.get(services.database, row.tenant_id, row.id) or row
