"""The SDK's session manager with a task of its own, which any request can use while the application runs.

The manager opens a task group, and such a group must be closed by the task that opened it. Requests, tests and the
server's start are all different tasks; so one task does nothing but hold it open.
"""

# ruff: noqa: PLC0415 - the SDK is loaded when the server starts, not with every command

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar

from unified.errors import Internal
from unified.mcp.allowed import allowed_by
from unified.mcp.interface import ToolView
from unified.mcp.message import Message
from unified.mcp.tool_provider import ServiceView
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services
from unified.settings import Settings

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

OpenView = Callable[[Services, Principal], ToolView]
Headers = list[tuple[bytes, bytes]]
HELD_BACK = frozenset({b"authorization", b"x-api-key", b"cookie", b"proxy-authorization", b"content-length"})
"""Headers that the SDK does not get: secrets, and the length of a body that may be another one now."""

SAME_IN_ANY_CASE = frozenset({b"host", b"content-type"})
"""Headers that were checked in lower case, and that the SDK compares as they are."""


class Answered(msgspec.Struct, kw_only=True):
    """What the SDK answered."""

    status: int = 500
    content: bytes = b""

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Take a part of it."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        else:
            self.content += message.get("body", b"")


class Endpoint:
    """One process's protocol server; started by its first use at the latest, closed with the application."""

    def __init__(self, settings: Settings, open_view: OpenView = ServiceView) -> None:
        self.open_view = open_view
        self._settings = settings
        self._manager: StreamableHTTPSessionManager | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Be ready for requests."""
        if self._task is None:
            # In a context of its own: what it starts must not belong to the request that came first.
            self._task = asyncio.create_task(self._hold_open(), context=contextvars.Context())
        await self._ready.wait()

    async def close(self) -> None:
        """End all that is still running."""
        self._stop.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hold_open(self) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp.server.transport_security import TransportSecuritySettings

        from unified.mcp.server import make_server

        allowed = allowed_by(self._settings)
        try:
            manager = StreamableHTTPSessionManager(
                make_server(),
                json_response=True,
                stateless=True,
                security_settings=TransportSecuritySettings(
                    allowed_hosts=list(allowed.hosts), allowed_origins=list(allowed.origins)
                ),
                max_request_body_size=self._settings.body_max_bytes,
            )
            async with manager.run():
                self._manager = manager
                self._ready.set()
                await self._stop.wait()
        finally:
            self._manager = None
            self._ready.set()

    async def answer(self, services: Services, principal: Principal, message: Message, scope: Any, request_id: str) -> Answered:
        """Let the SDK answer one message of a caller."""
        from unified.mcp.server import CURRENT, EXCHANGE, Exchange

        await self.start()
        if self._manager is None:
            raise Internal("the protocol server does not run")
        view = self.open_view(services, principal)
        exchange = Exchange(services=services, view=view, message=message, request_id=request_id)
        answered = Answered()
        token = CURRENT.set(exchange)
        try:
            await self._manager.handle_request(
                _forwarded(scope, {EXCHANGE: exchange}), _receiving(message.content), answered.send
            )
        finally:
            CURRENT.reset(token)
        return answered


def _forwarded(scope: Any, state: dict[str, Any]) -> dict[str, Any]:
    """The request as the SDK sees it: one path for all, and no secret."""
    headers: Headers = [
        (name, value.lower() if name in SAME_IN_ANY_CASE else value)
        for name, value in scope["headers"]
        if name not in HELD_BACK
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": scope.get("http_version", "1.1"),
        "method": "POST",
        "scheme": scope.get("scheme", "http"),
        "path": "/mcp",
        "raw_path": b"/mcp",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": None,
        "server": scope.get("server"),
        "state": state,
    }


def _receiving(content: bytes) -> Callable[[], Any]:
    """A connection that brings the body and then nothing; that the client goes away ends the request's own task."""
    parts = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.Event().wait()
        return part or {"type": "http.disconnect"}

    return receive


def endpoint_of(app: Litestar, services: Services) -> Endpoint:
    """The application's endpoint, made at its first use where no start of the server made it."""
    found = app.state.get("mcp")
    if not isinstance(found, Endpoint):
        found = app.state.mcp = Endpoint(services.settings)
    return found


@contextlib.asynccontextmanager
async def serving_agents(app: Litestar) -> AsyncIterator[None]:
    """The endpoint for the time of the block, while the application's parts are there."""
    endpoint = endpoint_of(app, app.state.services)
    await endpoint.start()
    try:
        yield
    finally:
        await endpoint.close()
