"""The web application: handlers behind the guard, in the view of the audit trail, with errors as problems."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp, ControllerRouterHandler

from unified.api.answers.problems import handle_framework, handle_ours, handle_unexpected
from unified.api.direct_answers import Direct
from unified.api.middleware.audit import record_failure, record_success
from unified.api.middleware.request_layer import request_layer
from unified.api.request_checks import receive_request
from unified.api.requests.context import DecodedRequest
from unified.api.requests.declarations import Route, check_declarations, declared_routes
from unified.api.requests.dependencies import dependencies_of
from unified.api.requests.json_body import JsonBody
from unified.errors.error import UnifiedError
from unified.service.runtime.services import Lifecycle, Services
from unified.settings.settings import Settings
from unified.telemetry.loggers import get_logger

log = get_logger("unified")
Assemble = Callable[[], AbstractAsyncContextManager[Services]]
Refusal = Callable[[Request[Any, Any, Any], HTTPException], Response[Any]]
While = Callable[[Litestar], AbstractAsyncContextManager[None]]


def build_server(
    settings: Settings,
    assemble: Assemble,
    handlers: Sequence[ControllerRouterHandler],
    *,
    unknown_route: Refusal = handle_framework,
    during: Sequence[While] = (),
    lifecycle: Lifecycle | None = None,
) -> Litestar:
    """Return the ASGI application of these handlers; the parts are assembled when it starts and closed when it ends.

    Args:
        settings: Say how large a body may be, and how long it may take.
        assemble: Opens the parts.
        handlers: Every route handler and controller.
        unknown_route: Answers what the web framework refuses before a route is found.
        during: Open while the parts are.
        lifecycle: Says when the process drains.

    Raises:
        ValueError: A route declares no access.
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

    app = _Server(
        lifecycle=lifecycle,
        patience=settings.client_timeout,
        route_handlers=handlers,
        lifespan=[lifespan, *during],
        middleware=[_in_two_steps],
        before_request=receive_request,
        after_request=record_success,
        after_exception=[record_failure],
        dependencies=dependencies_of(handlers),
        request_class=DecodedRequest,
        dto=JsonBody,
        return_dto=None,
        exception_handlers={
            UnifiedError: handle_ours,
            HTTPException: unknown_route,
            Exception: handle_unexpected,
        },
        request_max_body_size=settings.body_max_bytes,
        openapi_config=None,
        logging_config=None,
    )
    check_declarations(app, receive_request, (_in_two_steps, Direct))
    return app


def _in_two_steps(app: ASGIApp) -> ASGIApp:
    """Change nothing: with any middleware, Litestar answers exceptions at the route, and around it what its hook raises."""
    return app


class _Server(Litestar):
    """An application in the layer that keeps what every request is promised.

    It lacks the plugins for models of pydantic and attrs, which no handler uses: they load both libraries.
    """

    def __init__(self, *, lifecycle: Lifecycle | None, patience: float, **options: Any) -> None:
        super().__init__(**options)
        self._layer = request_layer(super().__call__, lifecycle=lifecycle, patience=patience)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or start and stop."""
        await self._layer(scope, receive, send)

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def route_table(handlers: Sequence[ControllerRouterHandler]) -> tuple[Route, ...]:
    """Return every route of these handlers with who may reach it. Raises ValueError for one that declares nothing."""

    def nothing() -> AbstractAsyncContextManager[Services]:
        raise RuntimeError("this application is for reading its routes")

    return declared_routes(build_server(Settings(), nothing, handlers))
