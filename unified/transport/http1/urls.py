"""URLs as they are called: an origin to connect to, and a target that is written as it is.

Whether an origin may be called is decided by the URL policy and the guard; here a URL is only taken apart, in one way.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qs, quote_plus

import msgspec

from unified.transport.http1.failures import InvalidUrl

MAX_URL_CHARACTERS = 65_536
MAX_ORIGINS = 2_048
"""Origins that are remembered in parsed form; any other is parsed again."""
DEFAULT_PORTS = {"https": 443, "http": 80}
_URL = re.compile(r"([^/?#]*//[^/?#]*)(.*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_ORIGIN = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ENCODED_IN_PATH = re.compile(r"[^!$-;=@-_a-z|~]")
_ENCODED_IN_QUERY = re.compile(r"[^!$-;=?-~]")
"""Characters that are percent-encoded before sending, as browsers do it (WHATWG URL, 1.3); a percent sign stays as it is."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes."""

    text: str
    """The origin in one spelling only, with its port."""
    secure: bool
    host: str
    """A name, or an address without brackets."""
    port: int
    authority: str
    """The value of the header Host (RFC 9110, 7.2)."""


class Url(msgspec.Struct, frozen=True):
    """One URL to call."""

    origin: Origin
    target: str
    """Path and query, encoded."""

    def whole(self) -> str:
        """Return the URL as text, which may hold a secret or user data."""
        return f"{'https' if self.origin.secure else 'http'}://{self.origin.authority}{self.target}"

    def __repr__(self) -> str:
        """Return the origin only: path and query may hold a secret or user data."""
        return f"Url({self.origin.text!r})"


def split_url(text: str) -> Url:
    """Return the parts of a URL; a fragment is left out, because it is never sent.

    Raises:
        InvalidUrl: It has no origin of the usual form, control characters, or too many characters.
    """
    origin, rest = split_text(text)
    return Url(origin_of(origin), target_of(rest))


def split_text(text: str) -> tuple[str, str]:
    """Return the part of a URL before its path, and the rest; both are still to be checked."""
    found = _URL.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


@lru_cache(maxsize=MAX_ORIGINS)
def origin_of(text: str) -> Origin:
    """Return the parts of an origin, such as `https://api.example.com`.

    Raises:
        InvalidUrl: It is not a valid URL.
    """
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise InvalidUrl("expected an origin: scheme, host and port")
    scheme, host = found[1].lower(), found[2].lower()
    port = int(found[3] or DEFAULT_PORTS[scheme])
    authority = host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    whole = f"{scheme}://{host}:{port}"
    return Origin(text=whole, secure=scheme == "https", host=host.strip("[]"), port=port, authority=authority)


def target_of(rest: str) -> str:
    """Return path and query as they are sent.

    Raises:
        InvalidUrl: They have control characters, or too many characters.
    """
    if len(rest) > MAX_URL_CHARACTERS or CONTROL.search(rest):
        raise InvalidUrl("expected a path without control characters")
    path, mark, query = rest.partition("#")[0].partition("?")
    path = _ENCODED_IN_PATH.sub(_encode, without_dots(path)) or "/"
    return path + mark + _ENCODED_IN_QUERY.sub(_encode, query) if mark else path


def without_dots(path: str) -> str:
    """Return the path without its segments `.` and `..`, resolved as in RFC 3986, 5.2.4."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[max(len(kept) - 1, 1) :]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def with_query(url: Url, pairs: Iterable[tuple[str, str]]) -> Url:
    """Return the URL with these parameters; each replaces those of the same name, and equal names are sent together."""
    path, _, query = url.target.partition("?")
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    merged = parse_qs(query, keep_blank_values=True) | given if query else given
    encoded = [f"{_form(name)}={_form(value)}" for name, values in merged.items() for value in values]
    return Url(url.origin, f"{path}?{'&'.join(encoded)}")


def _form(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if _PLAIN.fullmatch(text.replace(",", "")):  # the usual list of names, which may be long
        return text.replace(",", "%2C")
    return quote_plus(text)


def _encode(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())
