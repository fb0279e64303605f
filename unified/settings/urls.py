"""URLs in settings: how they are read and shown, and whether they name this machine."""

import difflib
import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}")
"""RFC 3986, 3.1."""
_DATABASE_NUMBER = re.compile(r"(/[0-9]{0,5})?")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


def read_web_url(raw: str) -> str:
    """Parse an http or https address without user name, query and fragment."""
    try:
        parts = urlsplit(raw)
    except ValueError:
        raise ValueError("expected an http or https URL, got one that cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without user name and password")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"expected an http or https URL without query and fragment, got '{raw}'")
    return raw.rstrip("/")


def read_service_url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of URLs that may hold a password: its messages never repeat the text."""

    def read(raw: str) -> str:
        scheme, mark, _ = raw.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            came = _scheme_shown(scheme, mark) + (_nearest(scheme.partition("+")[0], schemes) if mark else "")
            raise ValueError(f"expected a URL that starts with {' or '.join(schemes)}, got {came}")
        return raw

    return read


def _nearest(scheme: str, schemes: Iterable[str]) -> str:
    close = difflib.get_close_matches(scheme, schemes, n=1)
    return f" (did you mean '{close[0]}://'?)" if close else ""


def _scheme_shown(scheme: str, mark: str) -> str:
    """Say what came before `://`; a text that is not a scheme may be a secret, such as the content of another file."""
    if not mark:
        return "a text without '://'"
    return f"'{scheme}://'" if _SCHEME.fullmatch(scheme) else "a text without a scheme before '://'"


def read_redis_url(raw: str) -> str:
    """Parse the URL of a Redis; messages never repeat the text, because it may hold a password."""
    read_service_url("redis", "rediss")(raw)
    came = _wrong_part(raw)
    if came is not None:
        raise ValueError(f"expected redis://host:port/number, with the number of a database, got {came}")
    return raw


def _wrong_part(raw: str) -> str | None:
    try:
        parts = urlsplit(raw)
    except ValueError:
        return "a URL that cannot be read"
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        return "a port that is not a number from 1 to 65535"
    return None if _DATABASE_NUMBER.fullmatch(parts.path) else "another path"


def read_origins(raw: str) -> tuple[str, ...]:
    """Parse origins separated by commas, as browsers send them (RFC 6454, 6.1)."""
    origins = tuple(one.strip() for one in raw.split(","))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"expected origins such as https://chat.example, separated by commas, got '{origin}'")
    return origins


def without_password(url: str) -> str:
    """Return a service's URL as it may be printed."""
    return re.sub(r"://([^:/?#]*):.*@", r"://\1:…@", url.partition("?")[0])


def is_loopback(url: str) -> bool:
    """Return whether a URL's text names this machine: 127.0.0.0/8, ::1 or `localhost`; False for text that is not a URL."""
    try:
        return is_loopback_host(urlsplit(url).hostname)
    except ValueError:  # such as an unfinished IPv6 address
        return False


def is_loopback_host(host: str | None) -> bool:
    """Return whether a URL's host names this machine; IPv6 with or without brackets."""
    if host == "localhost":
        return True
    try:
        return ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def host_in_url(host: str) -> str:
    """Return a host as URLs write it: IPv6 in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host
