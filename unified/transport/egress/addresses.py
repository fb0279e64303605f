"""Addresses that requests may reach: our own table of networks, so that no release of Python changes the result."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import msgspec

from unified.settings.egress_proxy import proxy_place
from unified.settings.networks import PRIVATE_NETWORKS, IPNetwork
from unified.settings.settings import Settings

IPAddress = IPv4Address | IPv6Address


class Egress(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses that an operator allows for calls to providers, OAuth endpoints and webhook receivers."""

    ports: tuple[int, ...] = (443,)
    networks: tuple[IPNetwork, ...] = ()
    """Private networks that may be reached nevertheless."""
    allow_loopback: bool = False
    """Whether this machine may be reached, at any port and also by http."""
    listening: tuple[str, int] | None = None
    """Address and port of this service, which are never reached; port 0 means unknown."""
    proxy: tuple[str, int] | None = None
    """Host and port of the proxy through which calls go, which is never reached as a destination."""


NAMED: tuple[tuple[IPNetwork, str], ...] = tuple(
    (ip_network(address), "cloud platform")
    for address in (
        "169.254.169.254",  # instance metadata of most clouds
        "169.254.170.2",  # container credentials of AWS
        "100.100.100.200",  # Alibaba Cloud
        "192.0.0.192",  # Oracle Cloud
        "168.63.129.16",  # Azure; public by number
        "fd00:ec2::254",  # AWS
    )
)
"""Addresses at which a cloud hands out credentials; no setting opens them."""
PRIVATE: tuple[tuple[IPNetwork, str], ...] = tuple((network, "private") for network in PRIVATE_NETWORKS)
"""Networks whose parts `UNIFIED_EGRESS_NETWORKS` can open."""
CLOSED: tuple[tuple[IPNetwork, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this host"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "embedded IPv4"),  # IPv4-compatible
        ("::ffff:0:0/96", "embedded IPv4"),  # IPv4-mapped
        ("::ffff:0:0:0/96", "embedded IPv4"),  # IPv4-translated
        ("64:ff9b::/96", "embedded IPv4"),  # NAT64
        ("64:ff9b:1::/48", "embedded IPv4"),  # NAT64 of local use
        ("2002::/16", "embedded IPv4"),  # 6to4
        ("2001::/32", "embedded IPv4"),  # Teredo
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("3ffe::/16", "reserved"),  # returned by the 6bone, RFC 3701
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("::/3", "not global"),  # only 2000::/3 is global unicast; covers 5f00::/16, 100::/64 and unassigned space
        ("4000::/2", "not global"),
        ("8000::/1", "not global"),
    )
)
"""Networks that are never reached, narrower ones first: IANA's special-purpose registries, and all that embed IPv4."""
_TABLE = (*NAMED, *PRIVATE, *CLOSED)
_TABLES = {version: tuple(row for row in _TABLE if row[0].version == version) for version in (4, 6)}
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The upper half of an interface identifier that embeds IPv4, in any network (RFC 5214, 6.1)."""


def classify_address(address: IPAddress, egress: Egress) -> str | None:
    """Return why no connection may go to this address, in a word or two; None when it is allowed."""
    reason = _reason(address)
    if reason == "loopback" and egress.allow_loopback:
        return None
    if reason == "private" and any(address in network for network in egress.networks):
        return None
    return reason


def is_loopback(address: IPAddress) -> bool:
    """Return whether the address is this machine's loopback, by the table."""
    return _reason(address) == "loopback"


def _reason(address: IPAddress) -> str | None:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "zone"
    for network, reason in _TABLES[address.version]:
        if address in network:
            return reason
    embeds = isinstance(address, IPv6Address) and int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    return "embedded IPv4" if embeds else None


def egress_of(settings: Settings) -> Egress:
    """Return the egress policy of these settings."""
    return Egress(
        ports=settings.egress_ports,
        networks=settings.egress_networks,
        allow_loopback=settings.allow_loopback,
        listening=(settings.host, settings.port),
        proxy=proxy_place(settings.egress_proxy) if settings.egress_proxy else None,
    )
