"""Closes the connections of clients that start a request and do not finish it, or do not take the answer, on every route.

uvicorn has no time-out for this. A client must send: from the moment a request may begin to the end of its head, and from there
to the end of its body. Bytes that trickle in do not renew the time. And it must take what is sent to it, at a rate that every
network has. Each connection has one timer, which looks at what is due now and then, so that a request that comes in time costs
none.
"""

import asyncio
import socket
import struct
from typing import Any

from unified.server.http_protocol import HttpProtocol

GRACE_SECONDS = 1.0
"""Extra seconds for a body, compared with the time limit where it is read, so that the route can respond first."""
BYTES_PER_SECOND = 4096
"""The least that a client must take of an answer that waits for it."""
_AT_ONCE = struct.pack("ii", 1, 0)
_LATE = b"HTTP/1.1 408 Request Timeout\r\n"


def limit_request_time(seconds: float) -> type[HttpProtocol]:
    """Return the protocol with a limit in seconds: for a request's head, for its body, and for an answer that is not taken."""

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
        self._waiting = 0
        """Bytes that waited for the client when it last took enough of them."""
        self._taken_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()
        self._look_again()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def resume_writing(self) -> None:
        """Note that the client has taken most of what waited for it."""
        super().resume_writing()
        self._waiting, self._taken_at = self.transport.get_write_buffer_size(), self.loop.time()

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
        soon = self.loop.time() + min(self.patience, self.timeout_keep_alive)
        due = None if self.transport.is_closing() else self._due()
        self._timer = self.loop.call_at(soon if due is None else min(due, soon), self._look)

    def _look(self) -> None:
        """Cut off a client that is late, or takes nothing of what waits for it, also after the last answer."""
        if self._takes_nothing():
            self._drop()
            return
        due = self._due()
        if not self.transport.is_closing() and due is not None and due <= self.loop.time():
            if not (self.in_body and self.flow.read_paused):
                self._cut_off()
            self._since = self.loop.time()  # the route has not read what arrived, so the rest cannot arrive
        self._look_again()

    def _takes_nothing(self) -> bool:
        """Return whether too little of what waits for the client was taken for too long."""
        waiting, now = self.transport.get_write_buffer_size(), self.loop.time()
        took_enough = waiting + BYTES_PER_SECOND * (now - self._taken_at) <= self._waiting
        if took_enough or not waiting or not self._waiting:  # what begins to wait does so since the last look at the earliest
            self._waiting, self._taken_at = waiting, now
        return now - self._taken_at >= self.patience

    def _drop(self) -> None:
        """End the connection with all that waits, in the system too, which would continue to offer it for minutes."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _cut_off(self) -> None:
        """Close; respond with 408 to an incomplete head, in the form of uvicorn's own 400, because the route is not known."""
        if not self.in_body and self.unread:
            message = f"The request head was incomplete after {self.patience:g} seconds.".encode()
            head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(message)
            self.transport.write(_LATE + head + message)
        self.transport.close()
