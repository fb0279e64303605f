"""The network of outbound calls by httpx2: a pool of httpx2 for each peer, directly or through a proxy."""

import asyncio
from collections.abc import Sequence

import httpcore2
import msgspec

from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import DestinationRefused
from unified.telemetry.loggers import get_logger
from unified.transport.egress.backend import Guard, is_here
from unified.transport.egress.network import Dial, dial
from unified.transport.egress.trust import Contexts, MakeContext, contexts
from unified.transport.http1.failures import ConnectError, ConnectTimeout, ReadError
from unified.transport.http1.messages import Outgoing
from unified.transport.http1.pool import KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, REPEATABLE, peer_of
from unified.transport.network.httpx_network import HttpxNetwork
from unified.transport.network.httpx_pool.dialler import Dialler
from unified.transport.network.httpx_pool.peer import PeerTransport
from unified.transport.network.httpx_pool.stream import Stale, Unanswered

log = get_logger("unified.transport")


class EgressProxy(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy through which calls leave, and how it is used."""

    proxy: httpcore2.Proxy
    guard: Guard
    """Decides what the proxy may be asked for."""
    resolves: bool
    """Whether the proxy is asked for names; otherwise for addresses that passed."""


class _Peer:
    """The pool for one peer until its addresses have to be checked again; no exchange begins in it after that."""

    __slots__ = ("busy", "expires", "network")

    def __init__(self, network: HttpxNetwork, expires: float) -> None:
        self.network = network
        self.expires = expires
        self.busy = 0


class HttpxPool:
    """Sends requests through pools of httpx2; no two owners share one, and all of them together are bounded."""

    def __init__(
        self,
        guard: Guard,
        *,
        connections: int,
        tls: MakeContext | None = None,
        dial: Dial = dial,
        proxy: EgressProxy | None = None,
        keep_alive: float = KEEP_ALIVE_SECONDS,
        lifetime: float = LIFETIME_SECONDS,
    ) -> None:
        self._direct = Dialler(guard, dial, connections=connections, keep_alive=keep_alive)
        self._tunnels = Dialler(None, dial, connections=connections, keep_alive=keep_alive)
        self._proxy = proxy
        self._contexts: Contexts = contexts(tls)
        self._places = asyncio.Semaphore(connections)
        self._keep_alive = keep_alive
        self._lifetime = lifetime
        self._peers: dict[str, _Peer] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def open_connections(self) -> int:
        """Return how many connections are open, resting ones included."""
        return self._direct.open_connections() + self._tunnels.open_connections()

    async def send(self, request: Outgoing, *, max_bytes: int, drain: float | None = None) -> ProviderAnswer:
        """Send one request, as described at `Network.send`."""
        async with self._places:
            while True:
                peer = await self._peer(request)
                peer.busy += 1
                try:
                    return await peer.network.send(request, max_bytes=max_bytes, drain=drain)
                except Stale:
                    continue
                except Unanswered as problem:
                    if request.method not in REPEATABLE:
                        raise ReadError(str(problem)) from None
                finally:
                    peer.busy -= 1
                    await self._rest(request, peer)

    async def close(self) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
        for peer in self._peers.values():
            await peer.network.close()
        self._peers.clear()
        self._direct.close_all()
        self._tunnels.close_all()
        await asyncio.sleep(0)  # the event loop closes the sockets

    async def _peer(self, request: Outgoing) -> _Peer:
        key, now = peer_of(request), asyncio.get_running_loop().time()
        known = None if key is None else self._peers.get(key)
        if known is not None and now < known.expires:
            return known
        if known is not None and not known.busy:
            await known.network.close()
        made = _Peer(await self._opened(request), now + self._lifetime)
        if key is not None:
            self._peers[key] = made
        return made

    async def _opened(self, request: Outgoing) -> HttpxNetwork:
        """Return a pool for the peer of a request."""
        origin = request.url.origin
        secured = await self._contexts(request.certificate) if origin.secure else None
        proxy = None if self._proxy is None or is_here(origin.host) else self._proxy
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=secured,
            proxy=None if proxy is None else proxy.proxy,
            max_connections=None,
            keepalive_expiry=self._keep_alive,
            network_backend=self._direct if proxy is None else self._tunnels,
        )
        hosts: Sequence[str] = [origin.host] if proxy is None else await _asked_for(proxy, origin.host, origin.port)
        return HttpxNetwork(PeerTransport(pool, hosts))

    async def _rest(self, request: Outgoing, peer: _Peer) -> None:
        """Keep the pool of a peer for the next request, unless another has taken its place, or it has no owner."""
        key = peer_of(request)
        if key is None or (self._peers.get(key) is not peer and not peer.busy):
            await peer.network.close()
        elif self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._keep_alive, self._close_unused)

    def _close_unused(self) -> None:
        """Close what is not reused, so that nothing outlives its time for want of a request."""
        self._direct.close_unused()
        self._tunnels.close_unused()
        now = asyncio.get_running_loop().time()
        self._peers = {key: one for key, one in self._peers.items() if one.busy or now < one.expires}
        self._sweep = None
        if self._peers:
            self._sweep = asyncio.get_running_loop().call_later(self._keep_alive, self._close_unused)


async def _asked_for(proxy: EgressProxy, host: str, port: int) -> list[str]:
    """Return what the proxy is asked for: addresses that passed the policy, or the name, if the proxy resolves names.

    Raises:
        DestinationRefused: One of the addresses that this machine finds, or the port, is not allowed, or none is found.
    """
    try:
        found = await proxy.guard.allowed_addresses(host, port)
    except (ConnectError, ConnectTimeout):
        if proxy.resolves:
            return [host]  # the proxy alone knows where it leads, which the operator has accepted
        log.warning("destination_refused", reason="not resolved")
        raise DestinationRefused(
            "the call was not sent: this machine cannot resolve its host, so it is not known where the proxy would lead it; "
            "operators can let the proxy resolve names (UNIFIED_EGRESS_PROXY_RESOLVES)"
        ) from None
    return [host] if proxy.resolves else [f"[{one}]" if one.version == 6 else str(one) for one in found]  # noqa: PLR2004 - IPv6
