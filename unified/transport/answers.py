"""What is taken from an answer: a bounded head, a bounded body, and JSON read exactly or not at all."""

from typing import Any

import httpx2
import msgspec

from unified.errors import ProviderError, ProviderMalformed, UpstreamTooLarge

MAX_HEADERS = 200
MAX_HEAD_BYTES = 64 * 1024
"""Bytes of names and values of an answer's headers together."""


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
    """The decoded body; UpstreamTooLarge as soon as it has more bytes than that, whatever follows."""
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise UpstreamTooLarge(f"the answer has more than {max_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


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
