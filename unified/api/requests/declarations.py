"""Declares with each handler how callers authenticate, which permission they need, and what the route concerns.

A declaration is in the `opt` of a handler or controller. One guard reads it before any handler runs (`unified.api.guards`),
and a server does not start if a route has none (`unified.api.server`).
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from unified.api.requests.access import GATES, Access, Gate, RevokedCredential, resolve_revoked_key
from unified.api.requests.context import Context
from unified.service.access.permissions import Needs, Reach

_TYPE = re.compile(r":\w+\}")
DECLARED = "declared"
QUERY = "query"
"""The key in `opt` of the names of a handler's query parameters, if it has any or refuses all."""
READS = frozenset({"GET", "HEAD"})
"""Methods that read, where a route does not declare otherwise."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOWED = "allowed"
"""The key in `opt` of the framework's handler of OPTIONS: the methods of its path."""
PageHandler = Callable[[Context], Awaitable[Response[Any]]]


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """Who may reach a route."""

    access: Access
    needs: Needs
    """The permission that the caller needs; `nothing` if no caller is known."""
    reach: Reach = "rows"
    """The subject: the whole tenant, the account in the path, or the rows that the caller's scope makes visible."""
    gate: Gate | None = None
    """Of a route with access `token`: who may pass."""
    former: RevokedCredential = resolve_revoked_key
    """Finds the owner of a credential that the gate refused, for the audit trail."""
    page: PageHandler | None = None
    """Answers people who bring no Authorization header, in place of a 401."""
    metered: bool = False
    """Whether it calls a provider, so that its responses report what is left of the limits."""
    asks_provider: bool = False
    """Whether it calls a provider without being metered, as connecting an account does."""
    keyed: bool = False
    """Whether it does a write once for an Idempotency-Key; other routes that write refuse one."""
    calls_tools: bool = False
    """Whether a model chooses the operation that is called or offered, so that the policy for agents limits an API key too."""
    preconditions: tuple[str, ...] = ()
    """The headers with preconditions (RFC 9110, 13.1) that its writes check or pass on; other routes that write refuse them."""
    changes: bool = True
    """Whether requests other than GET change something of Unified when they use no account; the audit trail records those."""
    acts_on_get: bool = False
    """Whether even a GET does something that cannot be done again, as the return from a provider's consent page does."""
    strict_query: bool = False
    """Whether unknown query parameters are refused although the handler has none; see `is_for_programs`."""
    problems: tuple[str, ...] = ()
    """Statuses of problems that the route may answer besides those of all routes, for the OpenAPI document."""
    takes: str = ""
    """The media type of a body that is not JSON, for the OpenAPI document."""
    template: str = ""
    """The path of the route in audit trail, logs and metrics, if it is not its own."""

    @property
    def calls_provider(self) -> bool:
        """Whether it may fail because a provider does."""
        return self.metered or self.asks_provider

    @property
    def is_for_programs(self) -> bool:
        """Whether a handler with query parameters refuses unknown and repeated ones, so that a program learns of its mistake.

        Pages ignore unknown ones, as others add parameters to the addresses that people open; of repeated ones the last counts.
        """
        return self.access == "key"

    def find_gate(self, path: str) -> Gate:
        """Return the gate of this route.

        Raises:
            ValueError: The access has no gate, or the route names another one than its access has.
        """
        found = self.gate or GATES.get(self.access)
        if found is None or (self.gate is not None and self.access != "token"):
            raise ValueError(f"{path}: expected an access with a gate, or access token with its own gate")
        return found


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the route table: a path, its methods and what is declared for them."""

    methods: tuple[str, ...]
    path: str
    declared: Declaration
    is_documented: bool
    """Whether Litestar describes it in the OpenAPI document."""

    @property
    def access(self) -> Access:
        """How callers authenticate."""
        return self.declared.access

    @property
    def needs(self) -> Needs:
        """The permission that callers need."""
        return self.declared.needs

    @property
    def reach(self) -> Reach:
        """The account or tenant that the request concerns."""
        return self.declared.reach


def requires(needs: Needs, reach: Reach = "rows", **more: Any) -> dict[str, Any]:
    """Declare a route for API keys."""
    return {DECLARED: Declaration(access="key", needs=needs, reach=reach, **more)}


def public(**more: Any) -> dict[str, Any]:
    """Declare a route for everyone."""
    return {DECLARED: Declaration(access="public", needs="nothing", **more)}


def secret_in_request(**more: Any) -> dict[str, Any]:
    """Declare a route for everyone who has the secret in its address or form; the handler looks it up."""
    return {DECLARED: Declaration(access="token", needs="nothing", **more)}


def requires_gate(gate: Gate, needs: Needs, reach: Reach = "rows", **more: Any) -> dict[str, Any]:
    """Declare a route with a separate gate."""
    return {DECLARED: Declaration(access="token", gate=gate, needs=needs, reach=reach, **more)}


def signed_in(needs: Needs, reach: Reach = "rows") -> dict[str, Any]:
    """Declare a page for a signed-in person; their key needs the permission."""
    return {DECLARED: Declaration(access="session", needs=needs, reach=reach)}


def signed_in_as(route: Any) -> dict[str, Any]:
    """Declare a page for a signed-in person that does what a route of the API does, with its permission and reach.

    Args:
        route: the API's handler, or its controller, with the declarations in `opt`.
    """
    declared: Declaration = route.opt[DECLARED]
    return signed_in(declared.needs, declared.reach)


@lru_cache(maxsize=1024)
def shown_template(template: str) -> str:
    """Return the template of a path as it is shown, without the types of its parameters."""
    return _TYPE.sub("}", template)


def declaration_of(handler: Any) -> Declaration | None:
    """Return the declaration of a handler; None for the OPTIONS handlers that the framework adds."""
    found: Declaration | None = handler.opt.get(DECLARED)
    return found


def only_reads(scope: Mapping[str, Any]) -> bool:
    """Return whether a request only reads, so that it can be repeated whatever became of it."""
    handler = scope.get("route_handler")
    declared = None if handler is None else declaration_of(handler)
    return scope["method"] in READS and not (declared is not None and declared.acts_on_get)


def check_declarations(app: Litestar, guarded: Callable[..., Any], around: tuple[Any, ...]) -> None:
    """Check every route once, before the first request.

    Args:
        app: The application.
        guarded: The hook before every handler, in which the guard runs.
        around: The middlewares that routes may have, which run the guard too, and their classes.

    Raises:
        ValueError: A route declares nothing, has no gate, replaces the hook, or has another middleware.
    """
    for path, handler, query in _handlers(app):
        declared = declaration_of(handler)
        if declared is None:
            raise ValueError(f"{path}: the handler {handler.handler_name} declares no access; add opt=requires(…) or public()")
        declared.find_gate(path)
        if handler.resolve_before_request() is not guarded:
            raise ValueError(f"{path}: the handler {handler.handler_name} has its own before_request, so no guard runs")
        if any(one not in around and type(one) not in around for one in handler.resolve_middleware()):
            raise ValueError(f"{path}: the handler {handler.handler_name} has its own middleware, so no guard may run")
        if query or declared.strict_query:
            handler.opt[QUERY] = query


def declared_routes(app: Litestar) -> tuple[Route, ...]:
    """Return the route table of an application; routes with a common template are one row.

    The rows are ordered by path and method, as Litestar keeps the paths of a handler in no order.
    """
    found: dict[tuple[str, str], Route] = {}
    for path, handler, _ in _handlers(app):
        declared: Declaration = handler.opt[DECLARED]
        key = (declared.template, "") if declared.template else (path, handler.handler_name)
        known = found[key].methods if key in found else ()
        found[key] = Route(
            methods=tuple(one for one in METHODS if one in {*handler.http_methods, *known}),
            path=declared.template or path,
            declared=declared,
            is_documented=handler.resolve_include_in_schema(),
        )
    return tuple(sorted(found.values(), key=lambda one: (one.path, METHODS.index(one.methods[0]))))


def _handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler, tuple[str, ...]]]:
    """Every handler with its path and the names of its query parameters."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise ValueError(f"{route.path}: expected an HTTP route; nothing else passes the guard")  # noqa: TRY004
        for handler, model in dict.fromkeys(route.route_handler_map.values()):
            if handler.fn.__module__ == HTTPRoute.__module__:
                handler.opt.pop(DECLARED, None)  # it returns nothing but the methods
                handler.opt[ALLOWED] = tuple(route.route_handler_map)
                continue
            order = _order(handler)
            query = sorted(model.expected_query_params, key=lambda one: order.index(one.field_name))
            yield route.path, handler, tuple(one.field_alias for one in query)


def _order(handler: HTTPRouteHandler) -> list[str]:
    """Return the names of the parameters of a handler and its dependencies, in the order of the signature."""
    providers = handler.resolve_dependencies()
    found: list[str] = []
    for name in handler.parsed_fn_signature.parameters:
        found += providers[name].parsed_fn_signature.parameters if name in providers else (name,)
    return found
