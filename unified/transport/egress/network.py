"""The HTTP client for every outbound call: a guarded pool, bounded bytes, no cookies, redirects or proxy variables."""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpcore2
import httpx2

from unified.errors import UpstreamTooLarge
from unified.transport.egress.backend import Guard

CONNECT_TIMEOUT_SECONDS = 10.0
"""How long a connection may take, TLS included."""
KEEP_ALIVE_SECONDS = 5.0
"""How long an idle connection may be reused; after that, the name is resolved and checked again."""
_SAME_NAME: dict[type[Exception], type[httpx2.HTTPError]] = {
    httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
    httpcore2.ReadTimeout: httpx2.ReadTimeout,
    httpcore2.WriteTimeout: httpx2.WriteTimeout,
    httpcore2.PoolTimeout: httpx2.PoolTimeout,
    httpcore2.TimeoutException: httpx2.TimeoutException,
    httpcore2.ConnectError: httpx2.ConnectError,
    httpcore2.ReadError: httpx2.ReadError,
    httpcore2.WriteError: httpx2.WriteError,
    httpcore2.NetworkError: httpx2.NetworkError,
    httpcore2.UnsupportedProtocol: httpx2.UnsupportedProtocol,
    httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
    httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
    httpcore2.ProtocolError: httpx2.ProtocolError,
}
"""The pool's exceptions and those of the client; subclasses come before their bases."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests over guarded connections, and counts the bytes of responses."""

    def __init__(
        self,
        guard: Guard,
        *,
        connections: int,
        max_bytes: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(trust_env=False),
            max_connections=connections,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=guard,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the response's body has not been read yet."""
        url = httpcore2.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        with _translated():
            answer = await self._pool.handle_async_request(
                httpcore2.Request(
                    request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
                )
            )
        assert isinstance(answer.stream, AsyncIterable)
        body = _Body(answer.stream, self._max_bytes)
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    """The raw bytes of a response: counted here, because compression can hide any number of bytes."""

    def __init__(self, stream: AsyncIterable[bytes], max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        with _translated():
            async for part in self._stream:
                size += len(part)
                if size > self._max_bytes:
                    raise UpstreamTooLarge(f"the answer has more than {self._max_bytes} bytes")
                yield part

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it when bytes are left."""
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except tuple(_SAME_NAME) as problem:
        kind = next(client_error for pool_error, client_error in _SAME_NAME.items() if isinstance(problem, pool_error))
        raise kind(str(problem)) from problem


def open_http(transport: httpx2.AsyncBaseTransport, *, deadline: float) -> httpx2.AsyncClient:
    """Return a client that adds nothing of its own to a request: no cookie, no redirect, no proxy.

    Args:
        transport: A `GuardedTransport`, or a replacement of the network in tests.
        deadline: Seconds for each single wait; a whole call needs its own limit.
    """
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(deadline, connect=CONNECT_TIMEOUT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # accounts share no cookies
        transport=transport,
    )
