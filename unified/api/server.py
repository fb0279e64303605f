"""The web application: the route table bound to handlers, behind authentication, with errors as problems."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from unified.api.access import GATES
from unified.api.context import Context
from unified.api.problems import handle_framework, handle_ours, handle_unexpected
from unified.api.routes import Route
from unified.errors import UnifiedError
from unified.service.services import Services
from unified.settings import Settings

Assemble = Callable[[], AbstractAsyncContextManager[Services]]
Refusal = Callable[[Request[Any, Any, Any], HTTPException], Response[Any]]


def build_server(
    settings: Settings,
    assemble: Assemble,
    routes: Sequence[Route],
    *,
    unknown_route: Refusal = handle_framework,
) -> Litestar:
    """The ASGI application over a route table; the parts are assembled when it starts and closed when it ends.

    `unknown_route` answers what the web framework refuses before a route is found.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with assemble() as services:
            app.state.services = services
            yield

    return Litestar(
        route_handlers=[_bound(one) for one in routes],
        lifespan=[lifespan],
        exception_handlers={
            UnifiedError: handle_ours,
            HTTPException: unknown_route,
            Exception: handle_unexpected,
        },
        request_max_body_size=settings.body_max_bytes,
        openapi_config=None,
        logging_config=None,
    )


def _bound(one: Route) -> HTTPRouteHandler:
    """A Litestar handler for one route of the table: authenticate first, then the handler itself."""

    async def run(request: Request[Any, Any, Any]) -> Response[Any]:
        services: Services = request.app.state.services
        if one.page is not None and "authorization" not in request.headers:
            return await one.page(Context(services=services, request=request, caller=None))
        caller = await GATES[one.access](services, request)
        return await one.handler(Context(services=services, request=request, caller=caller))

    methods = [HttpMethod(name) for name in one.methods]
    # The status is the answer's own; the one given here only keeps the framework from expecting 204 of a DELETE.
    name = f"{'-'.join(one.methods)} {one.path}"
    return route(path=one.path, http_method=methods, status_code=200, name=name, exception_handlers=one.refusals)(run)
