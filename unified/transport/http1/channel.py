"""One connection to a host, which carries one exchange after another, never two at a time."""

import asyncio
import select
from typing import Any, Protocol

from unified.catalog.wire import ProviderAnswer
from unified.errors.error import UnifiedError
from unified.transport.http1.failures import ReadError, RemoteProtocolError, WireError
from unified.transport.http1.reader import CUT, ResponseReader


class Owner(Protocol):
    """The listener to its connections: the pool."""

    def made(self, channel: "Channel") -> None:
        """Take note that the connection is open."""

    def ended(self, channel: "Channel", *, reusable: bool) -> None:
        """Take note that the exchange is over; called once for each."""

    def lost(self, channel: "Channel") -> None:
        """Take note that the connection is closed."""


class Channel(asyncio.Protocol):
    """A connection; an exchange that fails or is given up closes it, and so does a byte that was not asked for."""

    def __init__(self, owner: Owner, peer: str | None, expires: float) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[Exception | None] | None = None
        self._drained: asyncio.TimerHandle | None = None
        self._unread = select.poll()
        self.peer = peer
        """The key that the exchanges on it share, see `peer_of`; None: it carries one only."""
        self.expires = expires
        """When its address was checked long enough ago (the event loop's time); no exchange begins after that."""
        self.rested = 0.0
        """When its last exchange ended."""

    def connection_made(self, transport: Any) -> None:
        """Take over the connection."""
        self._transport = transport
        self._unread.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self._owner.made(self)

    async def exchange(self, sent: bytes, reader: ResponseReader) -> ProviderAnswer:
        """Send one request and return its response.

        Raises:
            WireError, UnifiedError: There is no response that can be used.
        """
        waiter = self._start(sent, reader)
        problem = None
        try:
            problem = await waiter
            if problem is not None:
                raise problem
            return reader.answer()
        except asyncio.CancelledError:
            if self._reader is reader:  # otherwise it ended just before, and the connection may already serve another caller
                self._end(None, reusable=False)
            raise
        finally:
            del waiter, problem  # an error knows this frame; if that knew the error, both would outlive the call

    def _start(self, sent: bytes, reader: ResponseReader) -> "asyncio.Future[Exception | None]":
        waiter = self._loop.create_future()
        self._reader, self._waiter = reader, waiter
        if self._transport.is_closing():
            self._end(RemoteProtocolError(CUT), reusable=False)
        else:
            self._transport.write(sent)
        return waiter

    def is_quiet(self) -> bool:
        """Return whether nothing has come since the last exchange: no byte, and no end that the loop has yet to see."""
        return not self._transport.is_closing() and not self._unread.poll(0)

    def close(self) -> None:
        """Close the connection at once; what is not yet sent is dropped."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the reader of the current exchange."""
        reader = self._reader
        if reader is None:
            self.close()
            return
        try:
            reader.feed(data)
        except (WireError, UnifiedError) as problem:
            self._end(problem, reusable=False)
            return
        if reader.complete:
            self._end(None, reusable=reader.reusable and not self._transport.get_write_buffer_size())
        elif reader.drain is not None and reader.status and self._drained is None:
            self._drain(reader.drain)

    def eof_received(self) -> None:
        """End the exchange: for some responses this is the end of the body, for others a cut."""
        if self._reader is not None:
            try:
                self._reader.end()
            except WireError as problem:
                self._end(problem, reusable=False)
            else:
                self._end(None, reusable=False)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the exchange that the connection breaks off."""
        if self._reader is not None:
            self._end(RemoteProtocolError(CUT) if error is None else ReadError(CUT), reusable=False)
        self._owner.lost(self)

    def _drain(self, seconds: float) -> None:
        """Let the caller continue with the head, and read the rest for a while."""
        self._resolve(None)
        self._drained = self._loop.call_later(seconds, lambda: self._end(None, reusable=False))

    def _resolve(self, problem: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(problem)
        self._waiter = None

    def _end(self, problem: Exception | None, *, reusable: bool) -> None:
        assert self._reader is not None
        only_drained = self._reader.drain is not None and self._reader.status
        self._resolve(None if only_drained else problem)  # a status is valid whatever becomes of the rest
        self._reader.close()
        self._reader = None
        if self._drained is not None:
            self._drained.cancel()
            self._drained = None
        if not reusable:
            self.close()
        self._owner.ended(self, reusable=reusable)
