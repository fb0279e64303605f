"""The guard at the connection: a name is resolved once, every address judged, and only a judged address connected to."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any, NoReturn

import httpcore2
import structlog

from unified.errors import DestinationRefused
from unified.transport.egress.addresses import Egress, IPAddress, classify_address, is_loopback

DNS_LIMIT = 5.0
"""Seconds for one name."""
MAX_TRIED = 4
"""Addresses of a name that are tried, one after another."""
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses; raises OSError when the name has none."""
log = structlog.get_logger("unified.transport")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by this machine's resolver, in the order in which to try them (RFC 6724)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard(httpcore2.AsyncNetworkBackend):
    """Stands between the pool and the network.

    TLS goes on naming and checking the URL's host: the pool takes both from the URL, the guard only chooses the address.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        resolve: Resolve = resolve,
        network: httpcore2.AsyncNetworkBackend | None = None,
        dns_limit: float = DNS_LIMIT,
    ) -> None:
        self._egress = egress
        self._resolve = resolve
        self._network = network or httpcore2.AnyIOBackend()
        self._dns_limit = dns_limit

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's protocol
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a judged address of the host.

        Raises:
            DestinationRefused: one of its addresses, or the port, is not for calls.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: it has no address, or none answers.
        """
        addresses = await self._judged(host, port)
        share = None if timeout is None else timeout / len(addresses)
        for position, address in enumerate(addresses, start=1):
            try:
                return _Stream(await self._network.connect_tcp(str(address), port, share, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if position == len(addresses):
                    raise
        raise AssertionError("unreachable: the last address returns or raises")

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - the pool's protocol, as the next two
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse: no provider is a file of this machine."""
        raise DestinationRefused("the call was not sent: it would go to a file of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait, between tries of the pool."""
        await asyncio.sleep(seconds)

    async def _judged(self, host: str, port: int) -> list[IPAddress]:
        """The addresses to try; one that may not be reached refuses the name with all its others."""
        addresses = await self._addresses(host, port)
        for address in addresses:
            reason = classify_address(address, self._egress) or self._port_problem(address, port)
            if reason is not None:
                log.warning("destination_refused", reason=reason)
                raise DestinationRefused("the call was not sent: its host leads to an address that calls may not reach")
        return addresses[:MAX_TRIED]

    async def _addresses(self, host: str, port: int) -> list[IPAddress]:
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(self._dns_limit):
                found = [ip_address(one) for one in await self._resolve(host, port)]
        except TimeoutError:
            raise httpcore2.ConnectTimeout("the host's address was not found in time") from None
        except (OSError, ValueError):  # ValueError: no address, or a label that cannot be asked for (UnicodeError)
            raise httpcore2.ConnectError("the host's address was not found") from None
        if not found:
            raise httpcore2.ConnectError("the host has no address")
        return found

    def _port_problem(self, address: IPAddress, port: int) -> str | None:
        if self._egress.listening is not None and is_own(address, port, *self._egress.listening):
            return "this service"
        return None if port in self._egress.ports or is_loopback(address) else "port"


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed when its handshake is given up: the pool does not hold it yet, and would leave it open."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the pool's protocol
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def is_own(address: IPAddress, port: int, host: str, listening: int) -> bool:
    """Whether address and port lead to what listens there; a service that listens on all addresses has every local one."""
    if port != listening:
        return False
    try:
        own = ip_address(host)
    except ValueError:
        return _is_local(address)  # a name: whichever of this machine's addresses it has
    return _is_local(address) if own.is_unspecified else address == own


def _is_local(address: IPAddress) -> bool:
    """Whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
