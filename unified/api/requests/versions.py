"""The versions of the API: the header that names one, and the headers that announce the end of a route.

docs/versioning.md states what may change within a version. There is one version so far, so nothing is translated yet.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import msgspec

from unified.errors.requests import UnknownVersion

VERSIONS = ("2026-11-29",)
"""Every version that is answered, oldest first."""
CURRENT = VERSIONS[-1]
HEADER = "Unified-Version"
_ANSWERED = (HEADER.lower().encode(), CURRENT.encode())


class Deprecated(msgspec.Struct, frozen=True, kw_only=True):
    """A route that will be removed."""

    since: datetime
    """From when on it is deprecated (RFC 9745)."""
    sunset: datetime
    """When it is removed, at the earliest (RFC 8594)."""
    link: str
    """The page that says what to use in its place."""


DEPRECATED: dict[tuple[str, str], Deprecated] = {}
"""Method and template of a route, such as `("GET", "/crm/contacts")`, and when it ends."""


def check_version(asked: list[str]) -> None:
    """Require that a request names a version that is known, or none; `asked` has the header's lines.

    Raises:
        UnknownVersion: it names another one; the message lists those that are known.
    """
    for one in asked:
        if one.strip() not in VERSIONS:
            shown = one.strip() if len(one) <= len(CURRENT) and one.isprintable() else "another text"
            raise UnknownVersion(
                f"{HEADER}: expected {' or '.join(VERSIONS)}, got {shown!r}; without the header the newest version answers"
            )


def version_headers(method: str, template_of: Callable[[], str]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer: the version that answered, and the end of a deprecated route."""
    headers = [_ANSWERED]
    ends = DEPRECATED.get((method, template_of())) if DEPRECATED else None
    if ends is not None:
        headers += [
            (b"deprecation", b"@%d" % int(ends.since.timestamp())),
            (b"sunset", format_datetime(ends.sunset.astimezone(UTC), usegmt=True).encode()),
            (b"link", f'<{ends.link}>; rel="deprecation"; type="text/html"'.encode()),
        ]
    return headers
