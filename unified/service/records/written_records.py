"""The record after a write that the provider accepted: nothing is refused any more, so what cannot be shown is a warning."""

from typing import Any

from unified.errors.access import OutsideResources
from unified.errors.error import UnifiedError
from unified.errors.providers import MappingFailed, ProviderMalformed
from unified.models import UPSERT, Model
from unified.service.records.call import Call, get_call
from unified.service.records.hidden_fields import empty_record
from unified.service.records.prefetch import Prefetch, with_results
from unified.service.records.reading import get_record
from unified.service.records.record_warnings import ListWarning, note_record, warnings_of
from unified.service.records.upserts import was_new
from unified.service.records.write import Sent, Write, Written, common_body, operation_of, values_of
from unified.transform.operation import Operation
from unified.transform.query import Query
from unified.transform.requests import path_values


async def written(call: Call, write: Write, sent: Sent) -> Written:
    """Return the record after a write, or its id alone where it cannot be shown, as the provider accepted the write.

    Raises:
        ProviderMalformed: not even the id is known; `is_partly_done` says that the provider accepted the write.
    """
    if write.method == "delete":
        return Written()
    is_new = was_new(operation_of(call, write), sent.answer, sent.bindings) if write.method == UPSERT else None
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
    """Return the id alone, for an account of which the owner agreed to writes and not to reading."""
    try:
        record_id = written_id(call, write, sent) or await found_id(call, write, operation_of(call, write), sent)
    except UnifiedError as problem:
        raise accepted_failure(problem) from None
    return Written(record=id_only(call.mapping.model, record_id))


def accepted_failure(problem: UnifiedError) -> UnifiedError:
    """Return the error for a write that the provider accepted, of which not even the id is known: it must not be repeated."""
    failed = ProviderMalformed(f"the provider accepted the write, but its id could not be read back ({problem.code})")
    failed.partly_done()
    return failed


def not_shown(problem: UnifiedError) -> ListWarning:
    """Return the warning about a record that was written and cannot be shown."""
    reason = "it lies outside" if isinstance(problem, OutsideResources) else f"it could not be read back ({problem.code})"
    return ListWarning(
        code="record_not_shown", message=f"the provider accepted the write, but the record is not shown: {reason}"
    )


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
    operation = operation_of(call, write)
    query = Query(path=tuple(write.path.items()))
    if operation.call.then == "get" or sent.answer is None:
        record_id = write.record_id or await found_id(call, write, operation, sent)
        return await get_record(get_call(call), record_id, query)
    item = operation.object(sent.answer, sent.bindings)
    shape = call.mapping.shape(operation, query)
    wanted = Prefetch(call=call, calls=operation.before, root=common_body(call, write))
    bindings = await with_results(wanted, shape.variables(), sent.bindings)
    record = await call.visibility.require_inside(shape.record(item, bindings, country=call.country))
    call.note_version(record["id"], item, bindings, sent.answer.headers)
    note_record(call, record["id"], item, bindings, query)
    return call.visibility.redact(record, query)


async def found_id(call: Call, write: Write, operation: Operation, sent: Sent) -> str:
    """Return the id of a new record: from the answer, or by the call that finds it there."""
    if operation.find is None or sent.answer is None:
        return _created_id(operation, sent)
    found, common = operation.find, common_body(call, write)
    bindings = {**sent.bindings, "answer": sent.answer.body, "query": {**common, **values_of(call, write)}}
    request = found.request(common, bindings, {**path_values(common), **values_of(call, write)})
    answer = await get_call(call).send(request, found, safe=True)
    return _created_id(found, Sent(answer=answer, bindings=bindings))


def written_id(call: Call, write: Write, sent: Sent) -> str | None:
    """Return the id of the record that was written, without another request; None when the answer does not have it.

    Raises:
        MappingFailed, NotFound: the mapping cannot read the answer.
    """
    if write.record_id is not None or sent.answer is None:
        return write.record_id
    operation = operation_of(call, write)
    if operation.find is not None:
        return None  # only another request would tell it
    if operation.call.then == "get":
        return _created_id(operation, sent)
    item = operation.object(sent.answer, sent.bindings)
    shape = call.mapping.shape(operation, Query(path=tuple(write.path.items())))
    record_id: str | None = shape.record(item, sent.bindings, country=call.country)["id"]
    return record_id


def _created_id(operation: Operation, sent: Sent) -> str:
    if sent.answer is None or operation.created is None:
        raise MappingFailed(f"{operation.where}: `then: get` needs `created`, the id of the new record")
    bindings = {**sent.bindings, "headers": sent.answer.headers}
    created = operation.evaluate(operation.created, sent.answer.body, bindings, "created")
    if isinstance(created, int) and not isinstance(created, bool):
        return str(created)
    if not isinstance(created, str) or not created:
        raise MappingFailed(f"{operation.where}: `created` gave no id")
    return created
