"""What is taken from an answer: a bounded head, a bounded body, and JSON read exactly or not at all."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import msgspec

from unified.errors import ProviderError, ProviderMalformed, UpstreamTooLarge

MAX_HEADERS = 200
MAX_HEAD_BYTES = 64 * 1024
"""Bytes of names and values of an answer's headers together."""
MAX_CHUNK = 1024 * 1024
"""Bytes that are decoded at once."""


def check_head(response: httpx2.Response) -> None:
    """Raise unless the head is of a sane size and the body in an encoding that was asked for.

    Raises:
        ProviderError: too many headers, or too large ones.
        UpstreamTooLarge: several encodings over one another.
        ProviderMalformed: an encoding that was not asked for.
    """
    headers = response.headers.raw
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEAD_BYTES:
        raise ProviderError(f"the answer has more than {MAX_HEADERS} headers or {MAX_HEAD_BYTES} bytes of them")
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if "," in encoding:
        raise UpstreamTooLarge("the answer has stacked encodings; it was not opened")
    if encoding not in {"", "identity", "gzip"}:
        raise ProviderMalformed("the answer has an encoding other than gzip; it was not opened")


async def read_body(response: httpx2.Response, max_bytes: int) -> bytes:
    """The decoded body.

    Raises:
        UpstreamTooLarge: as soon as it has more bytes than that, whatever follows.
        httpx2.DecodingError: it is not the gzip that it says it is, or ends too early.
    """
    chunks, size = [], 0
    async for chunk in _opened(response):
        size += len(chunk)
        if size > max_bytes:
            raise UpstreamTooLarge(f"the answer has more than {max_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _opened(response: httpx2.Response) -> AsyncIterator[bytes]:
    """The body in chunks of bounded size."""
    if response.is_stream_consumed:  # a replay that came whole
        yield response.content
        return
    packed = "gzip" in response.headers.get("content-encoding", "").lower()
    gunzip = Gunzip()
    async for part in response.aiter_raw():
        for chunk in gunzip.chunks(part) if packed else (part,):
            yield chunk
    gunzip.check_end()


class Gunzip:
    """Opens gzip member by member (RFC 1952, 2.2) with bounded memory.

    The client library's own decoder keeps all that follows the first member, and takes half of a member for a whole one.
    """

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None

    def chunks(self, part: bytes) -> Iterator[bytes]:
        """What the next part of the stream opens to; httpx2.DecodingError for what is no gzip."""
        while part:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield self._member.decompress(part, MAX_CHUNK)
            except zlib.error:
                raise httpx2.DecodingError("no gzip") from None
            part = self._member.unused_data or self._member.unconsumed_tail

    def check_end(self) -> None:
        """Raise httpx2.DecodingError when the stream has begun and did not come to its end."""
        if self._member is not None and not self._member.eof:
            raise httpx2.DecodingError("the gzip was cut off")


def decode_json(content: bytes) -> Any:
    """A provider's JSON, numbers exact; None for an empty body; ProviderMalformed says only what kind of thing is wrong."""
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not content:
        return None
    try:
        return msgspec.json.decode(content)
    except RecursionError:
        raise ProviderMalformed("the answer is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        kind = "HTML" if content[:1] == b"<" else "text"
        raise ProviderMalformed(f"expected JSON in UTF-8, got {kind} that is not JSON") from None
