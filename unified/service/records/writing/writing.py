"""The main job, writing: create, update, upsert and delete records of a common model at a provider, in flight.

A write is checked (`write_checks`), then planned (`write_planning`), then sent (`write_sending`), and its record is shown
(`written_records`); each step can be done alone.
"""

import msgspec

from unified.errors.error import UnifiedError
from unified.service.records.calls.after_calls import send_after
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Sent, Write, Written
from unified.service.records.writing.write_planning import authorize_write
from unified.service.records.writing.write_sending import send_planned
from unified.service.records.writing.written_records import accepted_failure, found_id, written, written_id
from unified.store import idempotency


async def execute_write(call: Call, write: Write) -> Written:
    """Check a write, send it, and return the record afterwards. Once the provider accepted it, nothing is refused any more.

    Raises:
        UnifiedError: as `authorize_write` and `send_planned` say.
    """
    plan = await authorize_write(call, write)
    sent = await send_planned(call, plan)
    await note_deleted(call, write)
    if plan.waiting:
        write = await _send_waiting(call, write, sent)
    return await written(call, write, sent)


async def note_deleted(call: Call, write: Write) -> None:
    """Note a delete that the provider accepted, so that a repeated create learns that its record is gone."""
    if write.method == "delete" and write.record_id is not None:
        place = (call.services.database, call.account.tenant_id, call.account.id)
        await idempotency.mark_gone(*place, model=call.mapping.model.id, record_id=write.record_id)


async def _send_waiting(call: Call, write: Write, sent: Sent) -> Write:
    """Make the calls that need the answer; return the write with the id that the record has now.

    Raises:
        UnifiedError: as `send_after` says.
    """
    try:
        record_id = written_id(call, write, sent) or await found_id(call, sent)
    except UnifiedError as problem:
        raise accepted_failure(problem) from None
    values = {**write.path, **call.mapping.id_values(record_id)}
    answer = {} if sent.answer is None else {"answer": sent.answer.body}
    bindings = {**sent.bindings, "query": {**sent.write.common, **values}, **answer}
    await send_after(call, sent.plan.waiting, sent.write.operation.before, sent.write.common, bindings)
    return msgspec.structs.replace(write, record_id=record_id)
