"""The bytes of one connection of httpx2: it carries one exchange after another, and none after anything that was not asked for.

httpx2 keeps what comes after a response, and reads it as the next one. So every byte passes the strict reader first: what that
refuses httpx2 never sees, and a connection on which anything else came is not offered to it again.
"""

import asyncio
import select
import ssl
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpcore2

from unified.transport.egress.network import CONNECT_TIMEOUT_SECONDS
from unified.transport.http1.failures import (
    ConnectError,
    ConnectTimeout,
    ReadError,
    RemoteProtocolError,
    WireError,
    WireTimeout,
)
from unified.transport.http1.reader import CUT, ResponseReader

MOST_UNREAD = 256 * 1024
"""How many bytes may wait to be read before the connection stops taking more."""
_TUNNEL = b"CONNECT"


class Stale(RemoteProtocolError):
    """A used connection ended, or said something, before the next request was written: nothing of that was sent."""


class Unanswered(RemoteProtocolError):
    """A used connection ended without a byte of the response."""


class WatchedStream(httpcore2.AsyncNetworkStream, asyncio.Protocol):
    """One connection, which may rest for `keep_alive` seconds; while it is open, it is `among` others."""

    def __init__(self, *, keep_alive: float, among: set["WatchedStream"]) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._poll = select.poll()
        self._unread: deque[bytes] = deque()
        self._reader: ResponseReader | None = None
        self._is_tunnel = False
        self._exchanges = 0
        self._ended: Exception | bool = False
        self._is_spent = False
        self._is_paused = False
        self._is_full = False
        self._change: asyncio.Future[None] | None = None
        self._keep_alive = keep_alive
        self._among = among
        self.rested = 0.0
        """When its last exchange ended."""

    @property
    def is_resting(self) -> bool:
        """Whether the last response is complete and no request has followed."""
        return self._reader is not None and self._reader.complete

    def connection_made(self, transport: Any) -> None:
        """Take over the connection."""
        self._transport = transport
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self._among.add(self)

    def data_received(self, data: bytes) -> None:
        """Keep bytes for the exchange that waits for them; without one, end the connection."""
        if self.is_resting:
            self._is_spent = True
            self._transport.abort()
            return
        self._unread.append(data)
        if not self._is_paused and sum(map(len, self._unread)) > MOST_UNREAD:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def eof_received(self) -> None:
        """Note that nothing more comes."""
        self._ended = self._ended or True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection is closed."""
        self._ended = error or self._ended or True
        self._wake()
        self._among.discard(self)

    def pause_writing(self) -> None:
        """Let the writer wait: too much of a request is not sent yet."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Let the writer continue."""
        self._is_full = False
        self._wake()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the signature is httpx2's
        """Send a part of a request; the first one begins an exchange. An answer that comes early ends the wait for its sending.

        Raises:
            RemoteProtocolError: Something came that was not asked for, or the connection has ended; nothing was sent.
            httpcore2.WriteError: The connection broke.
        """
        if self._reader is None or self._reader.complete:
            self._begin(bytes(buffer[: buffer.find(b" ")]))
        if self._ended:  # httpx2 continues with what was answered before, if anything was
            raise httpcore2.WriteError(CUT)
        self._transport.write(buffer)
        async with _limited(timeout, WireTimeout):
            while self._is_full and not self._unread and not self._ended:
                await self._changed()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the same
        """Return the next bytes of the response; nothing at the end of one that ends with the connection.

        Raises:
            WireError, UnifiedError: They are not, or no longer, a response that is accepted, or the connection broke.
        """
        limit, kind = (CONNECT_TIMEOUT_SECONDS, ConnectTimeout) if self._is_tunnel else (timeout, WireTimeout)
        async with _limited(limit, kind):
            while not self._unread and not self._ended:
                await self._changed()
        if not self._unread:
            return self._end()
        data = self._take(max_bytes)
        self._watch(data)
        return data

    async def aclose(self) -> None:
        """Close the connection at once; what is not yet sent is dropped."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
    ) -> httpcore2.AsyncNetworkStream:
        """Continue under TLS, also within TLS.

        Raises:
            ConnectError, ConnectTimeout: There is no connection under TLS; the certificate may be a wrong one.
        """
        if self._unread:
            await self.aclose()
            raise ConnectError("bytes before the handshake")
        self._reader, self._is_tunnel, self._exchanges = None, False, 0
        try:
            async with _limited(timeout, ConnectTimeout):
                under = await self._loop.start_tls(self._transport, self, ssl_context, server_hostname=server_hostname)
        except BaseException as problem:  # errors of TLS and certificates are OSErrors
            self._transport.abort()
            self._among.discard(self)
            if isinstance(problem, OSError):
                raise ConnectError(type(problem).__name__) from None
            raise
        if under is None:  # closed right after the handshake
            self._among.discard(self)
            raise ConnectError(CUT)
        self._transport = under
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what httpx2 asks about: it closes a resting connection that `is_readable`."""
        return not self.is_reusable() if info == "is_readable" else self._transport.get_extra_info(info)

    def is_reusable(self) -> bool:
        """Return whether another request may be sent: nothing came that was not asked for, and it is young enough."""
        young = self._loop.time() - self.rested < self._keep_alive
        return young and self.is_resting and self._reader is not None and self._reader.reusable and self._is_quiet()

    def close_at_once(self) -> None:
        """Close it for want of use."""
        self._transport.abort()

    async def _changed(self) -> None:
        """Wait until bytes come, can be sent again, or the connection ends."""
        self._change = self._loop.create_future()
        await self._change

    def _wake(self) -> None:
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def _take(self, max_bytes: int) -> bytes:
        """Return the oldest bytes that are not read, and let more come."""
        data = self._unread.popleft()
        if len(data) > max_bytes:
            self._unread.appendleft(data[max_bytes:])
            data = data[:max_bytes]
        if self._is_paused and not self._unread and not self._ended:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def _is_quiet(self) -> bool:
        return not (self._is_spent or self._unread or self._ended or self._transport.is_closing() or self._poll.poll(0))

    def _begin(self, method: bytes) -> None:
        if not self._is_quiet():
            self._transport.abort()
            raise Stale(CUT) if self._exchanges else RemoteProtocolError("something came before the request")
        self._exchanges += 1
        self._is_tunnel = method == _TUNNEL
        self._reader = ResponseReader(method.decode("ascii"), max_bytes=sys.maxsize, drain=0.0)

    def _watch(self, data: bytes) -> None:
        """Let the strict reader see the bytes of a response; what a tunnel answers is httpx2's to read."""
        assert self._reader is not None
        if self._is_tunnel:
            return
        if self.is_resting:
            raise RemoteProtocolError("bytes after the response")
        self._reader.feed(data)
        if self._reader.complete:
            self._reader.close()
            self._is_spent = self._transport.get_write_buffer_size() > 0  # answered before the whole request was sent
            self.rested = self._loop.time()

    def _end(self) -> bytes:
        assert self._reader is not None
        if not self._reader.began and self._exchanges > 1:
            raise Unanswered(CUT)
        if isinstance(self._ended, Exception):
            raise ReadError(CUT)
        if self._is_tunnel:
            raise ConnectError(CUT)
        self._reader.end()
        self._reader.close()
        return b""


@asynccontextmanager
async def _limited(seconds: float | None, kind: type[WireError]) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise kind("it took too long") from None
