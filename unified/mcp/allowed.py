"""Which hosts and origins the endpoint answers to, so that no page of another site can reach it through a browser.

A page that makes its own name point to this machine (DNS rebinding) still sends that name as Host, and its origin.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from unified.errors import HostRefused, MalformedRequest, OriginRefused
from unified.settings import Settings

Headers = Iterable[tuple[bytes, bytes]]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """Hosts with port and origins; one that ends in `:*` stands for every port."""

    hosts: tuple[str, ...]
    origins: tuple[str, ...]


def allowed_by(settings: Settings) -> Allowed:
    """The public address and the origins of UNIFIED_ALLOWED_ORIGINS; without a public address, this machine's own names."""
    return _allowed(settings.public_url, settings.allowed_origins)


@lru_cache(maxsize=16)
def _allowed(public_url: str | None, more: tuple[str, ...]) -> Allowed:
    if public_url is None:
        hosts = tuple(name + port for name in LOOPBACK for port in ("", ":*"))
        origins = tuple(f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts)
        return Allowed(hosts=hosts, origins=(*origins, *more))
    parts = urlsplit(public_url.lower())
    port = _DEFAULT_PORTS.get(parts.scheme, "")
    host = parts.netloc.removesuffix(port)
    return Allowed(hosts=(host, f"{host}{port}"), origins=(f"{parts.scheme}://{host}", *more))


def require_allowed(allowed: Allowed, headers: Headers) -> None:
    """Raise unless the request came under a name of ours and, where a browser says so, from a page that may call.

    MalformedRequest for what is no host at all (RFC 9112, 3.2), HostRefused (421), OriginRefused (403).
    """
    hosts, origins = _values(headers, b"host"), _values(headers, b"origin")
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0].lower()):
        raise MalformedRequest("Host: expected one name or address, with or without a port")
    if not _is_among(hosts[0].lower(), allowed.hosts):
        raise HostRefused("Host: this is not a name of this service; operators set it as UNIFIED_PUBLIC_URL")
    if any(not _is_among(one, allowed.origins) for one in origins) or len(origins) > 1:
        raise OriginRefused("Origin: pages of this origin may not call; operators list origins in UNIFIED_ALLOWED_ORIGINS")


def origin_of(allowed: Allowed, headers: Headers) -> str | None:
    """The origin of a page that may call, or None."""
    origins = _values(headers, b"origin")
    return origins[0] if len(origins) == 1 and _is_among(origins[0], allowed.origins) else None


def _values(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]


def _is_among(value: str, allowed: tuple[str, ...]) -> bool:
    base, _, port = value.rpartition(":")
    return value in allowed or (port.isdecimal() and f"{base}:*" in allowed)
