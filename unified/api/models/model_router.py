"""Routes of the unified models, registered from the models' registry.

`/crm/contacts/7` is a contact, `/crm/custom_objects/cars/7` a car: models with path parameters have them before the id. Every
model has the same routes, so that a method that it lacks is refused with its reason; audit trail, logs and metrics know them
under three templates. `batch` and `schema` have separate paths, so that no HTTP method takes them for the id of a record.
Handlers take the request itself, because lists of records are the hot path and parse their own query.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from litestar import Controller
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Method

from unified.api.answers.answers import Answer
from unified.api.direct_answers import Direct
from unified.api.models import records
from unified.api.requests.allowed_methods import RESERVED
from unified.api.requests.context import Context, DecodedRequest, context_of
from unified.api.requests.declarations import METHODS, requires
from unified.errors.requests import NotFound
from unified.models import MODELS, Model

COLLECTION = "/{category:str}/{model:str}"
MEMBER = "/{category:str}/{model:str}/{third:str}"
BELOW = "/{category:str}/{model:str}/{third:str}/{fourth:str}"
ModelHandler = Callable[[DecodedRequest], Awaitable[Answer]]
Handlers = Mapping[str, ModelHandler]
"""The handler of each HTTP method."""

CATEGORIES = tuple(dict.fromkeys(one.category for one in MODELS.values()))
PLAIN = tuple(one for one in MODELS.values() if not one.path_parameters)
NESTED = tuple(one for one in MODELS.values() if one.path_parameters)


def _root(model: Model) -> str:
    return f"/{model.category}/{model.plural}"


def _base(model: Model) -> str:
    return _root(model) + "".join(f"/{{{name}:str}}" for name in model.path_parameters)


BATCH, SCHEMA, ID, ACTION = "/batch", "/schema", "/{id:str}", "/{id:str}/{method:str}"
MODEL_OF: dict[str, Model] = {
    path.replace(":str}", "}"): model
    for model in MODELS.values()
    for path in (_root(model), _root(model) + SCHEMA, *(_base(model) + end for end in ("", BATCH, ID, ACTION)))
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
    if context.path("id") in RESERVED:
        raise NotFound(f"expected the id of a record, got {context.path('id')}, which is the name of another path")
    return await records.run_custom(context, model, context.path("id"), context.path("method"))


async def _show_schema(request: DecodedRequest) -> Answer:
    context, model, _ = _opened(request)
    return await records.show_schema(context, model)


async def _list_fields(request: DecodedRequest) -> Answer:
    context = context_of(request)
    return await records.list_fields(context, context.request.scope["path"].split("/")[1])


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


def _route(paths: list[str], template: str, handlers: Handlers) -> HTTPRouteHandler:
    """Return one handler for calls of models: `open_call` checks account, method, model, tags, fields and resources.

    It has all methods of its paths, as the framework makes all of a path again for every handler that adds a method.
    """

    async def answer(request: DecodedRequest) -> Answer:
        return await handlers[request.method](request)

    names: list[Method] = list(handlers)  # type: ignore[arg-type]
    opt = requires("call", metered=True, keyed=True, preconditions=("if-match",), template=template)
    made = HTTPRouteHandler(
        paths, http_method=names, opt=opt, status_code=200, include_in_schema=False, middleware=[Direct(answer)]
    )
    return made(answer)


_MANY: Handlers = {"GET": _list_records, "POST": _create_record, "PUT": _upsert_record}
_ONE: Handlers = {"GET": _get_record, "PATCH": _update_record, "DELETE": _delete_record}


def _routes_of(models: tuple[Model, ...], many: str, one: str) -> Iterator[HTTPRouteHandler]:
    """Yield what all models have; `many` and `one` are the templates of paths without and with an id."""
    yield _route(_paths(models), many, _MANY)
    yield _route(_paths(models, ID), one, _ONE)
    yield _route(_paths(models, BATCH), one, {"POST": _run_batch})


def _model_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of models that need no more than an id, and of those with a path parameter before it."""
    yield from _routes_of(PLAIN, COLLECTION, MEMBER)
    yield _route(_paths(PLAIN, ACTION), BELOW, {"POST": _run_custom})
    yield from _routes_of(NESTED, MEMBER, BELOW)
    yield _route([_root(one) + SCHEMA for one in MODELS.values()], MEMBER, {"GET": _show_schema})


def _other_routes() -> Iterator[HTTPRouteHandler]:
    """Yield the routes of the provider's own fields, and of unknown models, where no method finds anything."""
    fields = [f"/{category}/fields" for category in CATEGORIES]
    unknown = [f"{start}/{{model:str}}" for start in ("/{category:str}", *(f"/{one}" for one in CATEGORIES))]
    yield _route(fields, COLLECTION, {"GET": _list_fields})
    yield _route([_root(one) for one in NESTED], COLLECTION, dict.fromkeys(METHODS, _refuse_collection))
    yield _route(unknown, COLLECTION, dict.fromkeys(METHODS, _refuse_model))
    for template, end in ((MEMBER, "/{third:str}"), (BELOW, "/{third:str}/{fourth:str}")):
        yield _route([one + end for one in (*unknown, *fields)], template, dict.fromkeys(METHODS, _refuse_model))


class ModelController(Controller):
    """All of these routes, so that an application takes them in one step; it makes its own, which no other one shares."""

    def get_route_handlers(self) -> list[BaseRouteHandler]:
        """Return new handlers; the framework would copy those of the class, which takes longer."""
        return [*_model_routes(), *_other_routes()]
