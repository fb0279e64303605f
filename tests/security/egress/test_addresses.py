"""Addresses: what the table refuses, and that it refuses nothing beside it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.security.egress.rows import LITERALS, PUBLIC
from unified.settings.settings import Settings
from unified.transport.egress.addresses import CLOSED, NAMED, PRIVATE, Egress, classify_address, egress_of

NOBODY = Egress()

DENIED = [
    ip_network(network)
    for network in (
        # IANA IPv4 Special-Purpose Address Registry, with multicast and the former class E
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        # all IPv6 but global unicast, and in that: protocols, documentation, 6to4, the 6bone
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20",
    )
]  # fmt: skip
"""The same facts, written down a second time and shorter: the product's table must come to the same."""
JUST_OUTSIDE = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
    "192.0.1.0", "192.0.1.255", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    "2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]  # fmt: skip


def ids(rows: list) -> dict:
    return {"argvalues": [row[1] for row in rows], "ids": [row[0] for row in rows]}


@pytest.mark.parametrize("text", **ids(LITERALS))
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert classify_address(ip_address(text), NOBODY)


@pytest.mark.parametrize("text", **ids(PUBLIC))
def test_a_public_address_is_allowed(text: str) -> None:
    assert classify_address(ip_address(text), NOBODY) is None


@pytest.mark.parametrize("text", JUST_OUTSIDE)
def test_an_address_just_outside_of_a_refused_network_is_allowed(text: str) -> None:
    assert classify_address(ip_address(text), NOBODY) is None


REASONS = [
    ("127.0.0.1", "loopback"),
    ("::1", "loopback"),
    ("169.254.169.254", "cloud platform"),
    ("169.254.169.253", "link-local"),
    ("192.168.1.1", "private"),
    ("fd00:ec2::254", "cloud platform"),
    ("fd00:ec2::253", "private"),
    ("::ffff:8.8.8.8", "embedded IPv4"),
    ("2606:4700::5efe:808:808", "embedded IPv4"),
    ("fe80::1%eth0", "zone"),
    ("5f00::1", "not global"),
]


@pytest.mark.parametrize(("text", "reason"), REASONS)
def test_the_reason_is_that_of_the_narrowest_network(text: str, reason: str) -> None:
    assert classify_address(ip_address(text), NOBODY) == reason


@st.composite
def inside(draw: st.DrawFn) -> IPv4Address | IPv6Address:
    network = draw(st.sampled_from([row[0] for row in (*NAMED, *PRIVATE, *CLOSED)] + DENIED))
    first, last = int(network[0]), int(network[-1])
    number = draw(st.one_of(st.just(first), st.just(last), st.integers(first, last)))
    return IPv4Address(number) if network.version == 4 else IPv6Address(number)


@given(inside())
def test_every_address_of_a_refused_network_is_refused(address: IPv4Address | IPv6Address) -> None:
    assert classify_address(address, NOBODY)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(2**125, 2**126 - 1).map(IPv6Address)))
@example(IPv4Address("8.8.8.8"))
@example(IPv6Address("2606:4700::1111"))
def test_exactly_the_addresses_outside_of_the_refused_networks_are_allowed(address: IPv4Address | IPv6Address) -> None:
    isatap = address.version == 6 and (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE
    refused = isatap or any(address in network for network in DENIED if network.version == address.version)
    assert (classify_address(address, NOBODY) is not None) is refused


def test_only_loopback_is_opened_by_allowing_loopback() -> None:
    opened = [text for _, text in LITERALS if classify_address(ip_address(text), Egress(allow_loopback=True)) is None]
    assert opened == ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"]


def test_only_the_listed_part_of_a_private_network_is_opened() -> None:
    egress = Egress(networks=(ip_network("10.20.0.0/16"), ip_network("100.64.0.0/10"), ip_network("fd00::/8")))
    answers = {
        text: classify_address(ip_address(text), egress)
        for text in ("10.20.0.1", "10.21.0.1", "100.64.0.1", "fd00::1", "fc00::1")
    }
    assert answers == {"10.20.0.1": None, "10.21.0.1": "private", "100.64.0.1": None, "fd00::1": None, "fc00::1": "private"}


@pytest.mark.parametrize("text", ["100.100.100.200", "fd00:ec2::254", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
def test_no_network_opens_what_is_not_merely_private(text: str) -> None:
    egress = Egress(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    assert classify_address(ip_address("10.0.0.1"), egress) is None
    assert classify_address(ip_address(text), egress)


def test_the_settings_say_what_is_open(tmp_path) -> None:
    networks = (ip_network("10.20.0.0/16"),)
    settings = Settings(home=tmp_path, egress_ports=(443, 8443), egress_networks=networks, allow_loopback=True, port=8500)
    assert egress_of(settings) == Egress(
        ports=(443, 8443), networks=networks, allow_loopback=True, listening=("127.0.0.1", 8500)
    )
    assert egress_of(Settings(home=tmp_path)) == Egress(listening=("127.0.0.1", 8400))
