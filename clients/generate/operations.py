"""The operations on Unified itself, read from the route table: names, paths, what is passed and what comes back."""

import typing
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, QueryParameter

from clients.generate.declarations import Member
from clients.generate.shapes import Shape, named, shape_of
from unified.api.openapi.schemas.enums import camel
from unified.api.requests.declarations import declaration_of, shown_template
from unified.api.server import build_server
from unified.api.views.lists import ListView
from unified.app.application import HANDLERS
from unified.settings.settings import Settings

Repeat = Literal["always", "answered", "refused"]

RESOURCES = {"connect": "connect_links"}
"""Names of resources that are not the first segment of their path."""
OWN_RESOURCES = frozenset({"proxy", "mcp"})
"""First segments of routes for keys that the runtimes of the clients call by themselves."""
ACTIONS = {
    ("POST", "/tools/{name}"): "call",
    ("POST", "/tenant/agents/pause"): "pause_agents",
    ("POST", "/tenant/agents/resume"): "resume_agents",
    ("POST", "/tenant/writes/pause"): "pause_writes",
    ("POST", "/tenant/writes/resume"): "resume_writes",
}
"""Names of methods that the path and the HTTP method do not give."""
RAW = named("Answer")
"""The result of an answer that is not JSON: its bytes."""
JSON, ACCEPTED = "application/json", 202
_VERBS = {"GET": "get", "PATCH": "update", "PUT": "set", "DELETE": "delete", "POST": "create"}
_REPEATS: dict[str, Repeat] = {"GET": "always", "POST": "refused"}
_POSITION = (
    Member(name="limit", shape=Shape(kind="integer"), doc="Rows a page."),
    Member(name="cursor", shape=shape_of(str | None), doc="`next_cursor` of the page before."),
)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of a resource."""

    resource: str
    name: str
    doc: str
    http: str
    path: str
    """With its parameters in braces."""
    repeat: Repeat
    body: type[msgspec.Struct] | Any = None
    """The struct of the body; another type for a body that is passed whole; None without one."""
    query: tuple[Member, ...] = ()
    returns: Shape | None = None
    """None for no content."""
    is_list: bool = False
    """Whether `returns` comes in pages."""
    media_type: str = ""
    """Of a body of bytes."""
    is_accepted: bool = False
    """Whether its answer comes with 202; elsewhere, a write that waits for an approval has that status."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def query_name(self) -> str:
        """The name of the struct of the query."""
        return f"{camel(self.resource)}{camel(self.name)}Query"

    @property
    def takes_fields(self) -> bool:
        """Whether the body is a struct whose fields are passed one by one."""
        return isinstance(self.body, type) and issubclass(self.body, msgspec.Struct)


def operations() -> tuple[Operation, ...]:
    """Return every operation, by resource and in the order of paths and methods.

    Raises:
        ValueError: Two operations of a resource have one name.
    """
    found: dict[tuple[str, str], Operation] = {}
    for path, handler in sorted(_handlers(), key=lambda one: (one[0], "GET POST PATCH PUT DELETE".index(_http(one[1])))):
        one = _operation(path, handler)
        if (one.resource, one.name) in found:
            raise ValueError(f"{path}: {one.resource} has a method {one.name} already; name this one in ACTIONS")
        found[one.resource, one.name] = one
    return tuple(found.values())


def _handlers() -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield the routes for API keys that are described by their handlers; models and the proxy are not."""

    def nothing() -> Any:
        raise RuntimeError("this application is for reading its routes")

    for route in build_server(Settings(), nothing, HANDLERS).routes:
        path = shown_template(route.path)
        if path.split("/")[1] in OWN_RESOURCES:
            continue
        for handler in dict.fromkeys(getattr(route, "route_handlers", ())):
            declared = declaration_of(handler)
            if declared is not None and declared.access == "key" and not declared.template:
                yield path, handler


def _http(handler: HTTPRouteHandler) -> str:
    (method,) = handler.http_methods - {"OPTIONS"}
    return method


def _operation(path: str, handler: HTTPRouteHandler) -> Operation:
    hints = typing.get_type_hints(handler.fn, include_extras=True)
    declared = declaration_of(handler)
    media_type = declared.takes if declared is not None and declared.takes != JSON else ""
    returns, is_list = _returned(hints.pop("return"))
    http = _http(handler)
    first = path.split("/")[1]
    return Operation(
        resource=RESOURCES.get(first, first.replace("-", "_")),
        name=ACTIONS.get((http, path)) or _name(http, path, is_list=is_list),
        doc=" ".join((handler.fn.__doc__ or "").split("\n\n")[0].split()),
        http=http,
        path=path,
        repeat=_REPEATS.get(http, "answered"),
        body=bytes
        if media_type
        else next((typing.get_args(one)[0] for one in hints.values() if _marked(one, BodyKwarg)), None),
        media_type=media_type,
        query=(*_query(hints), *(_POSITION if "position" in hints else ())),
        returns=returns,
        is_list=is_list,
        is_accepted=handler.status_code == ACCEPTED,
    )


def _name(http: str, path: str, *, is_list: bool) -> str:
    """Return `list`, `get`, `create` … for the resource itself, and the last segment for what is below it."""
    *_, last = path.split("/")
    if last.startswith("{") or path.count("/") == 1:
        return "list" if is_list else _VERBS[http]
    name = last.replace("-", "_")
    return name if http == "POST" or is_list else f"{_VERBS[http]}_{name}"


def _marked(annotation: Any, kind: type) -> Any:
    return next((one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, kind)), None)


def _query(hints: dict[str, Any]) -> Iterator[Member]:
    for name, annotation in hints.items():
        if (parameter := _marked(annotation, QueryParameter)) is not None:
            shape = shape_of(annotation)
            plain = tuple(one for one in shape.parts if one.kind != "none") if shape.kind == "union" else (shape,)
            is_flag = plain[0].words == ("true", "false")
            yield Member(name=parameter.name or name, shape=Shape(kind="boolean") if is_flag else plain[0])


def _returned(annotation: Any) -> tuple[Shape | None, bool]:
    if typing.get_origin(annotation) is Response:
        annotation = typing.get_args(annotation)[0]
    if annotation is type(None):
        return None, False
    if annotation is bytes:
        return RAW, False
    if typing.get_origin(annotation) is ListView:
        return shape_of(typing.get_args(annotation)[0]), True
    return shape_of(annotation), False


def by_resource(found: Sequence[Operation]) -> dict[str, list[Operation]]:
    """Return operations by their resource."""
    resources: dict[str, list[Operation]] = {}
    for one in found:
        resources.setdefault(one.resource, []).append(one)
    return resources
