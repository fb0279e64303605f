"""A bounded pool of connections: first come, first served; none is used by two owners, or longer than its address is valid."""

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
MAX_RESTING = 256
"""How many connections may rest when another is opened, so that many accounts, each with its own, do not use up the sockets."""
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
        self._resting_since: dict[Channel, None] = {}
        """All idle connections, the one first that rests longest."""
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
        if reusable and channel.peer is not None and not self._closed:
            channel.rested = asyncio.get_running_loop().time()
            self._idle.setdefault(channel.peer, []).append(channel)
            self._resting_since[channel] = None
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
        if channel.peer is not None and channel in self._idle.get(channel.peer, ()):
            self._take_out(channel)

    async def _take(self, request: Outgoing, *, fresh: bool) -> tuple[Channel, bool]:
        """Return a connection that has no exchange, and whether it had one before."""
        await self._places.acquire()
        self._busy += 1
        resting = None if fresh else self._resting(peer_of(request))
        if resting is not None:
            return resting, True
        try:
            return await self._connected(request), False
        except BaseException:
            self._busy -= 1
            self._places.release()
            raise

    def _resting(self, peer: str | None) -> Channel | None:
        now = asyncio.get_running_loop().time()
        while peer is not None and (channels := self._idle.get(peer)):
            channel = channels[-1]
            self._take_out(channel)
            if self._valid(channel, now) and channel.is_quiet():
                return channel
            channel.close()
        return None

    async def _connected(self, request: Outgoing) -> Channel:
        if len(self._resting_since) >= MAX_RESTING or self._busy + len(self._resting_since) > self._connections:
            oldest = next(iter(self._resting_since))
            self._take_out(oldest)
            oldest.close()
        expires = asyncio.get_running_loop().time() + self._lifetime
        peer = peer_of(request)
        return await self._connect(request.url.origin, request.certificate, lambda: Channel(self, peer, expires))

    def _take_out(self, channel: Channel) -> None:
        assert channel.peer is not None  # a connection that rests has one
        channels = self._idle[channel.peer]
        channels.remove(channel)
        del self._resting_since[channel]
        if not channels:
            del self._idle[channel.peer]

    def _valid(self, channel: Channel, now: float) -> bool:
        return now < channel.expires and now - channel.rested < self._keep_alive

    def _start_sweep(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._keep_alive, self._close_expired)

    def _close_expired(self) -> None:
        """Close connections that are not reused, so that none outlives its time for want of a request."""
        now = asyncio.get_running_loop().time()
        for channel in [one for one in self._resting_since if not self._valid(one, now)]:
            self._take_out(channel)
            channel.close()
        self._sweep = None
        if self._idle:
            self._start_sweep()


def peer_of(request: Outgoing) -> str | None:
    """Return the key that requests on one connection share: origin, owner and identity there; None: no sharing.

    A server that sends more answers than it got requests, or reads one request as two, confuses only their owner.
    """
    if request.owner is None:
        return None
    identity = "" if request.certificate is None else request.certificate.identity
    return f"{request.url.origin.text} {identity} {request.owner}"
