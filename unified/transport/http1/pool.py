"""A bounded pool of connections: first come, first served, and none is used longer than its checked address is valid."""

import asyncio
from collections.abc import Awaitable, Callable

from unified.catalog.wire import ProviderAnswer
from unified.transport.http1.certificates import Certificate
from unified.transport.http1.channel import Channel
from unified.transport.http1.failures import ReadError, RemoteProtocolError
from unified.transport.http1.messages import Outgoing, written
from unified.transport.http1.reader import ResponseReader
from unified.transport.http1.urls import Origin

KEEP_ALIVE_SECONDS = 5.0
"""How long an idle connection may be reused; most servers close theirs after longer, so a request seldom meets a closed one."""
LIFETIME_SECONDS = 60.0
"""How long after the check of its address a connection may begin an exchange; then the name is resolved and checked again."""
REPEATABLE = frozenset({"GET", "HEAD"})
"""Methods that may be sent again when a used connection ends without a single byte of a response."""
Connect = Callable[[Origin, Certificate | None, Callable[[], Channel]], Awaitable[Channel]]
"""Connects to an origin, with a client certificate or none; the connection is made by the function given."""


class Pool:
    """The connections to all hosts. Each exchange takes one of the places, and gives it back when its connection rests."""

    def __init__(self, connect: Connect, *, connections: int, keep_alive: float, lifetime: float) -> None:
        self._connect = connect
        self._places = asyncio.Semaphore(connections)
        self._connections = connections
        self._keep_alive = keep_alive
        self._lifetime = lifetime
        self._busy = 0
        self._closed = False
        self._open: set[Channel] = set()
        self._idle: dict[str, list[Channel]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def open_connections(self) -> int:
        """Return how many connections are open, idle ones included."""
        return len(self._open)

    async def send(self, request: Outgoing, *, max_bytes: int, drain: float | None = None) -> ProviderAnswer:
        """Send one request, as described at `Network.send`."""
        sent, fresh = written(request), False
        while True:
            channel, reused = await self._take(request, fresh=fresh)
            reader = ResponseReader(request.method, max_bytes=max_bytes, drain=drain)
            try:
                return await channel.exchange(sent, reader)
            except (ReadError, RemoteProtocolError):
                if not reused or reader.began or request.method not in REPEATABLE:
                    raise
                fresh = True

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        for channel in tuple(self._open):
            channel.close()
        if self._sweep is not None:
            self._sweep.cancel()
        await asyncio.sleep(0)  # the event loop closes the sockets

    def ended(self, channel: Channel, *, reusable: bool) -> None:
        """Keep the connection for the next exchange, and hand its place on."""
        self._busy -= 1
        if reusable and not self._closed:
            channel.rested = asyncio.get_running_loop().time()
            self._idle.setdefault(channel.origin, []).append(channel)
            self._start_sweep()
        elif reusable:
            channel.close()
        self._places.release()

    def made(self, channel: Channel) -> None:
        """Count a connection, which may be closed again before anyone uses it."""
        self._open.add(channel)

    def lost(self, channel: Channel) -> None:
        """Forget a closed connection."""
        self._open.discard(channel)
        resting = self._idle.get(channel.origin, [])
        if channel in resting:
            self._take_out(channel)

    async def _take(self, request: Outgoing, *, fresh: bool) -> tuple[Channel, bool]:
        """Return a connection that has no exchange, and whether it had one before."""
        await self._places.acquire()
        self._busy += 1
        resting = None if fresh else self._resting(_peer(request))
        if resting is not None:
            return resting, True
        try:
            return await self._connected(request), False
        except BaseException:
            self._busy -= 1
            self._places.release()
            raise

    def _resting(self, origin: str) -> Channel | None:
        now = asyncio.get_running_loop().time()
        while channels := self._idle.get(origin):
            channel = channels[-1]
            self._take_out(channel)
            if self._valid(channel, now) and channel.is_quiet():
                return channel
            channel.close()
        return None

    async def _connected(self, request: Outgoing) -> Channel:
        idle = [channel for channels in self._idle.values() for channel in channels]
        if self._busy + len(idle) > self._connections:
            oldest = min(idle, key=lambda one: one.rested)
            self._take_out(oldest)
            oldest.close()
        expires = asyncio.get_running_loop().time() + self._lifetime
        peer = _peer(request)
        return await self._connect(request.url.origin, request.certificate, lambda: Channel(self, peer, expires))

    def _take_out(self, channel: Channel) -> None:
        channels = self._idle[channel.origin]
        channels.remove(channel)
        if not channels:
            del self._idle[channel.origin]

    def _valid(self, channel: Channel, now: float) -> bool:
        return now < channel.expires and now - channel.rested < self._keep_alive

    def _start_sweep(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._keep_alive, self._close_expired)

    def _close_expired(self) -> None:
        """Close connections that are not reused, so that none outlives its time for want of a request."""
        now = asyncio.get_running_loop().time()
        for channel in [one for channels in self._idle.values() for one in channels if not self._valid(one, now)]:
            self._take_out(channel)
            channel.close()
        self._sweep = None
        if self._idle:
            self._start_sweep()


def _peer(request: Outgoing) -> str:
    """Return what requests on one connection have in common: the origin, and who we are there."""
    origin = request.url.origin.text
    return origin if request.certificate is None else f"{origin} {request.certificate.identity}"
