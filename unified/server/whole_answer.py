"""An answer with a body in one piece is written at once, with its head; uvicorn would check and write the two apart."""

from functools import lru_cache
from operator import add
from typing import Any

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

BODILESS = frozenset({204, 304})
"""Statuses of answers without a body, which uvicorn writes (RFC 9110, 6.4.1)."""
UNUSUAL = frozenset({b"connection", b"transfer-encoding"})
"""Headers that change how an answer ends; uvicorn writes it then."""


class AnswerCycle(RequestResponseCycle):
    """One request and its answer."""

    _head: dict[str, Any] | None = None
    """The head of an answer until its body begins: before that, a server sends nothing (ASGI, Response Start)."""

    async def send(self, message: Any) -> None:
        """Take a part of the answer."""
        if not self.response_started and message["type"] == "http.response.start":
            self._head, self.response_started = message, True
            return
        head, self._head = self._head, None
        if head is None:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        whole = None if self.disconnected else self._whole(head, message)
        if whole is None:
            self.response_started = False
            await super().send(head)  # type: ignore[arg-type]
            await super().send(message)
        else:
            self._end(whole)

    def _whole(self, head: dict[str, Any], message: Any) -> bytes | None:
        """Return the bytes of an answer; None for one that uvicorn writes, or refuses to."""
        if message["type"] != "http.response.body" or message.get("more_body", False) or self.access_log:
            return None
        if head["status"] in BODILESS or self.scope["method"] == "HEAD":
            return None
        body, headers = message.get("body", b""), [*self.default_headers, *head["headers"]]
        known = dict(headers)
        if known.get(b"content-length") != b"%d" % len(body) or HEADER_VALUE_RE.search(b" ".join(known.values())):
            return None
        names = tuple(map(_written_name, known))
        if None in names or len(known) != len(headers):
            return None
        lines = b"\r\n".join(map(add, names, known.values()))
        end = b"\r\n\r\n" if self.keep_alive else b"\r\nconnection: close\r\n\r\n"
        whole: bytes = STATUS_LINE[head["status"]] + lines + end + body
        return whole

    def _end(self, whole: bytes) -> None:
        self.waiting_for_100_continue = False
        self.transport.write(whole)
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


@lru_cache(maxsize=256)
def _written_name(name: bytes) -> bytes | None:
    """Return a header's name as it begins a line; None for one that this module does not write."""
    lower = name.lower()
    return None if lower in UNUSUAL or HEADER_RE.search(name) else lower + b": "
