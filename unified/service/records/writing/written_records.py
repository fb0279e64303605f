"""The record after a write that the provider accepted: nothing is refused any more, so what cannot be shown is a warning."""

from typing import Any

from unified.catalog.wire import ProviderAnswer
from unified.errors.access import OutsideResources
from unified.errors.error import UnifiedError
from unified.errors.providers import MappingFailed, ProviderMalformed
from unified.models import UPSERT, Model
from unified.service.records.calls.call import Call, get_call
from unified.service.records.calls.prefetch import Prefetch, with_results
from unified.service.records.calls.record_warnings import ListWarning, note_record, warnings_of
from unified.service.records.reading.getting import get_record
from unified.service.records.visibility.hidden_fields import empty_record
from unified.service.records.writing.upserts import was_new
from unified.service.records.writing.write import Sent, Write, Written
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.queries.query import Query


async def written(call: Call, write: Write, sent: Sent) -> Written:
    """Return the record after a write, or its id alone where it cannot be shown, as the provider accepted the write.

    Raises:
        ProviderMalformed: not even the id is known; `is_partly_done` says that the provider accepted the write.
    """
    if write.method == "delete":
        return Written()
    is_new = was_new(sent.write.operation, sent.answer, sent.bindings) if write.method == UPSERT else None
    if not call.visibility.shows_records:
        return await _written_unseen(call, write, sent)
    try:
        return Written(record=await _record_after(call, write, sent), is_new=is_new, warnings=warnings_of(call))
    except UnifiedError as problem:
        record_id = id_in_answer(call, write, sent)
        if record_id is None:
            raise accepted_failure(problem) from None
        return Written(record=id_only(call.mapping.model, record_id), is_new=is_new, warnings=(not_shown(problem),))


async def _written_unseen(call: Call, write: Write, sent: Sent) -> Written:
    """Return the id alone, for a caller that may not read: no other field, no version, not the record that an upsert found."""
    try:
        record_id = written_id(call, write, sent) or await found_id(call, sent)
    except UnifiedError as problem:
        raise accepted_failure(problem) from None
    return Written(record=id_only(call.mapping.model, record_id))


def accepted_failure(problem: UnifiedError) -> UnifiedError:
    """Return the error for a write that the provider accepted, of which not even the id is known: it must not be repeated."""
    failed = ProviderMalformed(f"the provider accepted the write, but the record could not be read back ({_reason(problem)})")
    failed.partly_done()
    return failed


def not_shown(problem: UnifiedError) -> ListWarning:
    """Return the warning about a record that was written and cannot be shown."""
    reason = "it lies outside" if isinstance(problem, OutsideResources) else f"it could not be read back ({_reason(problem)})"
    return ListWarning(
        code="record_not_shown", message=f"the provider accepted the write, but the record is not shown: {reason}"
    )


def _reason(problem: UnifiedError) -> str:
    """Return why a record cannot be shown: of a mapping that fails, the place and the field, which are the author's to see."""
    return f"{problem.code}: {problem.detail}" if isinstance(problem, MappingFailed) else problem.code


def id_only(model: Model, record_id: str) -> dict[str, Any]:
    """Return a record that shows only its id; the other fields are empty, as hidden ones are."""
    return {**empty_record(model), "id": record_id, "remote_id": record_id}


def id_in_answer(call: Call, write: Write, sent: Sent) -> str | None:
    """Return the id of the record that was written; None where the provider's answer does not have it."""
    try:
        return written_id(call, write, sent)
    except UnifiedError:
        return None


async def _record_after(call: Call, write: Write, sent: Sent) -> dict[str, Any]:
    """Return the record from the answer, or read it where the answer has none; OutsideResources when it lies outside now."""
    operation = sent.write.operation
    query = Query(path=tuple(write.path.items()))
    if operation.call.read_back or sent.answer is None:
        record_id = write.record_id or await found_id(call, sent)
        return await get_record(get_call(call), record_id, query)
    item = operation.object(sent.answer, sent.bindings)
    shape = call.mapping.shape(operation, query)
    wanted = Prefetch(call=call, calls=operation.before, root=sent.write.common)
    bindings = await with_results(wanted, shape.variables(), sent.bindings)
    mapped = await call.aside(sent.answer, shape.record, item, bindings, country=call.country)
    record = await call.visibility.require_inside(mapped)
    call.note_version(record["id"], item, bindings, sent.answer.headers)
    note_record(call, record["id"], item, bindings, frozenset())
    return call.visibility.redact(record, query)


async def found_id(call: Call, sent: Sent) -> str:
    """Return the id of a new record: from the answer, or by the call that finds it there."""
    write, found = sent.write, sent.write.operation.find_new
    if found is None or sent.answer is None:
        return _created_id(write.operation, sent.answer, sent.bindings)
    bindings = {**sent.bindings, "answer": sent.answer.body, "query": write.bindings["query"]}
    answer = await get_call(call).send(found.request(write.common, bindings, write.path_values), found, safe=True)
    return _created_id(found, answer, bindings)


def written_id(call: Call, write: Write, sent: Sent) -> str | None:
    """Return the id of the record that was written, without another request; None when the answer does not have it.

    Raises:
        MappingFailed, NotFound: the mapping cannot read the answer.
    """
    if write.record_id is not None or sent.answer is None:
        return write.record_id
    operation = sent.write.operation
    if operation.find_new is not None:
        return None  # only another request would tell it
    if operation.call.read_back:
        return _created_id(operation, sent.answer, sent.bindings)
    item = operation.object(sent.answer, sent.bindings)
    shape = call.mapping.shape(operation, Query(path=tuple(write.path.items())))
    record_id: str | None = shape.record(item, sent.bindings, country=call.country)["id"]
    return record_id


def _created_id(operation: Operation, answer: ProviderAnswer | None, bindings: Bindings) -> str:
    if answer is None or operation.new_id is None:
        raise MappingFailed(f"{operation.where}: `read_back` needs `new_id`, the id of the new record")
    created = operation.evaluate(operation.new_id, answer.body, {**bindings, "headers": answer.headers}, "new_id")
    if isinstance(created, int) and not isinstance(created, bool):
        return str(created)
    if not isinstance(created, str) or not created:
        raise MappingFailed(f"{operation.where}: `new_id` gave no id")
    return created
