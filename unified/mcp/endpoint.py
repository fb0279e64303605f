"""Runs the SDK's session manager in a separate task, which every request uses while the application runs.

The manager opens a task group, which must be closed by the task that opened it. Requests, tests and the server's start are
different tasks, so a dedicated task holds it open.
"""

# ruff: noqa: PLC0415 - the SDK takes 0.6 s and 30 MiB: it is loaded with the first message

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar

from unified.errors.service import Internal
from unified.mcp.host_allowlist import host_allowlist
from unified.mcp.interface import ToolProvider
from unified.mcp.message import Message
from unified.mcp.tool_provider import ServiceToolProvider
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.telemetry.request_scope import current_request

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from unified.mcp.direct_answers import DirectAnswers
    from unified.mcp.tool_requests import Exchange

OpenProvider = Callable[[Services, Principal], ToolProvider]
Headers = list[tuple[bytes, bytes]]
WITHHELD_HEADERS = frozenset({b"authorization", b"x-api-key", b"cookie", b"proxy-authorization", b"content-length"})
"""Headers that the SDK does not receive: secrets, and the length of the body, which may have changed."""

KEY_HEADER = b"idempotency-key"
CASE_INSENSITIVE_HEADERS = frozenset({b"host", b"content-type"})
"""Headers that were checked in lower case; the SDK would compare them case-sensitively."""


class EndpointResponse(msgspec.Struct, kw_only=True):
    """The response to one message."""

    status: int = 500
    content: bytes = b""

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Add a part of the response."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        else:
            self.content += message.get("body", b"")


class Endpoint:
    """The protocol server of one process; it starts with the first message, and is closed with the application."""

    def __init__(self, settings: Settings, open_provider: OpenProvider = ServiceToolProvider) -> None:
        self.open_provider = open_provider
        self._settings = settings
        self._manager: StreamableHTTPSessionManager | None = None
        self._direct: DirectAnswers | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Start the session manager, and wait until it is ready for requests."""
        if self._task is None:
            # In an empty context, so that its tasks do not belong to the first request.
            self._task = asyncio.create_task(self._hold_open(), context=contextvars.Context())
        await self._ready.wait()

    async def close(self) -> None:
        """Stop the session manager and everything it still runs."""
        self._stop.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hold_open(self) -> None:
        try:
            manager = await asyncio.to_thread(_make_manager, self._settings)  # other requests continue while it loads
            async with manager.run():
                self._manager, self._direct = manager, _make_direct(manager)
                self._ready.set()
                await self._stop.wait()
        finally:
            self._manager = None
            self._ready.set()

    async def answer(
        self, services: Services, principal: Principal, message: Message, scope: Any, request_id: str
    ) -> EndpointResponse:
        """Return the response to one message of a caller: a plain request for tools is answered here, all else by the SDK.

        Raises:
            Internal: the session manager is not running.
        """
        await self.start()
        if self._manager is None:
            raise Internal("the MCP session manager is not running")
        from unified.mcp.tool_requests import Exchange

        provider = self.open_provider(services, principal)
        key = next((value.decode("latin-1") for name, value in scope["headers"] if name == KEY_HEADER), None)
        exchange = Exchange(services=services, provider=provider, message=message, request_id=request_id, key=key)
        direct = None if self._direct is None else await self._direct.answer(exchange, scope["headers"])
        if direct is not None:
            return EndpointResponse(status=int(direct.status), content=direct.content)
        return await self._answer_of_sdk(self._manager, exchange, scope)

    async def _answer_of_sdk(
        self, manager: "StreamableHTTPSessionManager", exchange: "Exchange", scope: Any
    ) -> EndpointResponse:
        from unified.mcp.server import EXCHANGE

        response = EndpointResponse()
        current_request().exchange = exchange
        await manager.handle_request(
            _forward_scope(scope, {EXCHANGE: exchange}), _receive_once(exchange.message.content), response.send
        )
        return response


def _make_manager(settings: Settings) -> "StreamableHTTPSessionManager":
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    from unified.mcp.server import make_server

    allowed = host_allowlist(settings)
    return StreamableHTTPSessionManager(
        make_server(is_done_once=settings.mcp_repeat_window > 0),
        json_response=True,
        stateless=True,
        security_settings=TransportSecuritySettings(allowed_hosts=list(allowed.hosts), allowed_origins=list(allowed.origins)),
        max_request_body_size=settings.body_max_bytes,
    )


def _make_direct(manager: "StreamableHTTPSessionManager") -> "DirectAnswers":
    from unified.mcp.direct_answers import DirectAnswers

    return DirectAnswers(manager.app)


def _forward_scope(scope: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Return the request for the SDK: one path for all, and without secrets."""
    headers: Headers = [
        (name, value.lower() if name in CASE_INSENSITIVE_HEADERS else value)
        for name, value in scope["headers"]
        if name not in WITHHELD_HEADERS
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


def _receive_once(content: bytes) -> Callable[[], Any]:
    """Return an ASGI `receive` that yields the body once; if the client disconnects, the request's own task ends."""
    parts = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.Event().wait()
        return part or {"type": "http.disconnect"}

    return receive


def get_endpoint(app: Litestar, services: Services) -> Endpoint:
    """Return the application's endpoint, which is created on first use."""
    endpoint = app.state.get("mcp")
    if not isinstance(endpoint, Endpoint):
        endpoint = app.state.mcp = Endpoint(services.settings)
    return endpoint


@contextlib.asynccontextmanager
async def running_endpoint(app: Litestar) -> AsyncIterator[None]:
    """Close the endpoint after the block; the application's services must exist."""
    endpoint = get_endpoint(app, app.state.services)
    try:
        yield
    finally:
        await endpoint.close()
