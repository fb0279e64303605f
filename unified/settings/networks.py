"""Networks that calls may reach, and their ports; networks of the proxies in front of the service."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from unified.settings.parsing import read_whole

IPNetwork = IPv4Network | IPv6Network
PRIVATE_NETWORKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
"""Networks that an operator may open to calls, fully or in part: RFC 1918, RFC 6598, RFC 4193."""


def read_networks(raw: str) -> tuple[IPNetwork, ...]:
    """Parse private networks (CIDR) separated by commas; other networks are always open, or never."""
    try:
        networks = tuple(ip_network(one.strip()) for one in raw.split(","))
    except ValueError as error:
        raise ValueError(f"expected networks such as 10.20.0.0/16, separated by commas: {error}") from None
    for network in networks:
        if not any(_is_within(network, private) for private in PRIVATE_NETWORKS):
            raise ValueError(f"expected networks within {', '.join(map(str, PRIVATE_NETWORKS))}, got {network}")
    return networks


def read_proxies(raw: str) -> tuple[IPNetwork, ...]:
    """Parse addresses and networks of proxies, separated by commas; not a network of everybody."""
    try:
        networks = tuple(ip_network(one.strip()) for one in raw.split(","))
    except ValueError as error:
        raise ValueError(f"expected addresses or networks such as 127.0.0.1 or 10.0.0.0/24: {error}") from None
    for network in networks:
        if not network.prefixlen:
            raise ValueError(f"expected the addresses of your own proxies, got {network}, which believes everybody")
    return networks


def read_ports(raw: str) -> tuple[int, ...]:
    """Parse ports separated by commas."""
    return tuple(read_whole(1, 65535)(one.strip()) for one in raw.split(","))


def _is_within(network: IPNetwork, outer: IPNetwork) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(outer, IPv4Network) and network.subnet_of(outer)
    return isinstance(outer, IPv6Network) and network.subnet_of(outer)
