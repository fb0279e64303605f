"""The pages to which a person may return after signing in: only those listed here, whatever the address says."""

import re
from urllib.parse import urlencode

from unified.web.session.layout import HOME, TABS

_ID = r"[a-z]{2,5}_[0-9A-Za-z]{1,40}"
_TABS = "|".join(re.escape(tab.address) for tab in TABS if tab.address.startswith(HOME))
_RETURN_PATHS = re.compile(
    rf"{_TABS}|(?:/ui)?/approvals/{_ID}|/ui/(?:mcp|webhooks)/{_ID}|/ui/accounts/{_ID}/resources"
    r"|/ui/coverage/[a-z0-9_-]{1,40}/[a-z_.]{1,60}"
)
FIELD = "next"
BACK_COOKIE = "__Host-unified-back"
"""Set by the accounts page before it sends an operator to a connect link."""
COOKIE_SECONDS = 3600
"""Lifetime of the cookies of the connect pages."""


def safe_return_path(text: str) -> str | None:
    """Return the text if it is the path of a listed page, without host and query; otherwise None."""
    return text if _RETURN_PATHS.fullmatch(text) else None


def sign_in_address(path: str | None = None, *, after: str = "") -> str:
    """Return the address of the sign-in page; signing in there leads back to `path` if that is allowed."""
    return_path = safe_return_path(path) if path else None
    query = ({"after": after} if after else {}) | ({FIELD: return_path} if return_path else {})
    return f"/ui/sign-in?{urlencode(query)}" if query else "/ui/sign-in"
