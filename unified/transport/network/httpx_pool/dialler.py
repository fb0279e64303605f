"""Where connections of httpx2 lead: to an address that the guard has checked, or to the proxy."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import httpcore2

from unified.transport.egress.backend import Guard
from unified.transport.egress.network import CONNECT_TIMEOUT_SECONDS, Dial
from unified.transport.http1.pool import MAX_RESTING
from unified.transport.http1.urls import Origin
from unified.transport.network.httpx_pool.stream import WatchedStream


class Dialler(httpcore2.AsyncNetworkBackend):
    """Makes the connections of all pools, and closes those that are not reused in time, or that are too many.

    Without a guard, it connects to whatever host it is asked for: the proxy.
    """

    def __init__(self, guard: Guard | None, dial: Dial, *, connections: int, keep_alive: float) -> None:
        self._guard = guard
        self._dial = dial
        self._connections = connections
        self._keep_alive = keep_alive
        self._open: set[WatchedStream] = set()

    def open_connections(self) -> int:
        """Return how many connections are open, resting ones included."""
        return len(self._open)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the signature is httpx2's, as of the next two
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a host; the arguments other than it and the port are not used.

        Raises:
            DestinationRefused: One of its addresses, or the port, is not allowed.
            ConnectError, ConnectTimeout: There is no connection.
        """
        self._make_room()
        origin = Origin(text="", secure=False, host=host, port=port, authority="")
        reach = partial(self._dial, origin, self._make, None)
        if self._guard is None:
            made = await reach(host, CONNECT_TIMEOUT_SECONDS)
        else:
            made = await self._guard.connect(host, port, reach, CONNECT_TIMEOUT_SECONDS)
        assert isinstance(made, WatchedStream)
        return made

    def close_unused(self) -> None:
        """Close connections that rest and can no longer be reused."""
        for one in [one for one in self._open if one.is_resting and not one.is_reusable()]:
            one.close_at_once()

    def close_all(self) -> None:
        """Close every connection."""
        for one in tuple(self._open):
            one.close_at_once()

    def _make(self) -> WatchedStream:
        return WatchedStream(keep_alive=self._keep_alive, among=self._open)

    def _make_room(self) -> None:
        """Close the connection that has rested longest, if as many rest, or are open, as may be."""
        resting = [one for one in self._open if one.is_resting]
        if resting and (len(resting) >= MAX_RESTING or len(self._open) >= self._connections):
            min(resting, key=lambda one: one.rested).close_at_once()
