"""Integers as Roman numerals and as letters (a, b, …, z, aa, …), both ways."""

import math
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.numerals.plain import small

ROMAN: Final = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
    (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
VALUES: Final = {name: value for value, name in ROMAN if len(name) == 1}
ALPHABET: Final = 26
WIDE: Final = 215
"""The most letters with a number that a double holds; more of them are infinitely many."""


def roman_length(number: float) -> int:
    """Return a bound of the characters that `write_roman` gives."""
    return int(number // 1000) + 20 if math.isfinite(number) else 0


def write_roman(number: float) -> str:
    """Return a number, not negative, in capitals; empty for zero and for NaN, thousands are as many M."""
    if math.isnan(number):
        return ""
    rest, shown = int(number), ""
    for value, name in ROMAN:
        count, rest = divmod(rest, value)
        shown += name * count
    return shown


def read_roman(text: str) -> float:
    """Return the number that a Roman numeral means; NaN with characters other than its capitals."""
    total = largest = 0
    for letter in reversed(text):
        value = VALUES.get(letter)
        if value is None:
            return math.nan
        if value < largest:
            total -= value
        else:
            largest = value
            total += value
    return total


def write_letters(number: float, first: str) -> str:
    """Return a number, not negative, in letters counted from `first`; empty for zero and NaN. D1001 when infinite."""
    if math.isnan(number):
        return ""
    if math.isinf(number):
        raise Failure("D1001")
    rest, start, shown = small(number), ord(first), []
    while rest > 0:
        shown.append(chr(start + int((rest - 1) % ALPHABET)))
        rest = (rest - 1) // ALPHABET if isinstance(rest, int) else float(math.floor((rest - 1) / ALPHABET))
    return "".join(reversed(shown))


def read_letters(text: str, first: str) -> float:
    """Return the number of digits of base 26 counted from `first`; other characters count by their distance from it."""
    start, total = ord(first) - 1, 0.0
    for at, letter in enumerate(reversed(text[-WIDE:])):
        total += (ord(letter) - start) * float(ALPHABET) ** at
    return total if len(text) <= WIDE else math.copysign(math.inf, ord(text[0]) - start)
