"""The network of every outbound call: pooled connections to checked addresses, without cookies, redirects or proxies."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import cache, partial

from unified.transport.egress.backend import Guard
from unified.transport.http1.certificates import Certificate, load_certificate
from unified.transport.http1.channel import Channel
from unified.transport.http1.failures import ConnectError, ConnectTimeout
from unified.transport.http1.pool import KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, Pool
from unified.transport.http1.urls import Origin

CONNECT_TIMEOUT_SECONDS = 10.0
"""How long a connection may take, TLS included."""
Dial = Callable[[Origin, Callable[[], Channel], ssl.SSLContext | None, str, float | None], Awaitable[Channel]]
"""Connects to an address; see `dial`."""


async def dial(
    origin: Origin, make: Callable[[], Channel], tls: ssl.SSLContext | None, address: str, limit: float | None
) -> Channel:
    """Connect to an address of an origin within so many seconds; TLS names the origin's host, and its certificate must too.

    Raises:
        ConnectError, ConnectTimeout: There is no connection.
    """
    loop = asyncio.get_running_loop()
    name = None if tls is None else origin.host
    try:
        async with asyncio.timeout(limit):
            _, channel = await loop.create_connection(make, address, origin.port, ssl=tls, server_hostname=name)
    except TimeoutError:
        raise ConnectTimeout("the host did not answer in time") from None
    except OSError as problem:  # errors of TLS and certificates included
        raise ConnectError(type(problem).__name__) from None
    return channel


def open_network(
    guard: Guard,
    *,
    connections: int,
    tls: Callable[[], ssl.SSLContext] | None = None,
    dial: Dial = dial,
    keep_alive: float = KEEP_ALIVE_SECONDS,
    lifetime: float = LIFETIME_SECONDS,
) -> Pool:
    """Return a pool of which every connection goes to an address that the guard has checked.

    `tls` makes a context that trusts the right certificates; by default, those of the machine.
    """

    def context() -> ssl.SSLContext:
        made = (tls or _machine_certificates)()
        made.set_alpn_protocols(["http/1.1"])
        return made

    shared = cache(context)

    def identified(certificate: Certificate) -> ssl.SSLContext:
        made = context()
        load_certificate(made, certificate)
        return made

    async def connect(origin: Origin, certificate: Certificate | None, make: Callable[[], Channel]) -> Channel:
        secured = shared() if origin.secure else None
        if origin.secure and certificate is not None:  # a context of its own, so that no key outlives its connection
            secured = await asyncio.to_thread(identified, certificate)
        return await guard.connect(origin.host, origin.port, partial(dial, origin, make, secured), CONNECT_TIMEOUT_SECONDS)

    return Pool(connect, connections=connections, keep_alive=keep_alive, lifetime=lifetime)


def _machine_certificates() -> ssl.SSLContext:
    """Return a context that trusts the certificates of the machine, whatever SSL_CERT_FILE says."""
    import httpx2  # noqa: PLC0415 - 60 ms and 5 MiB for this function: loaded with the first connection that needs TLS

    return httpx2.create_ssl_context(trust_env=False)
