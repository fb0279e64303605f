"""The guard at the connection: it resolves a name once, checks every address, and connects only to a checked one."""

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

DNS_TIMEOUT_SECONDS = 5.0
"""How long the resolution of one name may take."""
MAX_ADDRESSES = 4
"""How many addresses of a name are tried, one after another."""
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Resolves host and port to addresses; raises OSError when the name has none."""
log = structlog.get_logger("unified.transport")


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by this machine's resolver, in the order in which to try them (RFC 6724)."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


class Guard(httpcore2.AsyncNetworkBackend):
    """Sits between the connection pool and the network, and chooses the address.

    TLS still names and verifies the URL's host, which the pool takes from the URL.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        resolve: Resolve = resolve,
        network: httpcore2.AsyncNetworkBackend | None = None,
        dns_limit: float = DNS_TIMEOUT_SECONDS,
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
        """Connect to a checked address of the host.

        Raises:
            DestinationRefused: One of its addresses, or the port, is not allowed.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: The host has no address, or none of them answers.
        """
        addresses = await self._allowed_addresses(host, port)
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
        """Refuse: no provider is a socket on this machine."""
        raise DestinationRefused("the call was not sent: it would go to a file of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait between the pool's attempts."""
        await asyncio.sleep(seconds)

    async def _allowed_addresses(self, host: str, port: int) -> list[IPAddress]:
        """Return the addresses to try; a single address that is not allowed refuses the whole name."""
        addresses = await self._addresses(host, port)
        for address in addresses:
            reason = classify_address(address, self._egress) or self._port_problem(address, port)
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
            raise httpcore2.ConnectTimeout("the host's address was not found in time") from None
        except (OSError, ValueError):  # ValueError: not an address, or a label that cannot be encoded (UnicodeError)
            raise httpcore2.ConnectError("the host's address was not found") from None
        if not addresses:
            raise httpcore2.ConnectError("the host has no address")
        return addresses

    def _port_problem(self, address: IPAddress, port: int) -> str | None:
        if self._egress.listening is not None and is_own(address, port, *self._egress.listening):
            return "this service"
        return None if port in self._egress.ports or is_loopback(address) else "port"


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that closes when its handshake is cancelled: the pool does not know it yet, and would leave it open."""

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
    """Return whether address and port are those of a listening service; one on all addresses has every local one."""
    if port != listening:
        return False
    try:
        own = ip_address(host)
    except ValueError:
        return _is_local(address)  # a name: any of this machine's addresses
    return _is_local(address) if own.is_unspecified else address == own


def _is_local(address: IPAddress) -> bool:
    """Return whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
