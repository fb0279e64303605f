"""The operations that Litestar describes from the handlers: all but those of the models and the pass-through."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Method

from unified.api.context import DecodedRequest
from unified.api.declarations import DECLARED, Declaration
from unified.api.dependencies import dependencies_of
from unified.api.json_body import JsonBody
from unified.api.openapi.schemas import REF
from unified.api.views.lists import ListView

Part = dict[str, Any]
FAILURES = ("401", "403", "404", "422")
"""What every operation of an API key may answer."""


class ManagementDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What Litestar describes."""

    paths: Part
    schemas: Part
    """What the paths refer to, as Litestar describes it."""
    structs: tuple[type[msgspec.Struct], ...]
    """The structs among them, which msgspec describes more precisely."""


def management_document(handlers: Sequence[ControllerRouterHandler]) -> ManagementDocument:
    """Describe the management routes; lists are inlined, and error responses refer to the shared ones."""
    app = Litestar(
        route_handlers=handlers,
        dependencies=dependencies_of(handlers),
        request_class=DecodedRequest,
        dto=JsonBody,
        return_dto=None,
        openapi_config=OpenAPIConfig(
            title="Unified",
            version="",
            operation_id_creator=_operation_id,
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin()],
        ),
        logging_config=None,
    )
    document: Part = msgspec.to_builtins(app.openapi_schema.to_schema())
    documented = list(_documented(app))
    for path, method, handler in documented:
        _complete(document["paths"][path][method.lower()], handler.opt[DECLARED])
    schemas: Part = document["components"]["schemas"]
    lists = {f"{REF}{name}": schema for name, schema in schemas.items() if name.startswith(ListView.__name__)}
    return ManagementDocument(
        paths=_inlined(document["paths"], lists),
        schemas={name: schema for name, schema in schemas.items() if f"{REF}{name}" not in lists},
        structs=tuple(dict.fromkeys(one for _, _, handler in documented for one in _structs(handler))),
    )


def _documented(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if DECLARED in handler.opt and handler.resolve_include_in_schema() and method in handler.http_methods:
                    yield route.path_format, method, handler


def _structs(handler: HTTPRouteHandler) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs in a handler's body and response."""
    body = handler.parsed_data_field
    kinds = [handler.parsed_return_field.annotation, *([body.annotation] if body else [])]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield kind
        kinds += get_args(kind)


def _inlined(part: Any, lists: Part) -> Any:
    """Replace each reference to a list by the list."""
    if isinstance(part, list):
        return [_inlined(one, lists) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("$ref") in lists:
        return {name: value for name, value in lists[part["$ref"]].items() if name != "title"}
    return {name: _inlined(one, lists) for name, one in part.items()}


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    return handler.handler_name


def _complete(operation: Part, declared: Declaration) -> None:
    """Add what Litestar cannot know: who may call, and the error responses that all operations share."""
    operation["summary"] = operation.pop("description").partition("\n")[0].rstrip(".")
    operation.pop("deprecated", None)
    operation["parameters"] = [_parameter(one) for one in operation.pop("parameters", ())]
    if not operation["parameters"]:
        del operation["parameters"]
    responses = operation["responses"]
    responses.pop("400", None)  # the framework's own form of a refusal, which no caller gets
    for response in responses.values():
        response.pop("headers", None)  # `Cache-Control` on all of them
    if declared.access == "public":
        operation["security"] = []
        return
    codes = (FAILURES if declared.access == "key" else FAILURES[:2]) + declared.problems
    responses |= {code: {"$ref": f"#/components/responses/{code}"} for code in codes}


def _parameter(parameter: Part) -> Part:
    """Return a parameter without defaults of the specification and without null, which a query cannot send."""
    schema = {name: value for name, value in parameter["schema"].items() if name != "description"}
    choices = [one for one in schema.pop("oneOf", ()) if one != {"type": "null"}]
    if "null" in schema.get("type", ()):
        schema = {"type": "string", "enum": [one for one in schema["enum"] if one is not None]}
    kept: Part = {name: parameter[name] for name in ("name", "in", "required", "description") if name in parameter}
    return {**kept, "schema": choices[0] if len(choices) == 1 else schema}
