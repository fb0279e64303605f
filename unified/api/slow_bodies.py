"""A body that does not arrive in time ends its request with 408, whichever route reads it.

The refusal is raised where the body is read, so each route answers it in its own form: a problem, a JSON-RPC error or a
page. The server closes the connections with requests that no handler reads, see `unified.cli.slow_clients`.
"""

import asyncio

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

from unified.api.headers import has_body
from unified.errors.requests import RequestTimeout


def request_deadline_middleware(seconds: float, app: ASGIApp) -> ASGIApp:
    """Return the application; a request's body must be complete `seconds` after it is first read."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not has_body(scope):
            await app(scope, receive, send)
            return
        body = _Body(receive, send, seconds)
        await app(scope, body.receive, body.send)

    return run


class _Body:
    """The body of one request, on its way."""

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._seconds = seconds
        self._ends: float | None = None
        self._is_here = False
        self._is_late = False

    async def receive(self) -> ReceiveMessage:
        """Return the next part. Raises RequestTimeout if the last one is overdue."""
        if self._is_here:
            return await self._receive()
        if self._ends is None:
            self._ends = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._ends):
                message = await self._receive()
        except TimeoutError:
            self._is_late = True
            raise RequestTimeout(f"body: not complete after {self._seconds:g} seconds") from None
        self._is_here = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass on the answer; after it a connection with an unfinished body is of no use."""
        if self._is_late and message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
        await self._send(message)
