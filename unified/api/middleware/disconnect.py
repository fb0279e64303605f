"""A client that goes away takes its request with it: the handler is cancelled, and with it the call to the provider.

The server says `http.disconnect` only to who asks for the next message. So from the end of the request's body until the
answer is complete a task must read on. Most requests are answered before it would find anything out, so it starts after
`WATCH_AFTER_SECONDS`. The access log shows a request that ended so with status 0, for nothing was answered.
"""

import asyncio
from collections import deque

from litestar.types import Receive
from litestar.types.asgi_types import ReceiveMessage

WATCH_AFTER_SECONDS = 0.05


class ClientWatch:
    """Watches one client's connection until its request is answered."""

    __slots__ = ("_empty", "_gone", "_is_late", "_is_read", "_receive", "_request", "_watch", "answered")

    def __init__(self, receive: Receive, request: "asyncio.Task[object]", *, is_read: bool) -> None:
        self._receive = receive
        self._request = request
        self._is_read = is_read
        """Whether the whole body was read, so that the next message can only be the end of the connection."""
        self._empty = is_read
        """Whether the application does not know yet that there is no body."""
        self._is_late = False
        self._watch: asyncio.Task[None] | None = None
        self._gone = False
        self.answered = False
        """Whether the answer is complete: after its last word a disconnect means nothing."""

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
            if self._is_late:
                self._start_watch()
        return message

    def look(self) -> None:
        """Watch the connection from now on: the answer takes a while."""
        self._is_late = True
        if self._is_read and self._watch is None and not self.answered:
            self._start_watch()

    def _start_watch(self) -> None:
        self._watch = asyncio.create_task(self._watch_out())

    async def _watch_out(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        if not self.answered:
            self._request.cancel("the client went away")

    def ended_request(self) -> bool:
        """Return whether the request was cancelled because its client disconnected, and for no other reason."""
        return self._gone and self._request.uncancel() == 0

    def close(self) -> None:
        """Stop watching."""
        self.answered = True
        if self._watch is not None:
            self._watch.cancel()


class LateRequests:
    """The requests that may take a while: one timer looks at all of them, in the event loop that runs."""

    __slots__ = ("_loop", "_open", "_timer")

    def __init__(self) -> None:
        self._open: deque[tuple[float, ClientWatch]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, watch: ClientWatch) -> None:
        """Have a client watched if its request is not answered after `WATCH_AFTER_SECONDS`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._open.clear()
        self._open.append((loop.time() + WATCH_AFTER_SECONDS, watch))
        if self._timer is None:
            self._timer = loop.call_later(WATCH_AFTER_SECONDS, self._look)

    def _look(self) -> None:
        loop, waiting = asyncio.get_running_loop(), self._open
        while waiting and (waiting[0][1].answered or waiting[0][0] <= loop.time()):
            _, watch = waiting.popleft()
            if not watch.answered:
                watch.look()
        self._timer = loop.call_at(waiting[0][0], self._look) if waiting else None
