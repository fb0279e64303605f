"""The address to which a browser goes back, with the outcome in its query, which no other part of the address can pretend."""

import re
from urllib.parse import unquote_plus, urlencode

from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.service.public_urls import checked_return_url
from unified.settings.settings import Settings
from unified.store.tenants import TenantRow
from unified.telemetry.loggers import get_logger

RESERVED = ("account_id", "reason", "status")
"""Parameters that Unified adds: the account, or why there is none."""
_SEPARATOR = re.compile(r"[&;]")
"""Some parsers separate parameters at semicolons too."""
_ODD = re.compile(r"[^a-z0-9]+")
MAX_DECODINGS = 3
"""How often servers on the way may decode a name."""


log = get_logger("unified.connect")


def current_return_url(url: str | None, tenant: TenantRow | None, settings: Settings) -> str | None:
    """Return the address of a link if its origin is one of the tenant's now; it may have been removed since the link was made.

    Every redirect and every link to the address asks here first. None also if the link has no address.
    """
    if url is None or tenant is None:
        return None
    try:
        return checked_return_url(url, tuple(tenant.return_origins or ()), allow_loopback=settings.allow_loopback)
    except ValidationFailed:
        log.warning("return_origin_removed", tenant=tenant.id)
        return None


def is_left_out(url: str | None, current: str | None) -> bool:
    """Return whether a link names an address that `current_return_url` left out, so that the last page says why it stays."""
    return url is not None and current is None


def refuse_reserved(url: str) -> None:
    """Require that the query of a link's `return_url` has none of the parameters that Unified adds, however they are written.

    Raises:
        ValidationFailed: it has one; the text names it.
    """
    for part in _SEPARATOR.split(url.partition("?")[2]):
        name = _meant(part)
        if name in RESERVED:
            message = f"its query has `{name}`, which Unified adds itself; rename it. Added: {known_names(RESERVED)}"
            raise ValidationFailed.at("/return_url", message)


def return_address(url: str, **values: str) -> str:
    """Return the address with the values in its query, and without parameters of the same names that a link may have had."""
    address, _, query = url.partition("?")
    kept = "&".join(part for part in _SEPARATOR.split(query) if part and _meant(part) not in RESERVED)
    return f"{address}?{kept}{'&' if kept else ''}{urlencode(values)}"


def failure_address(url: str | None, reason: str) -> str | None:
    """Return where the browser goes after an attempt that connected nothing; None if the link names no address."""
    status = "denied" if reason in DENIALS else "failed"
    return None if url is None else return_address(url, status=status, reason=reason)


CANCELLED = "cancelled"
"""The reason of a person who left the page by its own link."""
DENIALS = frozenset({"access_denied", CANCELLED})
"""Reasons that are a person's own decision."""


def _meant(part: str) -> str:
    """Return the name that a lenient parser may read: decoded, `status[]` and ` Status.` as `status`."""
    name = part.partition("=")[0]
    for _ in range(MAX_DECODINGS):
        name = unquote_plus(name)
    return _ODD.sub("_", name.lower().partition("[")[0].strip()).strip("_")
