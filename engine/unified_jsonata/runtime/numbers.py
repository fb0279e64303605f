"""Arithmetic and order as the language has them: doubles, except that integers that doubles hold exactly stay integers."""

import math
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.values import NUMBERS, is_number, letter
from unified_jsonata.undefined import UNDEFINED

EXACT = 2**53
"""Integers up to it are the same as doubles."""
SMALL = 2**51
TINY = 2**25
"""Integers below them stay exact when they are added or multiplied."""


def settled(value: float) -> Any:
    """Return a computed number as it is kept: an integral double as int, an int beyond a double's reach as a double."""
    if type(value) is int:
        return value if -EXACT <= value <= EXACT else as_double(value)
    if value.is_integer() and -EXACT <= value <= EXACT:
        return int(value)
    return value


def as_double(value: float) -> float:
    """Return the double nearest to a number, infinite beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _operands(left: Any, right: Any, operator: str) -> bool:
    """Return whether both exist; T2001 or T2002 when one exists and is not a number."""
    if left is not UNDEFINED and not is_number(left):
        raise Failure("T2001", token=operator)
    if right is not UNDEFINED and not is_number(right):
        raise Failure("T2002", token=operator)
    return left is not UNDEFINED and right is not UNDEFINED


def add(left: Any, right: Any) -> Any:
    """Evaluate `left + right`; UNDEFINED when a side is."""
    if type(left) is int and type(right) is int and SMALL > left > -SMALL < right < SMALL:
        return left + right
    if type(left) in NUMBERS and type(right) in NUMBERS and -EXACT <= left <= EXACT and -EXACT <= right <= EXACT:
        return settled(left + right)
    return settled(_small(left) + _small(right)) if _operands(left, right, "+") else UNDEFINED


def subtract(left: Any, right: Any) -> Any:
    """Evaluate `left - right`."""
    if type(left) is int and type(right) is int and SMALL > left > -SMALL < right < SMALL:
        return left - right
    if type(left) in NUMBERS and type(right) in NUMBERS and -EXACT <= left <= EXACT and -EXACT <= right <= EXACT:
        return settled(left - right)
    return settled(_small(left) - _small(right)) if _operands(left, right, "-") else UNDEFINED


def multiply(left: Any, right: Any) -> Any:
    """Evaluate `left * right`."""
    if type(left) is int and type(right) is int and TINY > left > -TINY < right < TINY:
        return left * right
    if type(left) in NUMBERS and type(right) in NUMBERS and -EXACT <= left <= EXACT and -EXACT <= right <= EXACT:
        return settled(left * right)
    return settled(_small(left) * _small(right)) if _operands(left, right, "*") else UNDEFINED


def divide(left: Any, right: Any) -> Any:
    """Evaluate `left / right`; infinite or not a number when the right side is zero."""
    if type(left) in NUMBERS and type(right) in NUMBERS and -EXACT <= left <= EXACT and -EXACT <= right <= EXACT and right:
        return settled(left / right)
    if not _operands(left, right, "/"):
        return UNDEFINED
    if right == 0:
        return math.nan if left == 0 or left != left else math.copysign(math.inf, left)  # noqa: PLR0124 - not a number
    return settled(_small(left) / _small(right))


def modulo(left: Any, right: Any) -> Any:
    """Evaluate `left % right` with the sign of the left side."""
    if type(left) is int and type(right) is int and 0 <= left <= EXACT and 0 < right <= EXACT:
        return left % right
    if not _operands(left, right, "%"):
        return UNDEFINED
    if right == 0:
        return math.nan
    if type(left) is int and type(right) is int:
        return int(math.copysign(abs(left) % abs(right), left)) if abs(left) <= EXACT else settled(math.fmod(left, right))
    return settled(math.fmod(left, right))


def _small(value: Any) -> Any:
    """Return an operand that a double holds: a larger integer is rounded to one first."""
    return value if type(value) is not int or -EXACT <= value <= EXACT else as_double(value)


def negate(value: Any) -> Any:
    """Evaluate `-value`; D1002 when it is not a number."""
    if value is UNDEFINED:
        return UNDEFINED
    if not is_number(value):
        raise Failure("D1002", token="-")
    return -value if value else 0


def less(left: Any, right: Any) -> Any:
    """Evaluate `left < right`."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return left < right
    return _before(left, right) if _comparable(left, right, "<") else UNDEFINED


def less_or_equal(left: Any, right: Any) -> Any:
    """Evaluate `left <= right`."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return left <= right
    return _before_or_equal(left, right) if _comparable(left, right, "<=") else UNDEFINED


def greater(left: Any, right: Any) -> Any:
    """Evaluate `left > right`."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return left > right
    return _before(right, left) if _comparable(left, right, ">") else UNDEFINED


def greater_or_equal(left: Any, right: Any) -> Any:
    """Evaluate `left >= right`."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return left >= right
    return _before_or_equal(right, left) if _comparable(left, right, ">=") else UNDEFINED


def _comparable(left: Any, right: Any, operator: str) -> bool:
    """Return whether both exist; T2010 for other than numbers and strings, T2009 for one of each."""
    if type(left) is str is type(right):
        return True
    for side in (left, right):
        if not (side is UNDEFINED or letter(side) in "sn"):
            raise Failure("T2010", token=operator)
    if left is UNDEFINED or right is UNDEFINED:
        return False
    if isinstance(left, str) is not isinstance(right, str):
        raise Failure("T2009", token=operator)
    return True


def _before(left: Any, right: Any) -> bool:
    if isinstance(left, str) and not (left.isascii() and right.isascii()):
        return units(left) < units(right)
    return bool(left < right)


def _before_or_equal(left: Any, right: Any) -> bool:
    """Return whether the left side is not after the right one: false with what is not a number."""
    return left == right or _before(left, right)


def units(text: str) -> bytes:
    """Return a string in the order of the language, which compares 16-bit units."""
    return text.encode("utf-16-be", "surrogatepass")


def is_near_half(shown: str, places: int) -> bool:
    """Return whether a number, as it is written, may be half-way between two others with so many places."""
    return "e" in shown or (len(shown) - shown.find(".") - 1 == places + 1 and shown[-1] == "5")
