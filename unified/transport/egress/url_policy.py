"""The URL policy before anything is connected: one possible reading only, a real host name, an allowed scheme and port.

It is a pure check of text, for calls to providers, OAuth endpoints and webhook receivers. It accepts so few forms of a
host that no two URL parsers can disagree about it. Whether the name leads to an allowed address is checked at the
connection, by `unified.transport.egress.backend`.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from unicodedata import category, normalize

from unified.errors.providers import DestinationRefused
from unified.errors.requests import ValidationFailed
from unified.transport.egress.addresses import Egress, IPAddress, classify_address, is_loopback
from unified.transport.http1.urls import CONTROL, DEFAULT_PORTS

MAX_HOST_CHARACTERS = 253
"""The longest host name (RFC 1035, 2.3.4)."""
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes some parsers read a host as a number (WHATWG URL, "ends in a number")."""
METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"})
INNER_SUFFIXES = (".internal", ".local", ".localdomain", ".svc", ".home.arpa")
"""Endings of names that are never public; accepted only when private networks are opened."""
LOOPBACK_HINT = "; this machine needs UNIFIED_ALLOW_LOOPBACK=true"


def check_target(url: str, egress: Egress) -> None:
    """Check that a URL may be called.

    Raises:
        DestinationRefused: It may not; the message says which rule it breaks and shows nothing of the URL.
    """
    problem = target_problem(url, egress)
    if problem is not None:
        raise DestinationRefused(f"the call was not sent: {problem}")


def check_given_target(url: str, egress: Egress, pointer: str) -> None:
    """Check a URL that a caller sends, such as a webhook's, in the same way.

    Raises:
        ValidationFailed: At the pointer, when the URL may not be called.
    """
    problem = target_problem(url, egress)
    if problem is not None:
        raise ValidationFailed.at(pointer, problem)


def target_problem(url: str, egress: Egress) -> str | None:
    """Return what is wrong with a URL as a destination; None when nothing is."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return "expected a URL that starts with https:// and a host"
    if CONTROL.search(url):
        return "expected a URL without control characters"
    if "@" in parts["authority"]:
        return "expected a URL without user name and password"
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        return "expected a host of letters, digits, dots and hyphens, with a port of digits at most"
    scheme, host = parts["scheme"].lower(), authority["host"].lower()
    address = _literal(host)
    problem = _name_problem(host, egress) if address is None else _address_problem(address, egress)
    here = _is_here(host, address) and egress.allow_loopback
    problem = problem or _port_problem(scheme, authority["port"], egress, here=here)
    return problem or _proxy_problem(host.strip("[]"), int(authority["port"] or DEFAULT_PORTS[scheme]), egress)


def _literal(host: str) -> IPAddress | None:
    try:
        return IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except AddressValueError:
        return None


def _address_problem(address: IPAddress, egress: Egress) -> str | None:
    if classify_address(address, egress) is None:
        return None
    return "expected a public address" + (LOOPBACK_HINT if is_loopback(address) else "")


def _name_problem(host: str, egress: Egress) -> str | None:
    labels = host.split(".")
    if host.startswith("[") or _NUMBER.fullmatch(labels[-1]):
        return "expected a host name, or an address in its usual form"
    if len(host) > MAX_HOST_CHARACTERS or not all(map(_is_label, labels)):
        labels_rule = "expected a host name of labels with 1 to 63 letters, digits and inner hyphens"
        return f"{labels_rule}, {MAX_HOST_CHARACTERS} characters at most"
    if _is_here(host, None):
        return None if egress.allow_loopback else "expected a public host name" + LOOPBACK_HINT
    if len(labels) == 1 or host in METADATA_NAMES or (host.endswith(INNER_SUFFIXES) and not egress.networks):
        return "expected a public host name, got one of an inner network"
    return None


def _is_label(label: str) -> bool:
    """Return whether it is a DNS label; one that starts with `xn--` must decode to letters that have no other spelling.

    RFC 5891, 5.4 demands more; what matters here is that no parser reads dots, slashes or digits of an address in it.
    """
    if _LABEL.fullmatch(label) is None:
        return False
    if not label.startswith("xn--"):
        return True
    try:
        text = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return text == normalize("NFKC", text) and all(one == "-" or category(one)[0] in "LMN" for one in text)


def _is_here(host: str, address: IPAddress | None) -> bool:
    return host == "localhost" or host.endswith(".localhost") or (address is not None and is_loopback(address))


def _proxy_problem(host: str, port: int, egress: Egress) -> str | None:
    return "expected another host than the proxy through which calls go" if (host, port) == egress.proxy else None


def _port_problem(scheme: str, port: str | None, egress: Egress, *, here: bool) -> str | None:
    """Return what is wrong with scheme or port; `here` is an allowed loopback, at any port."""
    if scheme != "https" and not (scheme == "http" and here):
        return "expected https" + ("" if egress.allow_loopback else LOOPBACK_HINT)
    number = int(port) if port else DEFAULT_PORTS[scheme]
    if here:
        return None if 0 < number < 65_536 else "expected a port from 1 to 65535"  # noqa: PLR2004 - RFC 9293, 3.1
    if number in egress.ports:
        return None
    return f"expected one of the ports {', '.join(map(str, egress.ports))} (UNIFIED_EGRESS_PORTS)"
