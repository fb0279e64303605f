"""The main job, writing: create, update and delete records of a common model at a provider, in flight.

A write is checked, then planned, then sent; each step can be done alone. Planning reads what the mapping needs and changes
nothing at the provider, so that a person can see the exact requests before they are sent.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import InvalidId, MappingFailed, OutsideResources, ProviderMalformed, UnifiedError, ValidationFailed
from unified.models import Model, validate_input
from unified.service.records.after_calls import send_after
from unified.service.records.call import Call, get_call
from unified.service.records.hidden_fields import empty_record
from unified.service.records.prefetch import Prefetch, build_with_results, names_read, with_results
from unified.service.records.reading import extract_object, get_record
from unified.service.records.record_warnings import ListWarning, note_record, warnings_of
from unified.service.records.versions import check_version, require_version, version_binding
from unified.store.approvals import ApprovalRow
from unified.transform.after import split_after, step_requests
from unified.transform.operation import Operation
from unified.transform.query import Query
from unified.transform.requests import own_request, path_values
from unified.transform.write import refuse_missing


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a common model, as the caller requests it."""

    method: str
    """`create`, `update`, `delete`, or a custom method's name."""
    record_id: str | None = None
    body: dict[str, Any] = {}
    path: dict[str, str] = {}
    """Path parameters of the model."""
    version: str | None = None
    """The version of the record that the change is meant for, as it was read; None if any version will do."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Write({self.method!r})"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a write: the record as the provider has it now, or the approval that it waits for."""

    record: dict[str, Any] | None = None
    """None after a delete, and while it waits."""
    approval: ApprovalRow | None = None
    warnings: tuple[ListWarning, ...] = ()
    """What the caller should know, although the provider accepted the write."""

    def __repr__(self) -> str:
        """Without the record, which is a customer's."""
        return f"Written(approval={self.approval!r})"


class PlannedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a write, ready to be sent."""

    operation: Operation
    request: ProviderRequest


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Every request of a write as it would be sent now."""

    first: PlannedRequest | None
    """The write's own request; None when only steps after it have anything to send."""
    steps: tuple[PlannedRequest, ...] = ()
    waiting: tuple[Operation, ...] = ()
    """Calls after it that need its answer before they can be built."""
    bindings: dict[str, Any]

    def __repr__(self) -> str:
        """Without the requests, which hold a customer's data."""
        return f"Plan({len(self.requests)} requests)"

    @property
    def requests(self) -> tuple[PlannedRequest, ...]:
        """All of them in order."""
        return self.steps if self.first is None else (self.first, *self.steps)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's answer to a write's own request; None when only steps after it had anything to send."""

    answer: ProviderAnswer | None
    bindings: dict[str, Any]


Accepted = Callable[[], None]
"""Called after each request that the provider accepted."""


async def execute_write(call: Call, write: Write) -> Written:
    """Check a write, send it, and return the record afterwards. Once the provider accepted it, nothing is refused any more.

    Raises:
        UnifiedError: as `authorize_write` and `send_planned` say.
    """
    plan = await authorize_write(call, write)
    sent = await send_planned(call, plan)
    if plan.waiting:
        write = await _send_waiting(call, write, plan, sent)
    return await written(call, write, sent)


async def _send_waiting(call: Call, write: Write, plan: Plan, sent: Sent) -> Write:
    """Make the calls that need the answer; return the write with the id that the record has now.

    Raises:
        UnifiedError: as `send_after` says.
    """
    try:
        record_id = written_id(call, write, sent) or await _found_id(call, write, operation_of(call, write), sent)
    except UnifiedError as problem:
        raise _accepted(problem) from None
    known = msgspec.structs.replace(write, record_id=record_id)
    answer = {} if sent.answer is None else {"answer": sent.answer.body}
    bindings = {**sent.bindings, **_bindings(call, known), **answer}
    await send_after(call, plan.waiting, operation_of(call, write).before, _common(call, write), bindings)
    return known


async def authorize_write(call: Call, write: Write) -> Plan:
    """Return the plan of a write that the caller may make, to be sent unchanged.

    Both what the caller names and what would be sent must lie inside the boundary. All requests are planned, and the reads
    that this needs sent, so that none is refused once the provider accepted the first, or a person approved the write.

    Raises:
        UnifiedError: as `check_write` and `plan_all` say; OutsideResources also for what the write names outside the boundary.
    """
    check_write(call, write)
    values, is_new = values_of(call, write), write.method == "create"
    await call.visibility.check_target(write.record_id, write.body, values, creates=is_new)
    plan = await plan_all(msgspec.structs.replace(call, needs_approval=False), write)
    await call.visibility.check_requests(((one.operation, one.request) for one in plan.requests), _bindings(call, write))
    if write.record_id is not None:
        first = None if plan.first is None else plan.first.operation
        await require_version(call, write.record_id, write.path, write.version, first)
    return plan


def check_write(call: Call, write: Write) -> None:
    """Refuse what cannot be written, before anything is requested from the provider.

    Raises:
        NotSupported: the provider has no such method.
        ValidationFailed, ReadOnlyField, UnsupportedField, FieldHidden: the body does not fit, or something is missing.
        OutsideModels, OutsideResources: it links to a model that is not reached, or a new record does not say where it goes.
        InvalidId: the id or a path parameter is no segment of a path.
        NotSupported: the write names a version, and the mapping knows none.
    """
    mapping = call.mapping
    mapping.calls_of(write.method)  # before the body: a method that the provider does not have is named first
    if write.method in {"create", "update"}:
        validate_input(mapping.model, write.body, operation="create" if write.method == "create" else "update")
    _refuse_empty_and_extra(call, write)
    check_version(call, write.method, write.version)
    call.visibility.check(write.body, mapping.custom_keys.reached(write.body))
    if write.record_id is None and write.method != "create":
        raise InvalidId(f"id: expected the id of a record to {write.method}")
    operation = mapping.check_body(write.method, write.body, _bindings(call, write))
    values = {**path_values(_common(call, write)), **values_of(call, write)}
    mapping.check_path(values)
    call.visibility.check_links(values)
    if write.method == "create":
        call.visibility.check_place({**write.path, **write.body})
    refuse_missing({**write.body, **values}, mapping.required_by(operation), mapping.model.id)
    operation.check_values(values, required=True)
    for step in operation.after:
        step.check_values(values, required=False)  # a later step must not be refused once the provider accepted the first


def _refuse_empty_and_extra(call: Call, write: Write) -> None:
    """Raise ValidationFailed for an update that changes nothing, and for a delete with a body."""
    if write.method == "update" and not write.body:
        raise ValidationFailed(f"body: expected at least one field of {call.mapping.model.id} to change")
    if write.method == "delete" and write.body:
        raise ValidationFailed(f"body: delete of {call.mapping.model.id} takes none")


def operation_of(call: Call, write: Write) -> Operation:
    """Return the call of the mapping that makes this write."""
    return call.mapping.chosen(write.method, _common(call, write), _bindings(call, write))


def values_of(call: Call, write: Write) -> dict[str, str]:
    """Return what fills the paths of a write: the path parameters, and the id with its parts."""
    return {**write.path, **({} if write.record_id is None else call.mapping.id_values(write.record_id))}


async def plan_all(call: Call, write: Write) -> Plan:
    """Plan every request that the write would send now; only what the mapping reads first is sent."""
    operation = operation_of(call, write)
    wanted = Prefetch(call=call, calls=operation.before, root=_common(call, write))
    first, bindings = await build_with_results(wanted, _bindings(call, write), partial(_planned, call, write, operation))
    if first is not None:
        bindings = await with_results(wanted, names_read(operation), bindings)  # for the answer, while the record is as it was
    steps: list[PlannedRequest] = []
    ready, waiting = split_after(operation, call.mapping.id_names(is_new=write.method == "create"))
    for step in ready:
        own = msgspec.structs.replace(wanted, calls={**operation.before, **step.before})
        planned, seen = await build_with_results(own, bindings, partial(_planned_step, call, write, step))
        bindings |= {name: seen[name] for name in operation.before if name in seen}
        steps += planned
    return Plan(first=first, steps=tuple(steps), waiting=waiting, bindings=bindings)


async def send_planned(call: Call, plan: Plan, accepted: Accepted = lambda: None) -> Sent:
    """Send the requests of a plan in order, exactly as planned; no expression of the mapping runs again.

    Raises:
        UnifiedError: the provider's refusal; `is_partly_done` says that it accepted an earlier request.
    """
    answer = None
    for accepted_count, planned in enumerate(plan.requests):
        try:
            is_named = planned is plan.first and "version" in plan.bindings
            received = await call.send(planned.request, planned.operation, names_version=is_named)
        except UnifiedError as problem:
            if accepted_count > 0:
                problem.partly_done()
            raise
        answer = received if planned is plan.first else answer
        accepted()
    return Sent(answer=answer, bindings=plan.bindings)


def _planned(call: Call, write: Write, operation: Operation, bindings: dict[str, Any]) -> PlannedRequest | None:
    """Plan the write's own request; None when an update has nothing for it."""
    request = own_request(call.mapping, write.method, write.body, bindings, values_of(call, write))
    return None if request is None else PlannedRequest(operation=operation, request=request)


def _planned_step(call: Call, write: Write, step: Operation, bindings: dict[str, Any]) -> list[PlannedRequest]:
    """Plan the requests of one call of `after`; none if its `when` is false."""
    body = _common(call, write)
    requests = step_requests(step, body, bindings, {**path_values(body), **values_of(call, write)})
    return [PlannedRequest(operation=step, request=one) for one in requests]


def _bindings(call: Call, write: Write) -> dict[str, Any]:
    bindings = call.bindings({**_common(call, write), **values_of(call, write)})
    return bindings | version_binding(write.version)


def _common(call: Call, write: Write) -> dict[str, Any]:
    return call.mapping.common_body(write.body)


async def written(call: Call, write: Write, sent: Sent) -> Written:
    """Return the record after a write, or its id alone where it cannot be shown, as the provider accepted the write.

    Raises:
        ProviderMalformed: not even the id is known; `is_partly_done` says that the provider accepted the write.
    """
    if write.method == "delete":
        return Written()
    try:
        return Written(record=await _record_after(call, write, sent), warnings=warnings_of(call))
    except UnifiedError as problem:
        record_id = id_in_answer(call, write, sent)
        if record_id is None:
            raise _accepted(problem) from None
        return Written(record=id_only(call.mapping.model, record_id), warnings=(not_shown(problem),))


def _accepted(problem: UnifiedError) -> UnifiedError:
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
        record_id = write.record_id or await _found_id(call, write, operation, sent)
        return await get_record(get_call(call), record_id, query)
    item = extract_object(operation, sent.answer, sent.bindings)
    shape = call.mapping.shape(operation, query)
    wanted = Prefetch(call=call, calls=operation.before, root=_common(call, write))
    bindings = await with_results(wanted, shape.variables(), sent.bindings)
    record = await call.visibility.require_inside(shape.record(item, bindings, country=call.country))
    call.note_version(record["id"], item, bindings, sent.answer.headers)
    note_record(call, record["id"], item, bindings, query)
    return call.visibility.redact(record, query)


async def _found_id(call: Call, write: Write, operation: Operation, sent: Sent) -> str:
    """Return the id of a new record: from the answer, or by the call that finds it there."""
    if operation.find is None or sent.answer is None:
        return _created_id(operation, sent)
    found, common = operation.find, _common(call, write)
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
    item = extract_object(operation, sent.answer, sent.bindings)
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
