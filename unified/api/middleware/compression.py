"""Compressed answers (gzip), for callers that accept them.

Compressed are JSON, and the scripts and styles that are the same for everyone. Pages for people are not: they hold the token of
a form next to texts of the address, and the size of the compressed page would tell one about the other (BREACH, see
docs/threats.md). An answer in parts, such as a stream of events, is passed on as it comes.
"""

import asyncio
import zlib
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope

from unified.api.requests.declarations import declaration_of
from unified.text.parsing_weights import weight_of

MIN_BYTES = 1024
"""Smaller answers fit one packet anyway."""
LEVEL = 2
"""Of 1 to 9; docs/performance.md has what the levels cost."""
MANY_BYTES = 512 * 1024
"""A size that takes about 10 ms to compress."""
TYPES = frozenset({b"application/json", b"application/problem+json", b"text/css", b"text/javascript"})
_GZIP_WINDOW = 31  # zlib's way to ask for a gzip header and trailer
HeaderLines = Iterable[tuple[bytes, bytes]]
_SAME_BYTES = frozenset({b"content-encoding", b"content-range", b"etag", b"set-cookie"})
"""Headers of answers that stay as they are: an entity tag names the bytes of an answer (RFC 9110, 8.8.3.3), and callers send it
back; a cookie is a secret."""


def is_compressible(scope: HTTPScope, start: HTTPResponseStartEvent) -> bool:
    """Return whether an answer is of a kind that is compressed, whatever its size and its caller."""
    headers = {name.lower(): value for name, value in start.get("headers", ())}
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() not in TYPES or scope["method"] == "HEAD":
        return False
    if start["status"] in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED} or headers.keys() & _SAME_BYTES:
        return False
    declared = declaration_of(scope["route_handler"]) if "route_handler" in scope else None
    return declared is None or declared.access != "session"


async def compressed_body(scope: HTTPScope, message: HTTPResponseBodyEvent) -> bytes | None:
    """Return a compressed body; None for one that is sent as it is. A long one is compressed outside the event loop."""
    if message.get("more_body", False) or len(message["body"]) < MIN_BYTES or not accepts_gzip(scope["headers"]):
        return None
    body = message["body"]
    return compressed(body) if len(body) < MANY_BYTES else await asyncio.to_thread(compressed, body)


def varying_headers(headers: HeaderLines, size: int | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer that varies with what is accepted; with a size, of a compressed one."""
    vary = [value for name, value in headers if name.lower() == b"vary"]
    dropped = {b"vary"} if size is None else {b"vary", b"content-length"}
    kept = [(name, value) for name, value in headers if name.lower() not in dropped] if vary or size else [*headers]
    kept.append((b"vary", b", ".join([*vary, b"Accept-Encoding"])))
    return kept if size is None else [*kept, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % size)]


def accepts_gzip(headers: HeaderLines) -> bool:
    """Return whether a caller accepts gzip (RFC 9110, 12.5.3): named, or by `*`, and not with a weight of 0."""
    given = b",".join([value for name, value in headers if name == b"accept-encoding"])
    return _accepts_gzip(given) if given else False


@lru_cache(maxsize=128)
def _accepts_gzip(given: bytes) -> bool:
    weights = {one.partition(b";")[0].strip(): weight_of(one.decode("latin-1")) for one in given.lower().split(b",")}
    return weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0))) > 0


def compressed(body: bytes, level: int = LEVEL) -> bytes:
    """Return a body in the gzip format, without a time or a name in its header."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()
