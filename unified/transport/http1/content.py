"""The bounds of a response's head, and decompression of its body, both by our own rules."""

import zlib
from collections.abc import Iterator

from unified.errors.providers import ProviderError, ProviderMalformed, UpstreamTooLarge
from unified.transport.http1.failures import DecodingError

MAX_HEADERS = 200
MAX_HEAD_BYTES = 64 * 1024
"""The largest sum of names and values of a response's headers."""
MAX_CHUNK_BYTES = 1024 * 1024
"""The most that is decoded at once."""


def check_head(headers: dict[str, str], *, count: int, size: int) -> str:
    """Check that the head has a sane size and the body an accepted encoding; return the encoding.

    Args:
        headers: The headers by name; those of equal names joined.
        count: How many they were.
        size: The bytes of their names and values.

    Raises:
        ProviderError: Too many headers, or too large ones.
        UpstreamTooLarge: Several encodings on top of each other.
        ProviderMalformed: An encoding other than gzip.
    """
    if count > MAX_HEADERS or size > MAX_HEAD_BYTES:
        raise ProviderError(f"the answer has more than {MAX_HEADERS} headers or {MAX_HEAD_BYTES} bytes of them")
    encoding = headers.get("content-encoding", "").strip().lower()
    if "," in encoding:
        raise UpstreamTooLarge("the answer has stacked encodings; it was not decoded")
    if encoding not in {"", "identity", "gzip"}:
        raise ProviderMalformed("the answer has an encoding other than gzip; it was not decoded")
    return encoding


class Gunzip:
    """Decompresses gzip member by member (RFC 1952, 2.2) with bounded memory.

    Decoders of client libraries buffer everything after the first member, or accept a truncated member.
    """

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None

    def chunks(self, part: bytes) -> Iterator[bytes]:
        """Yield the decompressed chunks of the next part of the stream.

        Raises:
            DecodingError: The stream is not gzip.
        """
        while part:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                yield self._member.decompress(part, MAX_CHUNK_BYTES)
            except zlib.error:
                raise DecodingError("not gzip") from None
            part = self._member.unused_data or self._member.unconsumed_tail

    def check_end(self) -> None:
        """Check that the stream is complete.

        Raises:
            DecodingError: It has begun and did not come to its end.
        """
        if self._member is not None and not self._member.eof:
            raise DecodingError("the gzip is truncated")
