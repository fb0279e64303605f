"""Handlers of the unified models: each opens a call for the caller and hands it to the service."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from unified.api.answers.answers import Answer, empty_answer, encoded_list, json_answer
from unified.api.answers.problems import problem_of
from unified.api.models.entity_tags import version_asked, version_headers
from unified.api.request_checks import refuse_preconditions
from unified.api.requests.context import Context, unknown_parameter
from unified.api.requests.headers import header
from unified.api.requests.warnings import warning_headers
from unified.errors.names import unknown_name
from unified.errors.requests import NotFound, ValidationFailed
from unified.models import MODELS, UPSERT, Model, method_class
from unified.service import batch
from unified.service.approvals import Write, approval_required, write_once
from unified.service.records.calls.answer_charges import charge_answer
from unified.service.records.calls.call import Call
from unified.service.records.calls.record_warnings import ListWarning, warnings_of
from unified.service.records.expand import check_expand, expand
from unified.service.records.opening import open_call
from unified.service.records.reading import getting, listing
from unified.service.records.schemas import schemas
from unified.service.records.schemas.field_definitions import list_field_definitions
from unified.service.records.writing.write_keys import key_of_request
from unified.telemetry.recording import record_fields
from unified.telemetry.request_scope import request_id
from unified.transform.queries.asked_fields import names_of_query
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_pairs

GET_PARAMETERS = frozenset({"fields", "expand", "include_raw", "include_deleted"})
Body = dict[str, Any]


def unknown_model(category: str, plural: str) -> NotFound:
    """Return the error for a path that names no model; it lists the categories, or the category's models."""
    names = [one.plural for one in MODELS.values() if one.category == category]
    if not names:
        return NotFound(unknown_name("category of models", category, {one.category for one in MODELS.values()}))
    return NotFound(unknown_name(f"model in {category}", plural, names))


async def _open(
    context: Context, model: Model, method: str, *, describes: bool = False, takes: tuple[str, ...] | None = ()
) -> Call:
    """Open a call; `takes` are the query parameters in addition to the account, None for a common query."""
    if takes is not None:
        context.parameters("account_id", *takes)
    account_id = context.account_id()
    return await open_call(context.services, context.principal, account_id, model.id, method, describes=describes)


def _query(context: Context, model: Model, path: dict[str, str]) -> Query:
    pairs = [(name, text) for name, text in context.query() if name != "account_id" and name not in path]
    query = query_from_pairs(pairs, model)
    return msgspec.structs.replace(query, path=tuple(path.items()))


def _get_query(context: Context, model: Model, path: dict[str, str]) -> Query:
    bad = [
        name
        for name, _ in context.query()
        if name not in {"account_id", *GET_PARAMETERS} and not name.startswith("remote_query[")
    ]
    if bad:
        problems = tuple(unknown_parameter(name, sorted(GET_PARAMETERS)) for name in bad)
        raise ValidationFailed("query: parameters that a single record does not have", errors=problems)
    return _query(context, model, path)


async def list_records(context: Context, model: Model, path: dict[str, str]) -> Answer:
    """GET /{category}/{model}."""
    call = await _open(context, model, "list", takes=None)
    query = _query(context, model, path)
    record_fields(names_of_query(query, model))
    check_expand(call, query.expand)
    page = await listing.list_records(call, query)
    data = await expand(call, page.data, query.expand) if query.expand else page.data
    meta = {"provider": call.account.provider, "model": model.id, "warnings": warnings_of(call)}
    rest = {"next_cursor": listing.next_cursor(call, page), "meta": meta}
    encoded = await call.beside(page.size, encoded_list, data, rest, is_large=call.is_heavy(page.size))
    await charge_answer(call, len(data), len(encoded))
    return Answer(encoded)


def _warning_headers(warnings: Iterable[ListWarning]) -> dict[str, str]:
    """Return the warnings about a single record, which has no `meta`."""
    return warning_headers((one.code, one.message) for one in warnings)


async def get_record(context: Context, model: Model, path: dict[str, str], record_id: str) -> Answer:
    """GET /{category}/{model}/{id}."""
    call = await _open(context, model, "get", takes=None)
    query = _get_query(context, model, path)
    record_fields(names_of_query(query, model))
    check_expand(call, query.expand)
    record = await getting.get_record(call, record_id, query)
    shown = (await expand(call, [record], query.expand))[0] if query.expand else record
    answer = json_answer(shown, headers={**_warning_headers(warnings_of(call)), **version_headers(call, record["id"])})
    await charge_answer(call, 1, len(answer.body))
    return answer


async def create_record(context: Context, model: Model, path: dict[str, str]) -> Answer:
    """POST /{category}/{model}."""
    call = await _open(context, model, "create")
    write = Write(method="create", body=await context.body(Body), path=path, version=version_asked(context))
    return await _write(context, call, write)


async def upsert_record(context: Context, model: Model, path: dict[str, str]) -> Answer:
    """PUT /{category}/{model}?by={key}."""
    call = await _open(context, model, UPSERT, takes=("by",))
    by = dict(context.query()).get("by")
    write = Write(method=UPSERT, by=by, body=await context.body(Body), path=path, version=version_asked(context))
    return await _write(context, call, write)


def _location(call: Call, write: Write, record_id: str) -> str:
    model = call.mapping.model
    place = "".join(f"/{quote(value, safe='')}" for value in (*write.path.values(), record_id))
    return f"/{model.category}/{model.plural}{place}?account_id={call.account.id}"


async def update_record(context: Context, model: Model, path: dict[str, str], record_id: str) -> Answer:
    """PATCH /{category}/{model}/{id}."""
    call = await _open(context, model, "update")
    version = version_asked(context)
    write = Write(method="update", record_id=record_id, body=await context.body(Body), path=path, version=version)
    return await _write(context, call, write)


async def delete_record(context: Context, model: Model, path: dict[str, str], record_id: str) -> Answer:
    """DELETE /{category}/{model}/{id}."""
    call = await _open(context, model, "delete")
    write = Write(method="delete", record_id=record_id, path=path, version=version_asked(context))
    return await _write(context, call, write)


async def run_custom(context: Context, model: Model, record_id: str, method: str) -> Answer:
    """POST /{category}/{model}/{id}/{method}."""
    if method_class(method) != "custom":
        raise NotFound(unknown_name(f"custom method of {model.id}", method, model.custom))
    call = await _open(context, model, method)
    body = await context.body(Body) if await context.raw() else {}
    write = Write(method=method, record_id=record_id, body=body, version=version_asked(context))
    return await _write(context, call, write)


async def _write(context: Context, call: Call, write: Write) -> Answer:
    """Make a write once for its key: 201 with its place for a new record, 204 after a delete, 202 if it waits."""
    written, repeated = await write_once(call, write, key_of_request(call, write, header(context.request, "idempotency-key")))
    headers = {**_warning_headers(written.warnings), **({"Idempotent-Replayed": "true"} if repeated else {})}
    if written.approval is not None:
        return json_answer(approval_required(written.approval), status=202, headers=headers)
    record = written.record
    if record is None:
        return empty_answer(headers=headers)
    headers |= version_headers(call, record["id"])
    if write.method == "create" or (write.method == UPSERT and written.is_new):
        return json_answer(record, status=201, headers={"Location": _location(call, write, record["id"]), **headers})
    return json_answer(record, headers=headers)


async def run_batch(context: Context, model: Model, path: dict[str, str]) -> Answer:
    """POST /{category}/{model}/batch."""
    context.parameters("account_id")
    refuse_preconditions(context.request)
    asked = batch.BatchRequest(
        account_id=context.account_id(),
        model_id=model.id,
        path=path,
        body=await context.body(batch.BatchBody),
        key=header(context.request, "idempotency-key"),
    )
    results = await batch.run_batch(context.services, context.principal, asked)
    return json_answer({"results": [_shown(one) for one in results]})


def _shown(result: batch.BatchResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"index": result.index, "status": result.status}
    if result.problem is not None:
        return shown | {"error": problem_of(result.problem, request_id())}
    if result.approval is not None:
        return shown | {"approval": approval_required(result.approval).approval}
    shown |= {} if result.data is msgspec.UNSET else {"data": result.data}
    return shown if result.version is None else shown | {"version": result.version}


async def show_schema(context: Context, model: Model) -> Answer:
    """GET /{category}/{model}/schema."""
    return json_answer(schemas.describe_schema(await _open(context, model, "list", describes=True)))


async def list_fields(context: Context, category: str) -> Answer:
    """GET /{category}/fields?model=contacts."""
    models = [one for one in MODELS.values() if one.category == category]
    names = [one.plural for one in models]
    asked = context.parameters("account_id", "model", *dict.fromkeys(name for one in models for name in one.path_parameters))
    plural = asked.get("model", "")
    if plural not in names:
        raise ValidationFailed.at("model", unknown_name(f"model in {category}", plural, names))
    model = MODELS[f"{category}.{plural}"]
    call = await _open(context, model, "list", describes=True, takes=tuple(asked))
    path = {name: asked[name] for name in model.path_parameters if name in asked}
    return json_answer({"data": await list_field_definitions(call, path), "next_cursor": None})
