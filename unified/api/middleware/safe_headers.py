"""The headers that every answer has, whichever route gives it."""

from collections.abc import Container

from unified.errors.error import BUSY, USUAL_WAIT_SECONDS

SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""Sent where the handler set nothing of its own: an answer is never a page that a browser would run, frame or guess."""
_SAFE = tuple(SAFE_HEADERS.items())
_APART = (b"cross-origin-opener-policy", b"same-origin")
"""No page of another site that opened one here, or was opened by it, can reach its window."""
OPENED_BY_OTHERS = ("/connect/", "/oauth/callback/")
"""Where a connect link leads: a tenant's page opens it in a window and sees when that is closed, and the page to which the
browser returns reports to its opener. One answer on the way that is kept apart, also a redirect, would end both for good."""
_COME_AGAIN = (b"retry-after", b"%d" % USUAL_WAIT_SECONDS)
"""For an answer that asks to come again and does not say when, such as a page."""


def missing_headers(status: int, path: str, names: Container[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the headers that an answer with this status and these names of headers lacks, at this path."""
    missing = [one for one in _SAFE if one[0] not in names]
    if not path.startswith(OPENED_BY_OTHERS):
        missing.append(_APART)
    if status in BUSY and b"retry-after" not in names:
        missing.append(_COME_AGAIN)
    return missing
