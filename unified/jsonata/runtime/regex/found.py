"""One match of a regular expression, the same from each engine."""

import msgspec


class Match(msgspec.Struct, frozen=True):
    """The text that matched, where it begins and ends in characters, and what the groups captured (None: took no part)."""

    match: str
    start: int
    end: int
    groups: tuple[str | None, ...]
