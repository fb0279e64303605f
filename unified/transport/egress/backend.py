"""The guard at the connection: it resolves a name once, checks every address, and connects only to a checked one."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import TypeVar

from unified.errors.providers import DestinationRefused
from unified.telemetry.loggers import get_logger
from unified.transport.egress.addresses import Egress, IPAddress, classify_address, is_loopback
from unified.transport.http1.failures import ConnectError, ConnectTimeout

DNS_TIMEOUT_SECONDS = 5.0
"""How long the resolution of one name may take."""
MAX_ADDRESSES = 4
"""How many addresses of a name are tried, one after another."""
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Resolves host and port to addresses; raises OSError when the name has none."""
T = TypeVar("T")
Reach = Callable[[str, float | None], Awaitable[T]]
"""Connects to an address within so many seconds."""
log = get_logger("unified.transport")


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by this machine's resolver, in the order in which to try them (RFC 6724)."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


class Guard:
    """Sits between the connection pool and the network, and chooses the address.

    TLS still names and verifies the URL's host.
    """

    def __init__(self, egress: Egress, *, resolve: Resolve = resolve, dns_limit: float = DNS_TIMEOUT_SECONDS) -> None:
        self._egress = egress
        self._resolve = resolve
        self._dns_limit = dns_limit

    async def connect(self, host: str, port: int, reach: Reach[T], limit: float | None) -> T:
        """Connect to a checked address of the host, each with its share of the seconds.

        Raises:
            DestinationRefused: One of its addresses, or the port, is not allowed.
            ConnectError, ConnectTimeout: The host has no address, or none of them answers.
        """
        addresses = await self.allowed_addresses(host, port)
        share = None if limit is None else limit / len(addresses)
        for position, address in enumerate(addresses, start=1):
            try:
                return await reach(str(address), share)
            except (ConnectError, ConnectTimeout):
                if position == len(addresses):
                    raise
        raise AssertionError("unreachable: the last address returns or raises")

    async def allowed_addresses(self, host: str, port: int) -> list[IPAddress]:
        """Return the addresses to try; a single address that is not allowed refuses the whole name.

        Raises:
            DestinationRefused: One of them, or the port, is not allowed.
            ConnectError, ConnectTimeout: The host has no address that this machine's resolver knows.
        """
        addresses = await self._addresses(host, port)
        proxies = await self._proxy_addresses(port)
        for address in addresses:
            reason = classify_address(address, self._egress) or self._port_problem(address, port)
            reason = reason or ("the proxy" if is_one_of(address, proxies) else None)
            if reason is not None:
                log.warning("destination_refused", reason=reason)
                raise DestinationRefused("the call was not sent: its host leads to an address that calls may not reach")
        return addresses[:MAX_ADDRESSES]

    async def _addresses(self, host: str, port: int) -> list[IPAddress]:
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(self._dns_limit):
                addresses = [ip_address(text) for text in await self._resolve(host, port)]
        except TimeoutError:
            raise ConnectTimeout("the host's address was not found in time") from None
        except (OSError, ValueError):  # ValueError: not an address, or a label that cannot be encoded (UnicodeError)
            raise ConnectError("the host's address was not found") from None
        if not addresses:
            raise ConnectError("the host has no address")
        return addresses

    async def _proxy_addresses(self, port: int) -> list[IPAddress]:
        """Return the addresses of the proxy, if it listens on this port."""
        if self._egress.proxy is None or self._egress.proxy[1] != port:
            return []
        try:
            return await self._addresses(*self._egress.proxy)
        except (ConnectError, ConnectTimeout):
            return []  # then it cannot be reached as a proxy either

    def _port_problem(self, address: IPAddress, port: int) -> str | None:
        if self._egress.listening is not None and is_own(address, port, *self._egress.listening):
            return "this service"
        return None if port in self._egress.ports or is_loopback(address) else "port"


def is_own(address: IPAddress, port: int, host: str, listening: int) -> bool:
    """Return whether address and port are those of a listening service; one on all addresses has every local one."""
    if port != listening:
        return False
    try:
        own = ip_address(host)
    except ValueError:
        return _is_local(address)  # a name: any of this machine's addresses
    return _is_local(address) if own.is_unspecified else address == own


def is_here(host: str) -> bool:
    """Return whether the text of a host names this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return is_loopback(ip_address(host))
    except ValueError:
        return False


def is_one_of(address: IPAddress, others: Sequence[IPAddress]) -> bool:
    """Return whether an address is one of others; those of this machine count as one, if its loopback is among the others."""
    return address in others or (any(map(is_loopback, others)) and _is_local(address))


def _is_local(address: IPAddress) -> bool:
    """Return whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
