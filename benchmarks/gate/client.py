"""A client in the event loop of the process that it measures: one request after another over a kept connection."""

import asyncio
from typing import Final

from benchmarks.gate.exchange import Exchange

CONNECTIONS: Final = 1
"""One request at a time: which of several is served next would vary."""
PAUSE: Final = 0.005
"""Seconds in which servers notice that connections were closed."""


class Client:
    """Sends requests to one port; what a response says is checked, so that a refusal is never taken for a quick answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections: list[Exchange] = []
        self.request = b""
        self.unsent = self.unanswered = 0
        self.done: asyncio.Future[None] | None = None

    async def ready(self) -> None:
        """Open new connections: servers end those that were idle, while other subjects were measured."""
        for old in self.connections:
            old.transport.close()
        await asyncio.sleep(PAUSE)
        loop = asyncio.get_running_loop()
        opened = [
            await loop.create_connection(lambda: Exchange(self._answered), "127.0.0.1", self.port) for _ in range(CONNECTIONS)
        ]
        self.connections = [one for _, one in opened]

    async def send(self, request: bytes, count: int) -> None:
        """Send a request so often, and wait for all responses.

        Raises:
            RuntimeError: A response is not 200.
        """
        self.done = asyncio.get_running_loop().create_future()
        self.request, self.unsent, self.unanswered = request, count, count
        for one in self.connections:
            self._send_next(one)
        await self.done

    def _send_next(self, connection: Exchange) -> None:
        if self.unsent > 0:
            self.unsent -= 1
            connection.transport.write(self.request)

    def _answered(self, connection: Exchange, head: bytes, body: bytes) -> None:
        assert self.done is not None
        if not head.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"expected 200, got {head[:200]!r} {body[:300]!r}"))
            return
        self.unanswered -= 1
        self._send_next(connection)
        if self.unanswered == 0:
            self.done.set_result(None)
