"""Closes the connections of clients that start a request and do not finish it, on every route.

Neither uvicorn nor h11 has a time-out for this. Each connection has one timer, which runs while the client must send: from
the moment a request may begin to the end of its head, and from there to the end of its body. Bytes that trickle in do not
reset it.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

GRACE_SECONDS = 1.0
"""Extra seconds for a body, compared with the time limit where it is read, so that the route can respond first."""
_LATE = 408
_OWES_HEAD, _OWES_BODY = h11.IDLE, h11.SEND_BODY


def limit_request_time(seconds: float) -> type[H11Protocol]:
    """Return uvicorn's protocol with a limit in seconds for a request's head, and again for its body."""

    class Limited(_TimedProtocol):
        patience = seconds

    return Limited


class _TimedProtocol(H11Protocol):
    patience: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._owed: tuple[Any, Any] | None = None
        """The part that the client must send, and the current request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Restart the timer when the client must send another part than before."""
        owed = (self.conn.their_state, self.cycle)
        if owed == self._owed:
            return
        self._stop()
        self._owed = owed
        if owed[0] in {_OWES_HEAD, _OWES_BODY} and not self.transport.is_closing():
            self._start(self.patience + (GRACE_SECONDS if owed[0] is _OWES_BODY else 0.0))

    def _start(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._cut_off)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut_off(self) -> None:
        if self.transport.is_closing():
            return
        if self.conn.their_state is _OWES_BODY and self.flow.read_paused:
            self._start(self.patience)  # the route has not read what arrived, so the rest cannot arrive
            return
        if self.conn.their_state is _OWES_HEAD and self.conn.trailing_data[0]:
            self._refuse()
        self.transport.close()

    def _refuse(self) -> None:
        """Respond with 408 to an incomplete head, in the form of uvicorn's own 400, because the route is not known."""
        message = f"The request head was incomplete after {self.patience:g} seconds.".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(message)).encode()),
            (b"connection", b"close"),
        ]
        response = h11.Response(status_code=_LATE, headers=headers, reason=STATUS_PHRASES[_LATE])
        for event in (response, h11.Data(data=message), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
