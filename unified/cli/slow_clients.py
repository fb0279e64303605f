"""Clients that begin a request and do not end it lose their connection, whatever route they ask for.

Neither uvicorn nor h11 has a time-out for this. One timer a connection runs while the client owes something: from the
moment a request may begin to the end of its head, and from there to the end of its body. Bytes that trickle in do not
renew it.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

GRACE_SECONDS = 1.0
"""How much longer a body gets here than where it is read, so that its route can answer first."""
_LATE = 408
_OWES_HEAD, _OWES_BODY = h11.IDLE, h11.SEND_BODY


def cutting_off(seconds: float) -> type[H11Protocol]:
    """Uvicorn's protocol with so many seconds for a request's head, and then for its body."""

    class Impatient(_Impatient):
        patience = seconds

    return Impatient


class _Impatient(H11Protocol):
    patience: float

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._owed: tuple[Any, Any] | None = None
        """What the client owes, and the request before or in which it does."""

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
        """Run the timer when the client has begun to owe something else than before."""
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
            self._start(self.patience)  # the route has not taken yet what came, and the rest cannot come
            return
        if self.conn.their_state is _OWES_HEAD and self.conn.trailing_data[0]:
            self._refuse()
        self.transport.close()

    def _refuse(self) -> None:
        """Answer 408 to a half-sent head; nothing is known of the request, so the form is that of uvicorn's own 400."""
        told = f"The head of the request was not complete after {self.patience:g} seconds.".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(told)).encode()),
            (b"connection", b"close"),
        ]
        answer = h11.Response(status_code=_LATE, headers=headers, reason=STATUS_PHRASES[_LATE])
        for event in (answer, h11.Data(data=told), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
