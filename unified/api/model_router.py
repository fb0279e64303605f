"""Routes of the unified models, registered from the models' registry.

`/crm/contacts/7` is a contact, `/crm/custom_objects/cars/7` a car: models with path parameters have them before the id. Every
model has the same routes, so that a method that it lacks is refused with its reason; audit trail, logs and metrics know them
under three templates. Handlers take the request itself, because lists of records are the hot path and parse their own
query.
"""

from collections.abc import Awaitable, Callable, Iterator

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

from unified.api import records
from unified.api.answers import Answer
from unified.api.context import Context, DecodedRequest, context_of
from unified.api.declarations import requires
from unified.errors import MethodNotAllowed, NotFound
from unified.models import MODELS, Model

COLLECTION = "/{category:str}/{model:str}"
MEMBER = "/{category:str}/{model:str}/{third:str}"
BELOW = "/{category:str}/{model:str}/{third:str}/{fourth:str}"
ModelHandler = Callable[[DecodedRequest], Awaitable[Answer]]

CATEGORIES = tuple(dict.fromkeys(one.category for one in MODELS.values()))
PLAIN = tuple(one for one in MODELS.values() if not one.path_parameters)
NESTED = tuple(one for one in MODELS.values() if one.path_parameters)


def _root(model: Model) -> str:
    return f"/{model.category}/{model.plural}"


def _base(model: Model) -> str:
    return _root(model) + "".join(f"/{{{name}:str}}" for name in model.path_parameters)


MODEL_OF: dict[str, Model] = {}
"""The template of a route, without types → the model that it is for."""


def _paths(models: tuple[Model, ...], *ends: str, base: Callable[[Model], str] = _base) -> list[str]:
    """Return the paths of these models with each end, and register the model of each path."""
    found = []
    for model in models:
        for end in ends:
            path = base(model) + end
            MODEL_OF[path.replace(":str}", "}")] = model
            found.append(path)
    return found


def _opened(request: DecodedRequest) -> tuple[Context, Model, dict[str, str]]:
    """Return the request's context, its model, and the model's path parameters."""
    context = context_of(request)
    model = MODEL_OF[request.scope["path_template"]]
    given = request.scope["path_params"]
    return context, model, {name: context.path(name) for name in model.path_parameters if name in given}


def _record_id(context: Context) -> str:
    """Return the id in the path; `batch` and `schema` are ids for methods that have no route of that name."""
    if "id" in context.request.scope["path_params"]:
        return context.path("id")
    return context.request.scope["path"].rpartition("/")[2]


async def _list_records(request: DecodedRequest) -> Answer:
    return await records.list_records(*_opened(request))


async def _list_nested(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    if "schema" in path.values():
        return await records.show_schema(context, model)
    return await records.list_records(context, model, path)


async def _create_record(request: DecodedRequest) -> Answer:
    return await records.create_record(*_opened(request))


async def _get_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.get_record(context, model, path, _record_id(context))


async def _update_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.update_record(context, model, path, _record_id(context))


async def _delete_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.delete_record(context, model, path, _record_id(context))


async def _run_batch(request: DecodedRequest) -> Answer:
    return await records.run_batch(*_opened(request))


async def _run_custom(request: DecodedRequest) -> Answer:
    context, model, _ = _opened(request)
    return await records.run_custom(context, model, _record_id(context), context.path("method"))


async def _show_schema(request: DecodedRequest) -> Answer:
    context, model, _ = _opened(request)
    return await records.show_schema(context, model)


async def _list_fields(request: DecodedRequest) -> Answer:
    context = context_of(request)
    return await records.list_fields(context, context.request.scope["path"].split("/")[1])


async def _refuse_method(request: DecodedRequest) -> Answer:
    _, model, path = _opened(request)
    raise MethodNotAllowed(_expected_methods(model, has_id="id" in request.scope["path_params"], is_nested=bool(path)))


def _expected_methods(model: Model, *, has_id: bool, is_nested: bool) -> str:
    if is_nested and not has_id:
        return "expected GET (list) or POST (create)"
    return f"expected GET, PATCH or DELETE of a record, or POST {_root(model)}/…/batch"


async def _refuse_action(request: DecodedRequest) -> Answer:
    _opened(request)
    raise MethodNotAllowed("expected POST (a custom method)")


async def _refuse_collection(request: DecodedRequest) -> Answer:
    _, model, _ = _opened(request)
    raise NotFound(f"expected {_root(model)}/{{{model.path_parameters[0]}}}")


async def _refuse_model(request: DecodedRequest) -> Answer:
    context = context_of(request)
    category = context.path("category") if "category" in request.scope["path_params"] else request.scope["path"].split("/")[1]
    plural = context.path("model") if "model" in request.scope["path_params"] else request.scope["path"].split("/")[2]
    raise records.unknown_model(category, plural)


def _route(methods: str, paths: list[str], template: str, handler: ModelHandler) -> HTTPRouteHandler:
    """Return a handler for calls of models: `open_call` checks account, method, model, tags, fields and resources."""
    names: list[Method] = methods.split()  # type: ignore[assignment]
    opt = requires("call", metered=True, template=template)
    return HTTPRouteHandler(paths, http_method=names, opt=opt, status_code=200, include_in_schema=False)(handler)


def _plain_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of models that need no more than an id."""
    collection, member = _paths(PLAIN, ""), _paths(PLAIN, "/{id:str}")
    batch, schema = _paths(PLAIN, "/batch"), _paths(PLAIN, "/schema")
    yield _route("GET", collection, COLLECTION, _list_records)
    yield _route("POST", collection, COLLECTION, _create_record)
    yield _route("GET", [*member, *batch], MEMBER, _get_record)
    yield _route("PATCH", [*member, *batch, *schema], MEMBER, _update_record)
    yield _route("DELETE", [*member, *batch, *schema], MEMBER, _delete_record)
    yield _route("POST", batch, MEMBER, _run_batch)
    yield _route("GET", schema, MEMBER, _show_schema)
    yield _route("POST", [*member, *schema], MEMBER, _refuse_method)
    actions = _paths(PLAIN, "/{id:str}/{method:str}")
    yield _route("POST", actions, BELOW, _run_custom)
    yield _route("GET PATCH DELETE", actions, BELOW, _refuse_action)


def _nested_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of models with a path parameter before the id."""
    collection, member, batch = _paths(NESTED, ""), _paths(NESTED, "/{id:str}"), _paths(NESTED, "/batch")
    yield _route("GET POST", _paths(NESTED, "", base=_root), COLLECTION, _refuse_collection)
    yield _route("GET", collection, MEMBER, _list_nested)
    yield _route("POST", collection, MEMBER, _create_record)
    yield _route("PATCH DELETE", collection, MEMBER, _refuse_method)
    yield _route("GET", [*member, *batch], BELOW, _get_record)
    yield _route("PATCH", [*member, *batch], BELOW, _update_record)
    yield _route("DELETE", [*member, *batch], BELOW, _delete_record)
    yield _route("POST", batch, BELOW, _run_batch)
    yield _route("POST", member, BELOW, _refuse_method)


def _other_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of the provider's own fields, and of unknown models."""
    fields = [f"/{category}/fields" for category in CATEGORIES]
    yield _route("GET", fields, COLLECTION, _list_fields)
    yield _route("POST", fields, COLLECTION, _refuse_model)
    unknown = [f"{start}/{{model:str}}" for start in ("/{category:str}", *(f"/{one}" for one in CATEGORIES))]
    yield _route("GET POST", unknown, COLLECTION, _refuse_model)
    for template, end in ((MEMBER, "/{third:str}"), (BELOW, "/{third:str}/{fourth:str}")):
        yield _route("GET POST PATCH DELETE", [one + end for one in (*unknown, *fields)], template, _refuse_model)


MODEL_ROUTER = Router("/", route_handlers=[*_plain_routes(), *_nested_routes(), *_other_routes()])
"""One router, so that an application takes all of these routes in one step."""
