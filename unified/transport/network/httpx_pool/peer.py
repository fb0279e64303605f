"""The pool of httpx2 for one peer: an origin, as one owner; its TLS names the origin whatever address is asked for."""

from collections.abc import AsyncIterator, Sequence

import httpcore2
import httpx2

from unified.telemetry.loggers import get_logger
from unified.transport.egress.network import CONNECT_TIMEOUT_SECONDS
from unified.transport.http1.failures import ConnectError, ConnectTimeout

log = get_logger("unified.transport")


class ProxyRefused(ConnectError):
    """The proxy opens no tunnel to the host; nothing was sent there."""


class PeerTransport(httpx2.AsyncBaseTransport):
    """Sends the requests of one peer; `hosts` are what is asked for in turn: its name, or checked addresses of it."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool, hosts: Sequence[str]) -> None:
        self._pool = pool
        self._hosts = hosts

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the first host that can be connected to."""
        share = CONNECT_TIMEOUT_SECONDS / len(self._hosts)
        for position, host in enumerate(self._hosts, start=1):
            try:
                return await self._sent(request, host, share)
            except (ConnectError, ConnectTimeout):
                if position == len(self._hosts):
                    raise
        raise AssertionError("unreachable: the last host returns or raises")

    async def aclose(self) -> None:
        """Close the pool."""
        await self._pool.aclose()

    async def _sent(self, request: httpx2.Request, host: str, limit: float) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme, host=host.encode("ascii"), port=request.url.port, target=request.url.raw_path
        )
        known = {"sni_hostname": request.url.raw_host.decode("ascii"), "timeout": {"connect": limit}}
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        sent = httpcore2.Request(
            method=request.method, url=url, headers=request.headers.raw, content=request.stream, extensions=known
        )
        try:
            got = await self._pool.handle_async_request(sent)
        except httpcore2.ProxyError as refused:
            status = str(refused)[:3]  # the rest of its text comes from the proxy
            log.warning("egress_proxy_refused", status=int(status) if status.isdigit() else 0)
            raise ProxyRefused("the proxy opened no tunnel") from None
        return httpx2.Response(status_code=got.status, headers=got.headers, stream=_Body(got), extensions=got.extensions)


class _Body(httpx2.AsyncByteStream):
    """The body as it comes."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()
