"""The web application: the route table bound to handlers, behind authentication, with errors as problems."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Request, Response, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from unified.api.audit_middleware import audited, known_caller
from unified.api.context import Context, path_value
from unified.api.limit_headers import limit_headers
from unified.api.preferences import wants_json
from unified.api.problems import handle_framework, handle_ours, handle_unexpected, problem_answer
from unified.api.routes import Route
from unified.errors import UnifiedError
from unified.service.access.permissions import require_every_account, require_permission
from unified.service.access.principals import Principal
from unified.service.access.scopes import require_account
from unified.service.runtime.services import Services
from unified.settings import Settings

log = structlog.get_logger("unified")
Assemble = Callable[[], AbstractAsyncContextManager[Services]]
Refusal = Callable[[Request[Any, Any, Any], HTTPException], Response[Any]]
While = Callable[[Litestar], AbstractAsyncContextManager[None]]


def build_server(
    settings: Settings,
    assemble: Assemble,
    routes: Sequence[Route],
    *,
    unknown_route: Refusal = handle_framework,
    during: Sequence[While] = (),
) -> Litestar:
    """The ASGI application over a route table; the parts are assembled when it starts and closed when it ends.

    `unknown_route` answers what the web framework refuses before a route is found. `during` is open while the parts are.
    """

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                app.state.services = await stack.enter_async_context(assemble())
            except Exception as fault:
                log.exception("start_failed", problem=fault)
                raise
            yield

    return Litestar(
        route_handlers=[_bound(one) for one in routes],
        lifespan=[lifespan, *during],
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
    """A Litestar handler for one route of the table: authenticate first, then the handler itself, in the audit's visibility."""
    passes = one.passes()

    async def run(request: Request[Any, Any, Any]) -> Response[Any]:
        services: Services = request.app.state.services
        if one.page is not None and "authorization" not in request.headers and not wants_json(request):
            return await one.page(Context(services=services, request=request, caller=None))
        caller = await known_caller(services, request, one, passes)
        context = Context(services=services, request=request, caller=caller)
        if caller is None:
            return await one.handler(context)

        async def answer() -> Response[Any]:
            await services.budgets.spend("key", caller.key_id)
            _permit(one, caller, request)
            return await one.handler(context)

        return await _metered(one, context, lambda: audited(services, request, one, caller, answer))

    methods = [HttpMethod(name) for name in one.methods]
    # The status is the answer's own; the one given here only keeps the framework from expecting 204 of a DELETE.
    name = f"{'-'.join(one.methods)} {one.path}"
    return route(path=one.path, http_method=methods, status_code=200, name=name, exception_handlers=one.refusals)(run)


def _permit(one: Route, caller: Principal, request: Request[Any, Any, Any]) -> None:
    """Raise Forbidden unless the caller is permitted what the route declares; the one place where that is looked at."""
    require_permission(caller, one.needs)
    if one.reach == "tenant":
        require_every_account(caller.scopes)
    elif one.reach == "account":
        require_account(caller.scopes, path_value(request, "id"))


async def _metered(one: Route, context: Context, answer: Callable[[], Awaitable[Response[Any]]]) -> Response[Any]:
    """The answer; on routes that call providers it tells the limits, refused or not."""
    if not one.metered:
        return await answer()
    try:
        told = await answer()
    except UnifiedError as problem:
        told = problem_answer(context.request, problem)
    told.headers.update(await limit_headers(context))
    return told
