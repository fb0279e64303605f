"""Where two JSON values differ: every place, with both values uncut."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import msgspec

ABSENT: Final = object()
"""A value that is not there."""
ANY_TEXT: Final = "…"
"""Matches any text within an expected text."""
Place = tuple[str | int, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place at which a value is not the expected one."""

    place: Place
    expected: Any
    came: Any

    def __str__(self) -> str:
        return f"at {shown_place(self.place)}: expected {_shown(self.expected)}, got {_shown(self.came)}"


def differences(expected: Any, came: Any, place: Place = (), *, named: int = 0) -> Iterator[Difference]:
    """Yield every place at which a value is not the expected one, in the order of what is expected.

    Args:
        expected: JSON; in a text, `…` matches any text.
        came: JSON.
        place: Where both values are.
        named: For how many levels of objects only the keys that are expected are compared; lists do not count as levels.
    """
    if isinstance(expected, dict) and isinstance(came, dict):
        more = () if named else tuple(name for name in came if name not in expected)
        for name in (*expected, *more):
            found = expected.get(name, ABSENT), came.get(name, ABSENT)
            yield from differences(*found, (*place, name), named=max(named - 1, 0))
    elif isinstance(expected, list) and isinstance(came, list):
        for index, pair in enumerate(zip_longest(expected, came, fillvalue=ABSENT)):
            yield from differences(*pair, (*place, index), named=named)
    elif not _is_expected(expected, came):
        yield Difference(place=place, expected=expected, came=came)


def _is_expected(expected: Any, came: Any) -> bool:
    if isinstance(expected, str) and isinstance(came, str) and ANY_TEXT in expected:
        pattern = ".*".join(re.escape(part) for part in expected.split(ANY_TEXT))
        return re.fullmatch(pattern, came, re.DOTALL) is not None
    return type(expected) is type(came) and expected == came


def shown_place(place: Place) -> str:
    """Return a place as `/a/0/b`, or without the first stroke below a named part: `body/a`."""
    return "/".join(str(step) for step in place) or "/"


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else msgspec.json.encode(value).decode()
