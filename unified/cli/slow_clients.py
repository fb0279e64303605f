"""Closes the connections of clients that start a request and do not finish it, on every route.

uvicorn has no time-out for this. A client must send: from the moment a request may begin to the end of its head, and from there
to the end of its body. Bytes that trickle in do not renew the time. Each connection has one timer, which looks at what is due
now and then, so that a request that comes in time costs none.
"""

import asyncio
from typing import Any

from unified.cli.http_protocol import HttpProtocol

GRACE_SECONDS = 1.0
"""Extra seconds for a body, compared with the time limit where it is read, so that the route can respond first."""
_LATE = b"HTTP/1.1 408 Request Timeout\r\n"


def limit_request_time(seconds: float) -> type[HttpProtocol]:
    """Return the protocol with a limit in seconds for a request's head, and again for its body."""

    class Limited(_TimedProtocol):
        patience = seconds

    return Limited


class _TimedProtocol(HttpProtocol):
    patience: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._owed: tuple[str, Any] = ("", None)
        """The part that the client must send: `head`, `body` or none; and the last request."""
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()
        self._look_again()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Note the time when the client must send another part than before."""
        owed = ("body" if self.in_body else "" if self.is_answering else "head", self.cycle)
        if owed != self._owed:
            self._owed, self._since = owed, self.loop.time()

    def _due(self) -> float | None:
        """Return when the client must be done with its part; None while it has none."""
        part, last = self._owed
        if part == "body":
            return self._since + self.patience + GRACE_SECONDS
        if part == "head" and (self.unread or last is None):
            return self._since + self.patience
        return self._since + min(self.patience, self.timeout_keep_alive) if part else None

    def _look_again(self) -> None:
        """Look again when something is due, or soon enough for whatever will be."""
        due, soon = self._due(), self.loop.time() + min(self.patience, self.timeout_keep_alive)
        self._timer = self.loop.call_at(soon if due is None else min(due, soon), self._look)

    def _look(self) -> None:
        """Cut off a client that is late."""
        if self.transport.is_closing():
            return
        due = self._due()
        if due is not None and due <= self.loop.time():
            if not (self.in_body and self.flow.read_paused):
                self._cut_off()
                return
            self._since = self.loop.time()  # the route has not read what arrived, so the rest cannot arrive
        self._look_again()

    def _cut_off(self) -> None:
        """Close; respond with 408 to an incomplete head, in the form of uvicorn's own 400, because the route is not known."""
        if not self.in_body and self.unread:
            message = f"The request head was incomplete after {self.patience:g} seconds.".encode()
            head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(message)
            self.transport.write(_LATE + head + message)
        self.transport.close()
