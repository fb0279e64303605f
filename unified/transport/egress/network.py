"""The network of every outbound call: pooled connections to checked addresses, without cookies, redirects or proxies."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from unified.transport.egress.backend import Guard
from unified.transport.egress.trust import MakeContext, contexts
from unified.transport.http1.certificates import Certificate
from unified.transport.http1.channel import Channel
from unified.transport.http1.failures import ConnectError, ConnectTimeout
from unified.transport.http1.pool import KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, Pool
from unified.transport.http1.urls import Origin

CONNECT_TIMEOUT_SECONDS = 10.0
"""How long a connection may take, TLS included."""
P = TypeVar("P", bound=asyncio.Protocol)
Dial = Callable[[Origin, Callable[[], Any], ssl.SSLContext | None, str, float | None], Awaitable[Any]]
"""Connects to an address; see `dial`."""


async def dial(origin: Origin, make: Callable[[], P], tls: ssl.SSLContext | None, address: str, limit: float | None) -> P:
    """Connect to an address of an origin within so many seconds; TLS names the origin's host, and its certificate must too.

    Raises:
        ConnectError, ConnectTimeout: There is no connection.
    """
    loop = asyncio.get_running_loop()
    name = None if tls is None else origin.host
    try:
        async with asyncio.timeout(limit):
            _, connected = await loop.create_connection(make, address, origin.port, ssl=tls, server_hostname=name)
    except TimeoutError:
        raise ConnectTimeout("the host did not answer in time") from None
    except OSError as problem:  # errors of TLS and certificates included
        raise ConnectError(type(problem).__name__) from None
    return connected


def open_network(
    guard: Guard,
    *,
    connections: int,
    tls: MakeContext | None = None,
    dial: Dial = dial,
    keep_alive: float = KEEP_ALIVE_SECONDS,
    lifetime: float = LIFETIME_SECONDS,
) -> Pool:
    """Return a pool whose connections all go to an address that the guard has checked.

    `tls` makes a context that trusts the right certificates; by default, those of the machine.
    """
    context_of = contexts(tls)

    async def connect(origin: Origin, certificate: Certificate | None, make: Callable[[], Channel]) -> Channel:
        secured = await context_of(certificate) if origin.secure else None
        return await guard.connect(origin.host, origin.port, partial(dial, origin, make, secured), CONNECT_TIMEOUT_SECONDS)

    return Pool(connect, connections=connections, keep_alive=keep_alive, lifetime=lifetime)
