"""Numbers as the language's own functions see them: doubles, with the text that JavaScript gives them."""

import math
import re
from decimal import Decimal
from typing import Any, Final

from unified_jsonata.runtime.numbers import EXACT, as_double

FIXED: Final = 10**21
"""From it on a number is written with an exponent."""
SHORT: Final = 300
"""Digits up to which a read integer keeps all of them; a longer one is a double."""
SPACE: Final = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""The language's white space, for a character class of a regular expression."""
LEADING = re.compile(rf"[{SPACE}]*([-+]?)(?:0[xX]([0-9a-fA-F]+)|([0-9]+))")


def plain(value: float) -> str:
    """Return an integral number in digits: `1e+21` has an exponent, and what is not finite its name.

    Integers keep every digit.
    """
    if isinstance(value, int):
        return str(value) if -FIXED < value < FIXED else plain(as_double(value))
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return f"{Decimal(repr(value)):.0f}" if abs(value) < FIXED else repr(value)


def small(value: float) -> float:
    """Return a number for arithmetic: an integer that doubles hold exactly stays one, a larger one is rounded."""
    return value if isinstance(value, int) and -EXACT <= value <= EXACT else as_double(value)


def settled(value: float) -> Any:
    """Return a computed number as it is kept: an integral double as int."""
    return int(value) if math.isfinite(value) and value == math.floor(value) and abs(value) < EXACT else value


def half_even(value: float, places: int) -> float:
    """Return the number nearest to a double with so many digits behind the point, of two the even one; NaN when infinite.

    The point is shifted in the number's text, so that 1.005 is a half, as everybody expects.
    """
    if places == 0:
        return value if isinstance(value, int) or not math.isfinite(value) else float(round(value))
    if not math.isfinite(value):
        return math.nan
    shifted = _shift(as_double(value), places)
    return _shift(float(round(shifted)), -places) if math.isfinite(shifted) else shifted


def _shift(value: float, places: int) -> float:
    mantissa, _, exponent = repr(value).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + places}")


def leading_integer(text: str) -> float:
    """Return the integer that a string begins with, `0x` too; NaN when there is none, infinite when too long."""
    found = LEADING.match(text)
    if found is None:
        return math.nan
    sign, hexadecimal, digits = found.groups()
    number = (hexadecimal or digits).lstrip("0") or "0"
    if len(number) > SHORT:
        value: float = math.inf
    else:
        value = int(number, 16 if hexadecimal else 10)
    return -value if sign == "-" else value
