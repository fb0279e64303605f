"""The headers that every answer has, whichever route gives it."""

from collections.abc import Container, Iterable

from unified.errors.error import BUSY, USUAL_WAIT_SECONDS

SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""Sent unless the handler set its own: an answer is never a page that a browser would run, frame or guess."""
_SAFE = tuple(SAFE_HEADERS.items())
_APART = (b"cross-origin-opener-policy", b"same-origin")
"""Keeps pages of other sites from reaching the window of a page that they opened, or that opened them."""
OPENED_BY_OTHERS = ("/connect/", "/oauth/callback/")
"""Where a connect link leads: a tenant's page opens it in a window and sees when that is closed, and the page to which the
browser returns reports to its opener. One answer on the way that is kept apart, also a redirect, would end both for good."""
OPENED_FOR_DECISIONS = ("/ui/approvals", "/ui/sign-in")
"""Where the window of an approval leads that a tenant's page opened. These stay together with that page only on the way from
another page of this service: the first one, `/approvals/{id}`, decides for which pages, and keeps all others apart for good."""
_FROM_HERE = (b"sec-fetch-site", b"same-origin")
_COME_AGAIN = (b"retry-after", b"%d" % USUAL_WAIT_SECONDS)
"""For an answer that asks to come again and does not say when, such as a page."""


def missing_headers(
    status: int, path: str, names: Container[bytes], *, asked: Iterable[tuple[bytes, bytes]] = ()
) -> list[tuple[bytes, bytes]]:
    """Return the headers that an answer with this status and these names of headers lacks, at this path.

    Args:
        status: of the answer.
        path: of the request.
        names: of the headers that the handler set.
        asked: the headers of the request.
    """
    missing = [one for one in _SAFE if one[0] not in names]
    may_have_opener = path.startswith(OPENED_BY_OTHERS) or (path.startswith(OPENED_FOR_DECISIONS) and _FROM_HERE in asked)
    if _APART[0] not in names and not may_have_opener:
        missing.append(_APART)
    if status in BUSY and b"retry-after" not in names:
        missing.append(_COME_AGAIN)
    return missing
