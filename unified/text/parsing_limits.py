"""Page sizes that callers give as text: read here for every list, so that all of them refuse and reduce alike."""

import msgspec

_MOST_DIGITS = 9
"""Digits that are read of a number; more of them are over every maximum."""


class PageLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many records or rows a page has."""

    size: int
    is_reduced: bool = False
    """Whether more were asked for than a page can have."""


def page_limit(text: str, maximum: int) -> PageLimit | None:
    """Return the size of a page that a caller asks for, at most the maximum; None for anything but a whole number from 1."""
    digits = text.lstrip("0")
    if not text.isascii() or not text.isdigit() or not digits:
        return None
    asked = int(digits[: _MOST_DIGITS + 1])
    return PageLimit(size=min(asked, maximum), is_reduced=asked > maximum)


def expected_limit(maximum: int) -> str:
    """Return what the refusal of a page size says."""
    return f"expected a whole number from 1 to {maximum}"


def reduced_limit(maximum: int) -> str:
    """Return the warning about a page size over the maximum."""
    return f"limit: a page has at most {maximum}, so this one was not made longer; `next_cursor` leads to the rest"


LIMIT_REDUCED = "limit_reduced"
"""The code of that warning."""
