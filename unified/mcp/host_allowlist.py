"""The hosts and origins that the endpoint answers, so that no page of another site can reach it through a browser.

A page that points its own name to this machine (DNS rebinding) still sends that name as Host, and its own origin.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from unified.errors.access import OriginRefused
from unified.errors.requests import HostRefused, MalformedRequest
from unified.settings.settings import Settings

Headers = Iterable[tuple[bytes, bytes]]
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class HostAllowlist(msgspec.Struct, frozen=True, kw_only=True):
    """Allowed hosts, with their ports, and allowed origins; `:*` at the end matches every port."""

    hosts: tuple[str, ...]
    origins: tuple[str, ...]


def host_allowlist(settings: Settings) -> HostAllowlist:
    """Return the public URL's host, or loopback names without one, and the origins of UNIFIED_ALLOWED_ORIGINS."""
    return _host_allowlist(settings.public_url, settings.allowed_origins)


@lru_cache(maxsize=16)
def _host_allowlist(public_url: str | None, more: tuple[str, ...]) -> HostAllowlist:
    if public_url is None:
        hosts = tuple(name + port for name in LOOPBACK for port in ("", ":*"))
        origins = tuple(f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts)
        return HostAllowlist(hosts=hosts, origins=(*origins, *more))
    parts = urlsplit(public_url.lower())
    port = _DEFAULT_PORTS.get(parts.scheme, "")
    host = parts.netloc.removesuffix(port)
    return HostAllowlist(hosts=(host, f"{host}{port}"), origins=(f"{parts.scheme}://{host}", *more))


def require_allowed(allowed: HostAllowlist, headers: Headers) -> None:
    """Check that the request has an allowed host and, if it has an origin, an allowed one.

    Raises:
        MalformedRequest: the Host header is missing, repeated or malformed (RFC 9112, 3.2).
        HostRefused: the host is not allowed (421).
        OriginRefused: the origin is not allowed (403).
    """
    hosts, origins = _values(headers, b"host"), _values(headers, b"origin")
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0].lower()):
        raise MalformedRequest("Host: expected one name or address, with or without a port")
    if not _is_among(hosts[0].lower(), allowed.hosts):
        raise HostRefused("Host: not a name of this service; operators set it with UNIFIED_PUBLIC_URL")
    if any(not _is_among(one, allowed.origins) for one in origins) or len(origins) > 1:
        raise OriginRefused(
            "Origin: pages of this origin are not allowed; operators allow origins with UNIFIED_ALLOWED_ORIGINS"
        )


def allowed_origin(allowed: HostAllowlist, headers: Headers) -> str | None:
    """Return the origin of the request if it is allowed, or None."""
    origins = _values(headers, b"origin")
    return origins[0] if len(origins) == 1 and _is_among(origins[0], allowed.origins) else None


def _values(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]


def _is_among(value: str, allowed: tuple[str, ...]) -> bool:
    base, _, port = value.rpartition(":")
    return value in allowed or (port.isdecimal() and f"{base}:*" in allowed)
