"""Where a person may be led back to after signing in: a page of ours that stands here, and nothing that an address says."""

import re
from urllib.parse import urlencode

_ID = r"[a-z]{2,5}_[0-9A-Za-z]{1,40}"
_PLACES = re.compile(
    rf"(?:/ui)?/approvals/{_ID}|/ui/(?:accounts|mcp|approvals|coverage|audit)|/ui/mcp/{_ID}|/ui/accounts/{_ID}/resources"
    r"|/ui/coverage/[a-z0-9_-]{1,40}/[a-z_.]{1,60}"
)
FIELD = "next"
BACK_COOKIE = "__Host-unified-back"
"""Set by the accounts page before it sends an operator to a connect link."""
COOKIE_SECONDS = 3600
"""How long the cookies of the connect pages last."""


def place_of(text: str) -> str | None:
    """The text when it is the path of such a page, without host and query; None for every other."""
    return text if _PLACES.fullmatch(text) else None


def sign_in_address(path: str | None = None, *, after: str = "") -> str:
    """The sign-in page that leads back to a path."""
    place = place_of(path) if path else None
    told = ({"after": after} if after else {}) | ({FIELD: place} if place else {})
    return f"/ui/sign-in?{urlencode(told)}" if told else "/ui/sign-in"
