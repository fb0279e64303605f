"""A body that does not arrive in time ends its request with 408, whichever route reads it.

The refusal is raised where the body is read, so each route answers it in its own form: a problem, a JSON-RPC error or a
page. The server closes the connections with requests that no handler reads, see `unified.server.slow_clients`.
"""

import asyncio

from litestar.types import Receive
from litestar.types.asgi_types import ReceiveMessage

from unified.errors.requests import RequestTimeout


class TimedBody:
    """The body of one request, on its way: it must be complete so many seconds after it is first read."""

    __slots__ = ("_ends", "_is_here", "_receive", "_seconds", "is_late")

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._ends: float | None = None
        self._is_here = False
        self.is_late = False
        """Whether it did not come in time: after the answer, a connection with an unfinished body is of no use."""

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
            self.is_late = True
            raise RequestTimeout(f"body: not complete after {self._seconds:g} seconds") from None
        self._is_here = message["type"] != "http.request" or not message.get("more_body", False)
        return message
