"""The answer of a handler that has the body as bytes: it is sent as it is, without the steps of Litestar's responses."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
"""Statuses of answers without a body (RFC 9110, 6.4.1)."""


@lru_cache(maxsize=128)
def _encoded(name: str) -> bytes:
    return name.lower().encode("latin-1")


class Answer:
    """A status, headers and a body; no cache stores it."""

    __slots__ = ("body", "headers", "media_type", "status_code")

    def __init__(
        self,
        body: bytes,
        *,
        status_code: int = HTTPStatus.OK,
        media_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.body = b"" if status_code in NO_BODY else body
        self.status_code = status_code
        self.media_type = media_type
        self.headers = {"cache-control": "no-store", **(headers or {})}

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the answer."""
        headers = [(_encoded(name), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.status_code not in NO_BODY:
            headers.append((b"content-type", self.media_type.encode("latin-1")))
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def json_answer(content: Any, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(msgspec.json.encode(content), status_code=status, headers=headers)


def encoded_list(data: list[dict[str, Any]], rest: dict[str, Any], *, is_large: bool) -> bytes:
    """Return the JSON of a list: `data`, then the rest. Records of a large one are encoded one by one.

    A step of the encoder lets no other thread run, and so not the event loop either, however long it takes.
    """
    if not is_large:
        return msgspec.json.encode({"data": data, **rest})
    return b'{"data":[' + b",".join([msgspec.json.encode(one) for one in data]) + b"]," + msgspec.json.encode(rest)[1:]


def empty_answer(*, headers: dict[str, str] | None = None) -> Answer:
    """Return 204."""
    return Answer(b"", status_code=HTTPStatus.NO_CONTENT, headers=headers)
