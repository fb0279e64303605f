"""The replacement text of $replace: $0 is the match, $1 a group, $$ a dollar.

How many digits belong to a number depends on how many groups there are: as many digits as that number has, one less when the
group would not exist. A group that does not exist is replaced by nothing.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec

Part = str | int
"""Text, or the number of a group; 0 is the whole match."""
NUMBER: Final = re.compile(r"[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*([+-]?[0-9]+)")
"""The part that JavaScript's parseInt takes from the beginning of a text."""
CACHE_SIZE: Final = 1_000
"""Templates kept parsed."""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A replacement for expressions with a certain number of groups."""

    parts: tuple[Part, ...]
    groups: bool
    """Whether it holds any part of the match."""
    python: str
    """The same for `sub` of Python's engine."""


@lru_cache(CACHE_SIZE)
def template(text: str, groups: int) -> Template:
    """Parse a replacement for a number of groups."""
    parts: list[Part] = []
    begin = 0
    while (at := text.find("$", begin)) >= 0:
        parts.append(text[begin:at])
        part, begin = _reference(text, at + 1, groups)
        parts.append(part)
    parts.append(text[begin:])
    kept = tuple(part for part in parts if part != "")
    return Template(
        parts=kept,
        groups=any(isinstance(part, int) for part in kept),
        python="".join(part.replace("\\", r"\\") if isinstance(part, str) else f"\\g<{part}>" for part in kept),
    )


def _reference(text: str, at: int, groups: int) -> tuple[Part, int]:
    """Return the replacement of the characters after a dollar, and where the text continues."""
    following = text[at : at + 1]
    if following == "$":
        return "$", at + 1
    if following == "0":
        return 0, at + 1
    digits = len(str(groups))
    number = _number(text[at : at + digits])
    if digits > 1 and number is not None and number > groups:
        number = _number(text[at : at + digits - 1])
    if number is None:
        return "$", at
    return (number if 0 < number <= groups else ""), at + len(str(number))


def _number(text: str) -> int | None:
    found = NUMBER.match(text)
    return None if found is None else int(found[1])
