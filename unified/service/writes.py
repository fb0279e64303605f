"""The main job, writing: create, update and delete records of a common model at a provider, in flight."""

from typing import Any, Literal

import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors import MappingFailed
from unified.models import validate_input
from unified.service.befores import with_befores
from unified.service.boundary import refuse_foreign_id, require_places, unseen_places
from unified.service.calls import Call, around
from unified.service.records import found_object, get_record, judge_of
from unified.transform.operation import Operation
from unified.transform.query import Query
from unified.transform.requests import path_values, write_request


async def create_record(call: Call, body: dict[str, Any], path: dict[str, str] | None = None) -> dict[str, Any]:
    """Create a record from a common body; answers the whole record as the provider has it now."""
    _check_body(call, body, "create")
    await require_inside(call, None, body)
    values = path or {}
    answer, bindings = await _write(call, "create", body, values)
    operation = call.mapping.operation("create")
    await _steps(call, operation, body, bindings, values)
    return await _written_record(call, operation, answer, bindings, record_id=None, path=values)


async def update_record(call: Call, record_id: str, body: dict[str, Any], path: dict[str, str] | None = None) -> dict[str, Any]:
    """Change the fields given; null clears, what is not given stays. Answers the whole record."""
    _check_body(call, body, "update")
    await require_inside(call, record_id, body)
    values = {**(path or {}), **call.mapping.id_values(record_id)}
    operation = call.mapping.operation("update")
    answer, bindings = None, {**call.bindings({**body, **values})}
    if operation.holds(body, bindings):
        answer, bindings = await _write(call, "update", body, values)
    await _steps(call, operation, body, bindings, values)
    return await _written_record(call, operation, answer, bindings, record_id=record_id, path=path or {})


async def delete_record(call: Call, record_id: str, path: dict[str, str] | None = None) -> None:
    """Delete a record."""
    await require_inside(call, record_id, {})
    values = {**(path or {}), **call.mapping.id_values(record_id)}
    await _write(call, "delete", {}, values)


async def run_custom(call: Call, record_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A custom method of a mapping, such as cancel; answers the record afterwards when the mapping says so."""
    await require_inside(call, record_id, body)
    values = call.mapping.id_values(record_id)
    operation = call.mapping.operation(call.method)
    answer, bindings = await _write(call, call.method, body, values)
    return await _written_record(call, operation, answer, bindings, record_id=record_id, path={})


async def require_inside(call: Call, record_id: str | None, body: dict[str, Any]) -> None:
    """Raise OutsideResources for a write of a record outside the boundary, or one that would move a record in or out.

    The record is read first, by the service's own authority: the caller may be allowed to write what it may not read.
    """
    judge = judge_of(call)
    if not judge.boundary.rules(judge.model):
        return
    refuse_foreign_id(judge, record_id or "")
    if record_id is not None:
        needs = call.boundary.needs(judge.model)
        record = await get_record(await around(call, judge.model.id), record_id, Query(fields=("id", *needs), path=()))
        unseen_places(judge, record, body)
    await require_places(judge, body, creates=record_id is None)


def _check_body(call: Call, body: dict[str, Any], method: Literal["create", "update"]) -> None:
    call.mapping.operation(method)
    validate_input(call.mapping.model, body, operation=method)
    call.sight.refuse_body(body)


async def _write(
    call: Call, method: str, body: dict[str, Any], values: dict[str, str]
) -> tuple[ProviderAnswer, dict[str, Any]]:
    operation = call.mapping.operation(method)
    call.mapping.check_path(values)
    common = {name: value for name, value in body.items() if name != "remote_fields"}
    base = call.bindings({**common, **values})
    bindings = await with_befores(call, operation, frozenset(), common, base)
    request = write_request(call.mapping, method, body, bindings, values)
    return await call.send(request, operation), bindings


async def _steps(
    call: Call, operation: Operation, body: dict[str, Any], bindings: dict[str, Any], values: dict[str, str]
) -> None:
    """The calls of `after` whose `when` holds, in order."""
    for step in operation.after:
        seen = await with_befores(call, step, frozenset(), body, bindings, keys=("when",))
        if step.holds(body, seen):
            seen = await with_befores(call, step, frozenset(), body, seen)
            await call.send(step.request(body, seen, {**path_values(body), **values}), step)


async def _written_record(
    call: Call,
    operation: Operation,
    answer: ProviderAnswer | None,
    bindings: dict[str, Any],
    *,
    record_id: str | None,
    path: dict[str, str],
) -> dict[str, Any]:
    """The record after a write: from the answer, or asked for again where the answer has none."""
    query = Query(path=tuple(path.items()))
    if operation.call.then == "get" or answer is None:
        created = record_id or _created_id(operation, answer, bindings)
        return await get_record(msgspec.structs.replace(call, method="get"), created, query)
    item = found_object(operation, answer, bindings)
    record = call.mapping.shape(operation, query).record(item, bindings, country=call.account.settings.get("country"))
    return call.sight.cut(record, query)


def _created_id(operation: Operation, answer: ProviderAnswer | None, bindings: dict[str, Any]) -> str:
    if answer is None or operation.created is None:
        raise MappingFailed(f"{operation.where}: `then: get` needs `created`, the id of the new record")
    seen = {**bindings, "headers": answer.headers}
    found = operation.evaluate(operation.created, answer.body, seen, "created")
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str) or not found:
        raise MappingFailed(f"{operation.where}: `created` gave no id")
    return found
