"""A client that goes away takes its request with it: the handler is cancelled, and with it the call to the provider.

The server says `http.disconnect` only to who asks for the next message. So from the end of the request's body until the
answer is complete a task must read on: here it is one task per request, which ends with it. The access log shows such a
request with status 0, for nothing was answered.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage


def disconnect_middleware(app: ASGIApp) -> ASGIApp:
    """Return the application; a request is cancelled if its client disconnects before the response is complete."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        line = _Line(receive, send)
        if not _has_body(scope):
            await line.read_ahead()
        async with line.watched():
            await app(scope, line.receive, line.send)

    return run


def _has_body(scope: Scope) -> bool:
    """Whether a body follows, by the headers (RFC 9112, 6.3)."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
        for name, value in scope["headers"]
    )


class _Line:
    """One request's connection, between server and application."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ahead: ReceiveMessage | None = None
        self._watch: asyncio.Task[None] | None = None
        self._request = asyncio.current_task()
        self._gone = asyncio.Event()
        self._answered = False

    async def read_ahead(self) -> None:
        """Take the empty body of a request that has none, so that the watch can begin although no handler reads it."""
        self._ahead = await self._next()

    async def receive(self) -> ReceiveMessage:
        """Return the next message for the application."""
        if self._ahead is not None:
            message, self._ahead = self._ahead, None
            return message
        if self._watch is None:
            return await self._next()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _next(self) -> ReceiveMessage:
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._watch = asyncio.create_task(self._watch_out())
        return message

    async def _watch_out(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        if not self._answered and self._request is not None:
            self._request.cancel("the client went away")

    async def send(self, message: Message) -> None:
        """Pass on what the application says; after its last word a disconnect means nothing."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
        await self._send(message)

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Run the application within the block; end quietly if the client disconnected."""
        try:
            yield
        except asyncio.CancelledError:
            if not self._gone.is_set() or self._request is None or self._request.uncancel() > 0:
                raise
        finally:
            if self._watch is not None and not self._watch.done():
                self._watch.cancel()
