"""Compressed answers (gzip), for callers that accept them.

Compressed are JSON, and the scripts and styles that are the same for everyone. Pages for people are not: they hold the token of
a form beside texts of the address, and the size of the compressed page would tell one about the other (BREACH, see
docs/threats.md). An answer in parts, such as a stream of events, is passed on as it comes.
"""

import zlib
from collections.abc import Iterable
from http import HTTPStatus

from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from unified.api.declarations import declaration_of
from unified.parsing_weights import weight_of

MIN_BYTES = 1024
"""Smaller answers fit one packet anyway."""
LEVEL = 2
"""Of 1 to 9; docs/performance.md has what the levels cost."""
TYPES = frozenset({b"application/json", b"application/problem+json", b"text/css", b"text/javascript"})
_GZIP_WINDOW = 31  # zlib's way to ask for a gzip header and trailer
Headers = Iterable[tuple[bytes, bytes]]


def compression_middleware(app: ASGIApp) -> ASGIApp:
    """Return the application with compressed answers."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] == "HEAD":
            await app(scope, receive, send)
        else:
            await app(scope, receive, _sending(scope, send))

    return run


def _sending(scope: HTTPScope, send: Send) -> Send:
    """`send` that compresses an answer which comes in one piece."""
    held: list[HTTPResponseStartEvent] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and _varies(scope, message):
            held.append(message)  # until it is known whether the body comes in one piece
        elif message["type"] == "http.response.body" and held:
            body = _body(scope, message)
            start = held.pop()
            start["headers"] = _completed(start["headers"], None if body is None else len(body))
            await send(start)
            await send(message if body is None else {"type": message["type"], "body": body, "more_body": False})
        else:
            await send(message)

    return sending


def _body(scope: HTTPScope, message: HTTPResponseBodyEvent) -> bytes | None:
    """Return a compressed body; None for one that is sent as it is."""
    if message.get("more_body", False) or len(message["body"]) < MIN_BYTES or not accepts_gzip(scope["headers"]):
        return None
    return compressed(message["body"])


def _varies(scope: HTTPScope, start: HTTPResponseStartEvent) -> bool:
    """Return whether an answer is of a kind that is compressed, whatever its size and its caller."""
    headers = {name.lower(): value for name, value in start["headers"]}
    if start["status"] in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        return False
    # An entity tag names the bytes of an answer (RFC 9110, 8.8.3.3), and callers send it back; a cookie is a secret.
    if headers.keys() & {b"content-encoding", b"content-range", b"etag", b"set-cookie"}:
        return False
    is_known = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in TYPES
    declared = declaration_of(scope["route_handler"]) if "route_handler" in scope else None
    return is_known and (declared is None or declared.access != "session")


def _completed(headers: Headers, size: int | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer that varies with what is accepted; with a size, of a compressed one."""
    vary = b", ".join([*(value for name, value in headers if name.lower() == b"vary"), b"Accept-Encoding"])
    dropped = {b"vary"} if size is None else {b"vary", b"content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in dropped]
    kept.append((b"vary", vary))
    return kept if size is None else [*kept, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % size)]


def accepts_gzip(headers: Headers) -> bool:
    """Return whether a caller accepts gzip (RFC 9110, 12.5.3): named, or by `*`, and not with a weight of 0."""
    weights: dict[bytes, float] = {}
    for name, value in headers:
        if name == b"accept-encoding":
            for one in value.lower().split(b","):
                weights[one.partition(b";")[0].strip()] = weight_of(one.decode("latin-1"))
    return weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0))) > 0


def compressed(body: bytes, level: int = LEVEL) -> bytes:
    """Return a body in the gzip format, without a time or a name in its header."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()
