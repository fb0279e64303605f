"""A client that goes away takes its request with it: the handler is cancelled, and with it the call to the provider.

The server says `http.disconnect` only to who asks for the next message. So from the end of the request's body until the
answer is complete a task must read on. Most requests are answered before it would find anything out, so it starts after
`WATCH_AFTER_SECONDS`. The access log shows a request that ended so with status 0, for nothing was answered.
"""

import asyncio

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

from unified.api.headers import has_body

WATCH_AFTER_SECONDS = 0.05


def disconnect_middleware(app: ASGIApp) -> ASGIApp:
    """Return the application; a request is cancelled if its client disconnects before the response is complete."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        line = _Line(receive, send, is_read=not has_body(scope))
        try:
            await app(scope, line.receive, line.send)
        except asyncio.CancelledError:
            if not line.ended_request():
                raise
        finally:
            line.close()

    return run


class _Line:
    """One request's connection, between server and application."""

    __slots__ = ("_answered", "_empty", "_gone", "_is_read", "_receive", "_request", "_send", "_timer", "_watch")

    def __init__(self, receive: Receive, send: Send, *, is_read: bool) -> None:
        self._receive = receive
        self._send = send
        self._is_read = is_read
        """Whether the whole body was read, so that the next message can only be the end of the connection."""
        self._empty = is_read
        """Whether the application does not know yet that there is no body."""
        self._request = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, self._late)
        self._watch: asyncio.Task[None] | None = None
        self._gone = False
        self._answered = False

    async def receive(self) -> ReceiveMessage:
        """Return the next message for the application."""
        if self._empty:
            self._empty = False
            return {"type": "http.request", "body": b"", "more_body": False}
        if not self._is_read:
            return await self._next()
        if self._watch is None:
            self._start_watch()
        while not self._gone and self._watch is not None:
            await asyncio.wait({self._watch})
        return {"type": "http.disconnect"}

    async def _next(self) -> ReceiveMessage:
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._is_read = True
            if self._timer is None:
                self._start_watch()
        return message

    def _late(self) -> None:
        self._timer = None
        if self._is_read and self._watch is None:
            self._start_watch()

    def _start_watch(self) -> None:
        self._watch = asyncio.create_task(self._watch_out())

    async def _watch_out(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        if not self._answered and self._request is not None:
            self._request.cancel("the client went away")

    async def send(self, message: Message) -> None:
        """Pass on what the application says; after its last word a disconnect means nothing."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answered = True
        await self._send(message)

    def ended_request(self) -> bool:
        """Return whether the request was cancelled because its client disconnected, and for no other reason."""
        return self._gone and self._request is not None and self._request.uncancel() == 0

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
