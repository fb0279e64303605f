"""Sets of characters as ranges of code points, and the sets that the notation names."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from unified_jsonata.runtime.regex.parsing.tree import Ranges

LAST: Final = 0x10FFFF
BLOCK: Final = (0xD800, 0xDFFF)
"""The code units of surrogates."""
ASTRAL: Final = (0x10000, LAST)


def union(*parts: Iterable[tuple[int, int]]) -> Ranges:
    """Return all characters of several sets."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for part in parts for pair in part):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Return all characters that are not in a set."""
    gaps: list[tuple[int, int]] = []
    begin = 0
    for low, high in ranges:
        if low > begin:
            gaps.append((begin, low - 1))
        begin = high + 1
    if begin <= LAST:
        gaps.append((begin, LAST))
    return tuple(gaps)


def meets(left: Ranges, right: Ranges) -> bool:
    """Return whether two sets have a character in common."""
    return any(contains_any(right, low, high) for low, high in left)


def contains_any(ranges: Ranges, low: int, high: int) -> bool:
    """Return whether a set has a character between two code points."""
    at = bisect_right(ranges, (high, LAST + 1))
    return at > 0 and ranges[at - 1][1] >= low


def contains(ranges: Ranges, code: int) -> bool:
    """Return whether a set has a character."""
    return contains_any(ranges, code, code)


def size(ranges: Ranges) -> int:
    """Return the number of characters in a set."""
    return sum(high - low + 1 for low, high in ranges)


def with_astral(ranges: Ranges) -> Ranges:
    """Return a set with all astral characters if it holds every surrogate, as JavaScript takes both halves of them."""
    whole = any(low <= BLOCK[0] and BLOCK[1] <= high for low, high in ranges)
    return union(ranges, (ASTRAL,)) if whole else ranges


def single(character: str) -> Ranges:
    """Return the set of one character."""
    return ((ord(character), ord(character)),)


NONE: Final[Ranges] = ()
ANY: Final[Ranges] = ((0, LAST),)
DIGIT: Final[Ranges] = ((0x30, 0x39),)
WORD: Final[Ranges] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
BREAKS: Final[Ranges] = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
"""Characters that end a line."""
SPACE: Final[Ranges] = (
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
CLASSES: Final = {
    "d": DIGIT,
    "w": WORD,
    "s": SPACE,
    "D": complement(DIGIT),
    "W": complement(WORD),
    "S": complement(SPACE),
}
"""Letter behind the backslash -> its set. Each is closed under folding of case."""
DOT: Final = complement(BREAKS)
