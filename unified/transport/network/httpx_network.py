"""The network behind a transport of httpx2: its pools, what tests put in place of the sockets, and what vcrpy records."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore2
import httpx2

from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import UpstreamTooLarge
from unified.telemetry.http_libraries import unlogged
from unified.transport.http1 import failures
from unified.transport.http1.content import Gunzip, check_head
from unified.transport.http1.messages import Outgoing, fields_of
from unified.transport.http1.reader import Fields, header_map

_FAILURES: tuple[tuple[type[Exception], type[failures.WireError]], ...] = (
    (httpx2.ConnectTimeout, failures.ConnectTimeout),
    (httpx2.PoolTimeout, failures.ConnectTimeout),
    (httpx2.TimeoutException, failures.WireTimeout),
    (httpx2.ConnectError, failures.ConnectError),
    (httpx2.WriteError, failures.WriteError),
    (httpx2.NetworkError, failures.ReadError),
    (httpx2.LocalProtocolError, failures.LocalProtocolError),
    (httpx2.DecodingError, failures.DecodingError),
    (httpx2.HTTPError, failures.RemoteProtocolError),
    (httpcore2.ConnectError, failures.ConnectError),
    (httpcore2.NetworkError, failures.ReadError),
    (httpcore2.LocalProtocolError, failures.LocalProtocolError),
    (httpcore2.ProtocolError, failures.RemoteProtocolError),
)
"""Exceptions of httpx2 and of the library that it sends with, and ours; subclasses come before their bases."""
_THEIRS = tuple(theirs for theirs, _ in _FAILURES)


class HttpxNetwork:
    """Sends requests through an httpx2 transport; everything else is as with the pool: bounds, decompression, failures."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, request: Outgoing, *, max_bytes: int, drain: float | None = None) -> ProviderAnswer:
        """Send one request, as described at `Network.send`; but with `drain`, what is not read at once is cut off."""
        sent = httpx2.Request(request.method, request.url.whole(), headers=fields_of(request), content=request.content)
        with unlogged(), _translated():
            response = await self._transport.handle_async_request(sent)
            try:
                fields = [(name.lower(), value.strip()) for name, value in response.headers.raw]
                content = b"" if drain is not None else await _read(response, _checked(fields), max_bytes)
            finally:
                await response.aclose()
        return ProviderAnswer(status=response.status_code, headers=header_map(fields), body=None, content=content)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def _checked(fields: Fields) -> str:
    return check_head(header_map(fields), count=len(fields), size=sum(len(name) + len(value) for name, value in fields))


async def _read(response: httpx2.Response, encoding: str, max_bytes: int) -> bytes:
    """Return the decompressed body; one that is replayed is complete and decompressed already."""
    packed = encoding == "gzip" and not response.is_stream_consumed
    gunzip, raw, body = Gunzip() if packed else None, 0, bytearray()
    async for part in _parts(response):
        raw += len(part)
        for chunk in (part,) if gunzip is None else gunzip.chunks(part):
            if max(raw, len(body) + len(chunk)) > max_bytes:
                raise UpstreamTooLarge(f"the answer has more than {max_bytes} bytes")
            body += chunk
    if gunzip is not None:
        gunzip.check_end()
    return bytes(body)


async def _parts(response: httpx2.Response) -> AsyncIterator[bytes]:
    if response.is_stream_consumed:
        yield response.content
        return
    async for part in response.aiter_raw():
        yield part


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _THEIRS as problem:
        kind = next(ours for theirs, ours in _FAILURES if isinstance(problem, theirs))
        raise kind(type(problem).__name__) from None  # its text may hold what was sent
