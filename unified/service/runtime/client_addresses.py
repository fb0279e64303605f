"""The address by which failures of a client are counted: the peer's, or the one that a trusted proxy names.

`X-Forwarded-For` can be written by anybody, so it is believed only from `UNIFIED_TRUSTED_PROXIES`: each proxy adds the address
of its peer at the right, so the first address from the right that is not a trusted proxy's is the client's. Schemes and hosts
that a proxy names are never believed: UNIFIED_PUBLIC_URL says what clients use.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from unified.settings.networks import IPNetwork
from unified.telemetry.loggers import get_logger

log = get_logger("unified")
Address = IPv4Address | IPv6Address


class ClientAddresses:
    """Finds out from which address a request comes; warns once when a proxy seems to be there that no setting names."""

    def __init__(self, trusted: tuple[IPNetwork, ...] = ()) -> None:
        self._trusted = trusted
        self._has_warned = False

    def client(self, peer: str, forwarded: list[str]) -> str:
        """Return the address of the client.

        Args:
            peer: who connected.
            forwarded: the values of `X-Forwarded-For`, in the order in which they came; empty entries say nothing
                (RFC 9110, 5.6.1).
        """
        nearest = peer
        for hop in reversed([one for value in forwarded for one in value.split(",") if one.strip()]):
            if not self._is_trusted(nearest):
                break
            named = _read(hop)
            if named is None:  # what a proxy cannot say, such as `unknown`, leaves the proxy
                break
            nearest = str(named)
        return nearest

    def notice(self, peer: str, *, is_forwarded: bool) -> None:
        """Warn, once, if a peer that is not trusted names clients."""
        if is_forwarded and not self._has_warned and not self._is_trusted(peer):
            self._has_warned = True
            log.warning(
                "proxy_not_trusted",
                meaning="a request names its client in X-Forwarded-For, which is ignored: if a proxy of yours sent it, set "
                "UNIFIED_TRUSTED_PROXIES, or failures of all clients count as of one address",
            )

    def _is_trusted(self, host: str) -> bool:
        address = _read(host) if self._trusted else None
        return address is not None and any(address in network for network in self._trusted)


def _read(text: str) -> Address | None:
    """Parse an address, also with a port as some proxies write it; IPv4 in IPv6 becomes IPv4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
