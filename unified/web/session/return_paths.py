"""The pages to which a person may return after signing in: only those listed here, whatever the address says."""

import re
from urllib.parse import urlencode

from unified.web.session.layout import HOME, TABS

_ID = r"[a-z]{2,5}_[0-9A-Za-z]{1,40}"
_TABS = "|".join(re.escape(tab.address) for tab in TABS if tab.address.startswith(HOME))
_RETURN_PATHS = re.compile(
    rf"{_TABS}|(?:/ui)?/approvals/{_ID}|/ui/(?:mcp|webhooks)/{_ID}|/ui/mcp/{_ID}/(?:limits|usage)|/ui/accounts/{_ID}/resources"
    r"|/ui/coverage/[a-z0-9_-]{1,40}/[a-z_.]{1,60}"
    rf"|/ui/(?:keys|links|mcp|webhooks)/new|/ui/(?:approvals|webhooks)/{_ID}/edit|/ui/oauth-apps/[a-z0-9_-]{{1,40}}"
)
_QUERY = re.compile(r"(?:[A-Za-z0-9_.~*+,:;=&-]|%[0-9A-Fa-f]{2}){1,1000}")
"""A query as forms and links of the pages write it (RFC 3986, 3.4), without `/` and `?`."""
FIELD = "next"
BACK_COOKIE = "__Host-unified-back"
"""Set by the accounts page before it sends an operator to a connect link."""
COOKIE_SECONDS = 3600
"""Lifetime of the cookies of the connect pages."""


def safe_return_path(text: str) -> str | None:
    """Return the text if it is the path of a listed page, perhaps with a query but without a host; otherwise None."""
    path, mark, query = text.partition("?")
    is_safe = _RETURN_PATHS.fullmatch(path) and (not mark or _QUERY.fullmatch(query))
    return text if is_safe else None


def page_of_form(path: str) -> str | None:
    """Return the page with the form that is sent to a path: at the path itself, or else the nearest one above it."""
    while path and safe_return_path(path) is None:
        path = path.rpartition("/")[0]
    return path or None


def sign_in_address(path: str | None = None, *, after: str = "") -> str:
    """Return the address of the sign-in page; signing in there leads back to `path` if that is allowed."""
    return_path = safe_return_path(path) if path else None
    query = ({"after": after} if after else {}) | ({FIELD: return_path} if return_path else {})
    return f"/ui/sign-in?{urlencode(query)}" if query else "/ui/sign-in"
