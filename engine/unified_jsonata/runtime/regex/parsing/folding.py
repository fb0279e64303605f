"""Which characters are the same when case is ignored, by JavaScript's simple rule.

ECMA-262, Canonicalize without the flag u: a character is represented by its upper case when that is one code unit, except that
no character outside ASCII is represented by one inside (so `k` is not the Kelvin sign, `s` not the long s).
"""

from bisect import bisect_left
from functools import cache
from typing import Final

from unified_jsonata.runtime.regex.parsing.ranges import union
from unified_jsonata.runtime.regex.parsing.tree import Ranges

ASCII: Final = 0x80
UNITS: Final = 0x10000
"""Code units: JavaScript folds no character above."""
SHIFT: Final = 0x20
CAPITALS: Final = (0x41, 0x5A)
SMALL: Final = (0x61, 0x7A)


def canonical(character: str) -> str:
    """Return the representative of all characters that differ from this one in case only."""
    upper = character.upper()
    if len(upper) != 1 or ord(upper) >= UNITS or ord(character) >= UNITS:
        return character
    return character if ord(character) >= ASCII > ord(upper) else upper


def folded(text: str) -> str:
    """Return a text to compare with another one, ignoring case."""
    return "".join(map(canonical, text))


def close(ranges: Ranges) -> Ranges:
    """Return a set with every character that differs in case only from one of it."""
    added = [
        (max(low, block[0]) + shift, min(high, block[1]) + shift)
        for low, high in ranges
        for block, shift in ((CAPITALS, SHIFT), (SMALL, -SHIFT))
        if low <= block[1] and high >= block[0]
    ]
    if ranges and ranges[-1][1] >= ASCII:
        added += [pair for low, high in ranges for pair in _wide(low, high)]
    return union(ranges, added)


def _wide(low: int, high: int) -> list[tuple[int, int]]:
    cased, classes = _table()
    begin = bisect_left(cased, max(low, ASCII))
    end = bisect_left(cased, high + 1)
    return [(code, code) for at in range(begin, end) for code in classes[cased[at]]]


@cache
def _table() -> tuple[list[int], dict[int, list[int]]]:
    """Return the characters outside ASCII that have equivalents, ascending, and for each of them the whole class."""
    classes: dict[str, list[int]] = {}
    for letter in map(chr, range(ASCII, UNITS)):
        if letter.upper() != letter and (upper_case := canonical(letter)) != letter:
            classes.setdefault(upper_case, [ord(upper_case)]).append(ord(letter))
    members = {code: sorted(codes) for codes in classes.values() for code in codes}
    return sorted(members), members
