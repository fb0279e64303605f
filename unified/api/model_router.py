"""Routes of the unified models, registered from the models' registry.

`/crm/contacts/7` is a contact, `/crm/custom_objects/cars/7` a car: models with path parameters have them before the id. Every
model has the same routes, so that a method that it lacks is refused with its reason; audit trail, logs and metrics know them
under three templates. Handlers take the request itself, because lists of records are the hot path and parse their own
query.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from litestar import Controller
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Method

from unified.api import records
from unified.api.answers import Answer
from unified.api.context import Context, DecodedRequest, context_of
from unified.api.declarations import requires
from unified.errors.requests import MethodNotAllowed, NotFound
from unified.models import MODELS, Model

COLLECTION = "/{category:str}/{model:str}"
MEMBER = "/{category:str}/{model:str}/{third:str}"
BELOW = "/{category:str}/{model:str}/{third:str}/{fourth:str}"
ModelHandler = Callable[[DecodedRequest], Awaitable[Answer]]
Handlers = Mapping[str, ModelHandler]
"""The handler of each method, or of each text in the place of an id."""

CATEGORIES = tuple(dict.fromkeys(one.category for one in MODELS.values()))
PLAIN = tuple(one for one in MODELS.values() if not one.path_parameters)
NESTED = tuple(one for one in MODELS.values() if one.path_parameters)


def _root(model: Model) -> str:
    return f"/{model.category}/{model.plural}"


def _base(model: Model) -> str:
    return _root(model) + "".join(f"/{{{name}:str}}" for name in model.path_parameters)


ENDS = ("", "/{id:str}", "/{id:str}/{method:str}")
MODEL_OF: dict[str, Model] = {
    path.replace(":str}", "}"): model
    for model in MODELS.values()
    for path in (_root(model), *(_base(model) + end for end in ENDS))
}
"""The template of a path, without types → the model that it is for."""


def _opened(request: DecodedRequest) -> tuple[Context, Model, dict[str, str]]:
    """Return the request's context, its model, and the model's path parameters."""
    context = context_of(request)
    model = MODEL_OF[request.scope["path_template"]]
    given = request.scope["path_params"]
    return context, model, {name: context.path(name) for name in model.path_parameters if name in given}


async def _list_records(request: DecodedRequest) -> Answer:
    return await records.list_records(*_opened(request))


async def _list_nested(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    if "schema" in path.values():
        return await records.show_schema(context, model)
    return await records.list_records(context, model, path)


async def _create_record(request: DecodedRequest) -> Answer:
    return await records.create_record(*_opened(request))


async def _upsert_record(request: DecodedRequest) -> Answer:
    return await records.upsert_record(*_opened(request))


async def _get_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.get_record(context, model, path, context.path("id"))


async def _update_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.update_record(context, model, path, context.path("id"))


async def _delete_record(request: DecodedRequest) -> Answer:
    context, model, path = _opened(request)
    return await records.delete_record(context, model, path, context.path("id"))


async def _run_batch(request: DecodedRequest) -> Answer:
    return await records.run_batch(*_opened(request))


async def _run_custom(request: DecodedRequest) -> Answer:
    context, model, _ = _opened(request)
    return await records.run_custom(context, model, context.path("id"), context.path("method"))


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
        return "expected GET (list), POST (create) or PUT (upsert)"
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


def _paths(models: tuple[Model, ...], end: str = "") -> list[str]:
    return [_base(one) + end for one in models]


def _named(handlers: Handlers, otherwise: ModelHandler) -> ModelHandler:
    """Return a handler that has others for texts in the place of an id; they are ids for all other methods."""

    async def answer(request: DecodedRequest) -> Answer:
        return await handlers.get(request.scope["path_params"]["id"], otherwise)(request)

    return answer


def _route(paths: list[str], template: str, handlers: Handlers, *, reserved: tuple[str, ...] = ()) -> HTTPRouteHandler:
    """Return one handler for calls of models: `open_call` checks account, method, model, tags, fields and resources.

    It has all methods of its paths, as the framework makes all of a path again for every handler that adds a method.
    `reserved` are texts in the place of an id that name a method.
    """

    async def answer(request: DecodedRequest) -> Answer:
        return await handlers[request.method](request)

    names: list[Method] = list(handlers)  # type: ignore[arg-type]
    opt = requires("call", metered=True, keyed=True, template=template, reserved=reserved)
    return HTTPRouteHandler(paths, http_method=names, opt=opt, status_code=200, include_in_schema=False)(answer)


def _plain_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of models that need no more than an id."""
    get, post = _named({"schema": _show_schema}, _get_record), _named({"batch": _run_batch}, _refuse_method)
    single: Handlers = {"GET": get, "POST": post, "PUT": _refuse_method, "PATCH": _update_record, "DELETE": _delete_record}
    actions: Handlers = {"POST": _run_custom, **dict.fromkeys(("GET", "PUT", "PATCH", "DELETE"), _refuse_action)}
    yield _route(_paths(PLAIN), COLLECTION, {"GET": _list_records, "POST": _create_record, "PUT": _upsert_record})
    yield _route(_paths(PLAIN, "/{id:str}"), MEMBER, single, reserved=("batch", "schema"))
    yield _route(_paths(PLAIN, "/{id:str}/{method:str}"), BELOW, actions)


def _nested_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of models with a path parameter before the id."""
    post = _named({"batch": _run_batch}, _refuse_method)
    single: Handlers = {
        "GET": _get_record,
        "POST": post,
        "PUT": _refuse_method,
        "PATCH": _update_record,
        "DELETE": _delete_record,
    }
    refused: Handlers = dict.fromkeys(("PATCH", "DELETE"), _refuse_method)
    yield _route([_root(one) for one in NESTED], COLLECTION, dict.fromkeys(("GET", "POST", "PUT"), _refuse_collection))
    yield _route(_paths(NESTED), MEMBER, {"GET": _list_nested, "POST": _create_record, "PUT": _upsert_record, **refused})
    yield _route(_paths(NESTED, "/{id:str}"), BELOW, single, reserved=("batch",))


def _other_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of the provider's own fields, and of unknown models."""
    fields = [f"/{category}/fields" for category in CATEGORIES]
    unknown = [f"{start}/{{model:str}}" for start in ("/{category:str}", *(f"/{one}" for one in CATEGORIES))]
    refused: Handlers = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), _refuse_model)
    yield _route(fields, COLLECTION, {"GET": _list_fields, "POST": _refuse_model, "PUT": _refuse_model})
    yield _route(unknown, COLLECTION, dict.fromkeys(("GET", "POST", "PUT"), _refuse_model))
    for template, end in ((MEMBER, "/{third:str}"), (BELOW, "/{third:str}/{fourth:str}")):
        yield _route([one + end for one in (*unknown, *fields)], template, refused)


class ModelController(Controller):
    """All of these routes, so that an application takes them in one step; it makes its own, which no other one shares."""

    def get_route_handlers(self) -> list[BaseRouteHandler]:
        """Return new handlers; the framework would copy those of the class, which takes longer."""
        return [*_plain_routes(), *_nested_routes(), *_other_routes()]
