"""Reading of responses: a bounded head, a bounded body, and JSON decoded exactly or not at all."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import msgspec

from unified.errors import ProviderError, ProviderMalformed, UpstreamTooLarge

MAX_HEADERS = 200
MAX_HEAD_BYTES = 64 * 1024
"""The largest sum of names and values of a response's headers."""
MAX_CHUNK_BYTES = 1024 * 1024
"""The most that is decoded at once."""


def check_head(response: httpx2.Response) -> None:
    """Check that the head has a sane size and the body an accepted encoding.

    Raises:
        ProviderError: Too many headers, or too large ones.
        UpstreamTooLarge: Several encodings on top of each other.
        ProviderMalformed: An encoding other than gzip.
    """
    headers = response.headers.raw
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEAD_BYTES:
        raise ProviderError(f"the answer has more than {MAX_HEADERS} headers or {MAX_HEAD_BYTES} bytes of them")
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if "," in encoding:
        raise UpstreamTooLarge("the answer has stacked encodings; it was not decoded")
    if encoding not in {"", "identity", "gzip"}:
        raise ProviderMalformed("the answer has an encoding other than gzip; it was not decoded")


async def read_body(response: httpx2.Response, max_bytes: int) -> bytes:
    """Return the decoded body.

    Raises:
        UpstreamTooLarge: As soon as it exceeds `max_bytes`, whatever follows.
        httpx2.DecodingError: It is not valid gzip although it claims to be, or it ends too early.
    """
    chunks, size = [], 0
    async for chunk in _opened(response):
        size += len(chunk)
        if size > max_bytes:
            raise UpstreamTooLarge(f"the answer has more than {max_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _opened(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Yield the body in chunks of bounded size."""
    if response.is_stream_consumed:  # a replayed response, which is complete
        yield response.content
        return
    compressed = "gzip" in response.headers.get("content-encoding", "").lower()
    gunzip = Gunzip()
    async for part in response.aiter_raw():
        for chunk in gunzip.chunks(part) if compressed else (part,):
            yield chunk
    gunzip.check_end()


class Gunzip:
    """Decompresses gzip member by member (RFC 1952, 2.2) with bounded memory.

    The client library's own decoder buffers everything after the first member, and accepts a truncated member.
    """

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None

    def chunks(self, part: bytes) -> Iterator[bytes]:
        """Yield the decompressed chunks of the next part of the stream.

        Raises:
            httpx2.DecodingError: The stream is not gzip.
        """
        while part:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield self._member.decompress(part, MAX_CHUNK_BYTES)
            except zlib.error:
                raise httpx2.DecodingError("not gzip") from None
            part = self._member.unused_data or self._member.unconsumed_tail

    def check_end(self) -> None:
        """Check that the stream is complete.

        Raises:
            httpx2.DecodingError: It has begun and did not come to its end.
        """
        if self._member is not None and not self._member.eof:
            raise httpx2.DecodingError("the gzip is truncated")


def decode_json(content: bytes) -> Any:
    """Decode a provider's JSON with exact numbers; None for an empty body.

    Raises:
        ProviderMalformed: The body is not JSON; the message says only what kind of content it is.
    """
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
