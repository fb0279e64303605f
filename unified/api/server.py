"""The web application: handlers behind the guard, in the view of the audit trail, with errors as problems."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from unified.api.audit_middleware import audit_middleware, record_failure, record_success
from unified.api.context import DecodedRequest
from unified.api.declarations import Route, check_declarations, declared_routes
from unified.api.dependencies import dependencies_of
from unified.api.json_body import JsonBody
from unified.api.problems import handle_framework, handle_ours, handle_unexpected
from unified.api.request_checks import receive_request
from unified.errors.error import UnifiedError
from unified.service.runtime.services import Services
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
) -> Litestar:
    """Return the ASGI application of these handlers; the parts are assembled when it starts and closed when it ends.

    Args:
        settings: Say how large a body may be.
        assemble: Opens the parts.
        handlers: Every route handler and controller.
        unknown_route: Answers what the web framework refuses before a route is found.
        during: Open while the parts are.

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
        route_handlers=handlers,
        lifespan=[lifespan, *during],
        middleware=[audit_middleware],
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
    check_declarations(app, receive_request)
    return app


class _Server(Litestar):
    """An application without the plugins for models of pydantic and attrs, which no handler uses: they load both libraries."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def route_table(handlers: Sequence[ControllerRouterHandler]) -> tuple[Route, ...]:
    """Return every route of these handlers with who may reach it. Raises ValueError for one that declares nothing."""

    def nothing() -> AbstractAsyncContextManager[Services]:
        raise RuntimeError("this application is for reading its routes")

    return declared_routes(build_server(Settings(), nothing, handlers))
