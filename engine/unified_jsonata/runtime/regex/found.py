"""One match of a regular expression, the same from each engine."""

from collections.abc import Callable

import msgspec

Span = tuple[int, int]
"""Where a text begins and ends; (-1, -1) for a group that took no part."""


class Match(msgspec.Struct, frozen=True):
    """The text that matched, where it begins and ends in characters, and what the groups captured (None: took no part)."""

    match: str
    start: int
    end: int
    groups: tuple[str | None, ...]


Find = Callable[[int], Match | None]
"""The first match at or behind a character."""
