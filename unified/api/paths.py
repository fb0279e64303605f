"""Which unified operation a path and method mean: one small router over the models' registry.

`/crm/contacts/7` is a contact, `/crm/custom_objects/cars/7` a car: models with path parameters have them before the id.
"""

from typing import Any

from litestar import Response

from unified.api import records
from unified.api.context import Context
from unified.errors import MethodNotAllowed, NotFound

NO_ROUTE = "no such route; see /openapi.json or /docs"


async def collection(context: Context) -> Response[Any]:
    """`/{category}/{model}`, and `/{category}/fields`."""
    method = context.request.method
    if method == "GET" and context.path("model") == "fields":
        return await records.list_fields(context)
    model = records.model_of(context)
    if model.path_parameters:
        raise NotFound(f"expected /{model.category}/{model.plural}/{{{model.path_parameters[0]}}}")
    return await _collection(context, {})


async def _collection(context: Context, path: dict[str, str]) -> Response[Any]:
    model = records.model_of(context)
    if context.request.method == "GET":
        return await records.list_records(context, model, path)
    if context.request.method == "POST":
        return await records.create_record(context, model, path)
    raise MethodNotAllowed("expected GET (list) or POST (create)")


async def member(context: Context) -> Response[Any]:
    """`/{category}/{model}/{id}`, `/schema`, `/batch`; a collection for models with a path parameter."""
    model, third = records.model_of(context), context.path("third")
    if context.request.method == "GET" and third == "schema":
        return await records.show_schema(context, model)
    if model.path_parameters:
        return await _collection(context, {model.path_parameters[0]: third})
    if context.request.method == "POST":
        return await _batch(context, third, {})
    return await _member(context, third, {})


async def _batch(context: Context, word: str, path: dict[str, str]) -> Response[Any]:
    if word != "batch":
        raise MethodNotAllowed("expected GET, PATCH or DELETE of a record, or POST …/batch")
    return await records.run_batch(context, records.model_of(context), path)


async def _member(context: Context, record_id: str, path: dict[str, str]) -> Response[Any]:
    model, method = records.model_of(context), context.request.method
    if method == "GET":
        return await records.get_record(context, model, path, record_id)
    if method == "PATCH":
        return await records.update_record(context, model, path, record_id)
    if method == "DELETE":
        return await records.delete_record(context, model, path, record_id)
    raise MethodNotAllowed("expected GET, PATCH or DELETE")


async def below_member(context: Context) -> Response[Any]:
    """`/{category}/{model}/{id}/{method}`; a record for models with a path parameter."""
    model, third, fourth = records.model_of(context), context.path("third"), context.path("fourth")
    if model.path_parameters:
        path = {model.path_parameters[0]: third}
        if context.request.method == "POST":
            return await _batch(context, fourth, path)
        return await _member(context, fourth, path)
    if context.request.method != "POST":
        raise MethodNotAllowed("expected POST (a custom method)")
    return await records.run_custom(context, model, third, fourth)
