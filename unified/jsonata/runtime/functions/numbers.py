"""Functions of numbers."""

import math
import re
from collections.abc import Callable
from typing import Any

from unified.jsonata.errors import Failure
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.numbers import EXACT, add, divide, settled
from unified.jsonata.still import chance
from unified.jsonata.undefined import UNDEFINED

DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")


def number(_: Budget, value: Any) -> Any:
    """Evaluate `$number`: of a string in JSON's or `0x`, `0o`, `0b` form, or a boolean. An integer keeps every digit."""
    if isinstance(value, bool):
        return int(value)
    return parsed(value) if isinstance(value, str) else value


def parsed(text: str) -> Any:
    """Return the number that a string means; D3030 when it is not a number, or out of range."""
    if text.isascii() and text.isdigit() and len(text) <= 300:  # noqa: PLR2004 - more is beyond a double
        return int(text)
    if DECIMAL.fullmatch(text):
        found = float(text)
        if math.isfinite(found):
            return int(text) if text[1:].isdigit() else settled(found)
    elif RADIX.fullmatch(text) and len(text) <= 300:  # noqa: PLR2004 - more is beyond a double
        return settled(int(text, 0))
    raise Failure("D3030")


def floor(_: Budget, value: Any) -> Any:
    """Evaluate `$floor`."""
    return value if value is UNDEFINED or type(value) is int else _whole(value, math.floor)


def ceil(_: Budget, value: Any) -> Any:
    """Evaluate `$ceil`."""
    return value if value is UNDEFINED or type(value) is int else _whole(value, math.ceil)


def _whole(value: float, towards: Callable[[float], int]) -> Any:
    return settled(towards(value)) if math.isfinite(value) else value


def absolute(_: Budget, value: Any) -> Any:
    """Evaluate `$abs`."""
    return UNDEFINED if value is UNDEFINED else abs(value)


def rounded(_: Budget, value: Any, precision: Any = UNDEFINED) -> Any:
    """Evaluate `$round`: half to even, at the decimal digits that the number is written with."""
    if isinstance(precision, float) and not precision.is_integer():
        return math.nan  # a decimal point cannot be moved by half a digit
    if precision is not UNDEFINED and value is not UNDEFINED and precision > FURTHEST:
        return math.nan
    places = 0 if precision is UNDEFINED else int(max(min(precision, MAX_PRECISION), -MAX_PRECISION))
    if value is UNDEFINED or (type(value) is int and places >= 0):
        return value
    shown = repr(value)
    if 0 <= places <= 15 and "e" not in shown and len(shown) - shown.find(".") - 2 != places:  # noqa: PLR2004 - no half
        return settled(round(value, places))
    shifted = _shift(value, places)
    if not math.isfinite(shifted):
        return math.nan
    nearest = math.floor(shifted + 0.5) if abs(shifted) < 2**52 else shifted
    if abs(nearest - shifted) == 0.5 and nearest % 2:  # noqa: PLR2004 - a half
        nearest -= 1
    return settled(_shift(nearest, -places) if places else nearest) or 0


FURTHEST = 308
"""Places from which the reference gives no number."""
MAX_PRECISION = 400
"""Decimal places; a double has no digit further away from the point."""


def _shift(value: float, places: int) -> float:
    """Return the number with its decimal point moved so many digits to the right."""
    if places == 0:
        return value
    mantissa, _, exponent = repr(value).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + places}")


def square_root(_: Budget, value: Any) -> Any:
    """Evaluate `$sqrt`; D3060 of a negative number."""
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise Failure("D3060")
    return settled(math.sqrt(value))


def power(_: Budget, value: Any, exponent: Any) -> Any:
    """Evaluate `$power`; D3061 when the result is no finite number."""
    if value is UNDEFINED:
        return UNDEFINED
    if exponent is UNDEFINED:
        raise Failure("D3061")
    try:
        found = math.pow(value, exponent)
    except (ValueError, OverflowError):
        raise Failure("D3061") from None
    if not math.isfinite(found):
        raise Failure("D3061")
    return settled(found)


def random(_: Budget) -> float:
    """Evaluate `$random`: at least 0, less than 1; not for secrets."""
    found: float = chance().random()
    return found


def total(budget: Budget, values: Any) -> Any:
    """Evaluate `$sum`."""
    if values is UNDEFINED:
        return UNDEFINED
    budget.spend(len(values))
    found: Any = 0
    for value in values:
        found += value
    if -EXACT < found < EXACT and (type(found) is float or all(-EXACT < value < EXACT for value in values)):
        return settled(found)
    found = 0
    for value in values:  # beyond what a double holds, or not finite
        found = add(found, value)
    return found


def average(budget: Budget, values: Any) -> Any:
    """Evaluate `$average`."""
    return UNDEFINED if values is UNDEFINED or not values else divide(total(budget, values), len(values))


def largest(budget: Budget, values: Any) -> Any:
    """Evaluate `$max`."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    budget.spend(len(values))
    return max(values)


def smallest(budget: Budget, values: Any) -> Any:
    """Evaluate `$min`."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    budget.spend(len(values))
    return min(values)
