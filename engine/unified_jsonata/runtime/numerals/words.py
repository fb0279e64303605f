"""Integers in English words, cardinal and ordinal, both ways."""

import math
import re
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.numerals.plain import SPACE, settled

CARDINALS: Final = (
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
)
ORDINALS: Final = (
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
)
TENS: Final = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
POWERS: Final = ((10**12, "Trillion"), (10**9, "Billion"), (10**6, "Million"), (10**3, "Thousand"))


def write_words(number: float, *, ordinal: bool) -> str:
    """Return a number, not negative, in words that begin with capitals. D1001 when it is not finite.

    Beyond 999 trillion it is so many trillions of trillions; the arithmetic is that of doubles when the number is one.
    """
    if not math.isfinite(number):
        raise Failure("D1001")
    return _words(number, follows=False, ordinal=ordinal)


def _words(number: float, *, follows: bool, ordinal: bool) -> str:
    """Write a part of a number; `follows` when a larger part precedes, to which this is joined."""
    if number < 100:  # noqa: PLR2004 - the words change there
        return (" and " if follows else "") + _below_hundred(int(number), ordinal=ordinal)
    if number < 1000:  # noqa: PLR2004
        count, rest = divmod(int(number), 100)
        shown = CARDINALS[count] + " Hundred"
    else:
        factor, name = next(power for power in POWERS if number >= power[0])
        many: float = number // factor if isinstance(number, int) else math.floor(number / factor)
        rest = number - (many if isinstance(number, int) else float(many)) * factor  # type: ignore[assignment]
        shown = _words(many if isinstance(number, int) else float(many), follows=False, ordinal=False) + " " + name
    tail = _words(rest, follows=True, ordinal=ordinal) if rest > 0 else ("th" if ordinal else "")
    return (", " if follows else "") + shown + tail


def _below_hundred(number: int, *, ordinal: bool) -> str:
    units = ORDINALS if ordinal else CARDINALS
    if number < len(units):
        return units[number]
    tens, unit = divmod(number, 10)
    if unit:
        return f"{TENS[tens - 2]}-{units[unit]}"
    return TENS[tens - 2][:-1] + "ieth" if ordinal else TENS[tens - 2]


def _values() -> dict[str, int]:
    values: dict[str, int] = {}
    for number in range(20):
        values[CARDINALS[number].lower()] = values[ORDINALS[number].lower()] = number
    for at, ten in enumerate(TENS):
        values[ten.lower()] = values[ten.lower()[:-1] + "ieth"] = 20 + 10 * at
    for factor, name in (*POWERS, (100, "Hundred")):
        values[name.lower()] = values[name.lower() + "th"] = factor
    return values


VALUES: Final = _values()
"""Word -> number."""
BETWEEN = re.compile(rf",[{SPACE}]|[{SPACE}]and[{SPACE}]|[{SPACE}\-]")


def read_words(text: str) -> float:
    """Return the number that words mean, in any case, cardinal or ordinal; NaN with an unknown word.

    Words below a hundred are added to what comes before, larger ones multiply it.
    """
    sums: list[float] = [0]
    for word in BETWEEN.split(text.lower()):
        value = VALUES.get(word)
        if value is None:
            return math.nan
        if value >= 100:  # noqa: PLR2004 - a word that multiplies
            sums[-1] = settled(sums[-1] * float(value))
        elif sums[-1] >= 1000:  # noqa: PLR2004 - a part that is complete
            sums.append(value)
        else:
            sums[-1] += value
    return float(math.fsum(sums)) if any(isinstance(part, float) for part in sums) else settled(sum(sums))
