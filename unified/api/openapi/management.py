"""The operations that Litestar describes from the handlers: all but those of the models and the pass-through."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Method

from unified.api.openapi.parameter_texts import describe_parameters
from unified.api.openapi.parts import ALWAYS, OF_BODIES, OF_KEYS, OF_PROVIDERS, OF_VERSIONS, OF_WRITES, header, references
from unified.api.openapi.refinements import parameter_schema
from unified.api.openapi.schemas.enums import camel, named, reference
from unified.api.openapi.schemas.model_schemas import page
from unified.api.openapi.schemas.normal_form import Schema, normal_form
from unified.api.openapi.schemas.struct_schemas import structs_in
from unified.api.requests.context import DecodedRequest
from unified.api.requests.declarations import DECLARED, Declaration
from unified.api.requests.dependencies import dependencies_of
from unified.api.requests.json_body import JsonBody
from unified.api.views.lists import ListView
from unified.service.access.scope.scopes import PERMISSIONS

Part = dict[str, Any]
BINARY: Schema = {"type": "string", "format": "binary"}
"""A body that is not text, as generators know it (OpenAPI 3.0; 3.1 allows any format)."""
_TEXTS = {"200": "Done.", "201": "Created.", "202": "Accepted.", "204": "Done; there is no body."}
_FRAMEWORK_TEXTS = ("Request fulfilled", "Document created", "Request accepted", "Request processed")


_OF_REACH = {"tenant": " and a scope that names no accounts", "account": " and a scope that includes the account"}
"""Subject of a route → the requirement for a key in addition to its permission."""


class ManagementDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The routes that Litestar describes."""

    paths: Part
    schemas: dict[str, Schema]
    """Pages and enumerations that the paths refer to, besides the structs."""
    requests: tuple[type[msgspec.Struct], ...]
    """The structs of bodies."""
    responses: tuple[type[msgspec.Struct], ...]
    """The structs of responses."""


def management_document(handlers: Sequence[ControllerRouterHandler]) -> ManagementDocument:
    """Describe the management routes; error responses refer to the shared ones."""
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
    paths: Part = msgspec.to_builtins(app.openapi_schema.to_schema()["paths"])
    schemas: dict[str, Schema] = {}
    documented = list(_documented(app))
    for path, method, handler in documented:
        _complete(paths[path][method.lower()], handler, schemas)
        describe_parameters(path, paths[path][method.lower()])
    bodies = [handler.parsed_data_field.annotation for _, _, handler in documented if handler.parsed_data_field]
    answers = [handler.parsed_return_field.annotation for _, _, handler in documented]
    return ManagementDocument(paths=paths, schemas=schemas, requests=structs_in(bodies), responses=structs_in(answers))


def _documented(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if DECLARED in handler.opt and handler.resolve_include_in_schema() and method in handler.http_methods:
                    yield route.path_format, method, handler


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    return handler.handler_name


def _complete(operation: Part, handler: HTTPRouteHandler, schemas: dict[str, Schema]) -> None:
    """Bring an operation into the form of the document, and put the schemas that it refers to into `schemas`."""
    declared: Declaration = handler.opt[DECLARED]
    name = operation["operationId"]
    summary, _, rest = operation["description"].partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = f"{rest.strip()} {_needs(declared)}".strip()
    operation.pop("deprecated", None)
    parameters = [_parameter(one, name, schemas) for one in operation.pop("parameters", ())]
    operation |= {"parameters": parameters} if parameters else {}
    _complete_body(operation, declared, handler, schemas)
    _complete_responses(operation, handler, schemas)
    if declared.access == "public":
        operation["security"] = []
    operation["responses"] = references(_refused(operation, declared)) | operation["responses"]


def _needs(declared: Declaration) -> str:
    """Return who may call a route, as its declaration says."""
    if declared.access == "public":
        return "For everyone, without a key."
    if declared.needs in PERMISSIONS:
        return f"For keys with the permission `{declared.needs}`{_OF_REACH.get(declared.reach, '')}."
    return f"For every key that may make calls{_OF_REACH.get(declared.reach, '')}."


def _refused(operation: Part, declared: Declaration) -> tuple[str, ...]:
    return (
        *ALWAYS,
        *(() if declared.access == "public" else OF_KEYS),
        *(OF_BODIES if "requestBody" in operation else ()),
        *(OF_PROVIDERS if declared.calls_provider else ()),
        *((*OF_WRITES, *OF_VERSIONS) if declared.keyed else ()),
        *declared.problems,
    )


def _parameter(parameter: Part, operation: str, schemas: dict[str, Schema]) -> Part:
    """Return a parameter without defaults of the specification and without null, which a query cannot send."""
    name = parameter["name"]
    schema = parameter_schema(operation, name) or _sendable(normal_form(parameter["schema"]))
    kept: Part = {key: parameter[key] for key in ("name", "in", "required", "description") if key in parameter}
    return {**kept, "schema": named(schema, camel(operation) + camel(name), schemas)}


def _sendable(schema: Schema) -> Schema:
    """Return the schema of a parameter without null, and without the description, which the parameter has itself."""
    found = {key: one for key, one in schema.items() if key != "description"}
    choices = [one for one in found.pop("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        found |= choices[0]
    if isinstance(found.get("type"), list):
        (found["type"],) = (one for one in found["type"] if one != "null")
    if "enum" in found:
        found["enum"] = [one for one in found["enum"] if one is not None]
    return found


def _complete_body(operation: Part, declared: Declaration, handler: HTTPRouteHandler, schemas: dict[str, Schema]) -> None:
    if declared.takes:
        operation["requestBody"] = {"required": True, "content": {declared.takes: {"schema": BINARY}}}
    elif "requestBody" in operation:
        body, data = operation["requestBody"], handler.parsed_data_field
        body["required"] = data is not None and not data.has_default
        _complete_content(body["content"], camel(operation["operationId"]) + "Body", schemas)


def _complete_responses(operation: Part, handler: HTTPRouteHandler, schemas: dict[str, Schema]) -> None:
    responses = operation["responses"]
    responses.pop("400", None)  # the framework's own form of a refusal, which no caller gets
    for status, response in responses.items():
        response.pop("headers", None)  # `Cache-Control` on all of them
        if status == "201":
            response["headers"] = header("Location")
        if response["description"].startswith(_FRAMEWORK_TEXTS):
            response["description"] = _TEXTS[status]
        _complete_content(response.get("content", {}), camel(operation["operationId"]) + "Response", schemas)
    listed = _listed(handler)
    if listed is not None:
        name, item = listed
        schemas[name] = page(item)
        responses[str(handler.status_code)]["content"] = {"application/json": {"schema": reference(name)}}


def _complete_content(content: Part, name: str, schemas: dict[str, Schema]) -> None:
    for media_type, media in content.items():
        is_text = media_type.endswith("json") or media_type.startswith("text/")
        media["schema"] = named(normal_form(media["schema"]), name, schemas) if is_text else BINARY


def _listed(handler: HTTPRouteHandler) -> tuple[str, Schema] | None:
    """Return the name of the page that a handler answers with, and the schema of its items; None if it is not a page."""
    kind = handler.parsed_return_field.annotation
    if get_origin(kind) is not ListView:
        return None
    (item,) = get_args(kind)
    if isinstance(item, type) and issubclass(item, msgspec.Struct):
        return f"{item.__name__.removesuffix('View')}Page", reference(item.__name__)
    return f"{camel(handler.handler_name.removeprefix('list_'))}Page", {"type": "object", "additionalProperties": True}
