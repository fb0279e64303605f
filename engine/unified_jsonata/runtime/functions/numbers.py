"""Functions of numbers."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numbers import EXACT, add, divide, is_near_half, settled
from unified_jsonata.still import chance
from unified_jsonata.undefined import UNDEFINED

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
    if value is UNDEFINED:
        return value
    precision = 0 if precision is UNDEFINED or math.isnan(precision) else precision
    if not precision and not math.isfinite(value):
        return value
    if not (math.isfinite(value) and float(precision).is_integer()) or precision > FURTHEST:
        return math.nan  # a decimal point cannot be moved by half a digit
    places = int(max(min(precision, MAX_PRECISION), -MAX_PRECISION))
    if type(value) is int and places >= 0:
        return value
    found = _without_half(value, places)
    return _half_to_even(value, places) if found is None else settled(found)


def _without_half(value: float, places: int) -> float | None:
    """Return a rounded number where no digit 5 is left over, so that Python's way is the language's; None otherwise."""
    shown = repr(value)
    if not 0 <= places <= 15 or is_near_half(shown, places):  # noqa: PLR2004 - digits of a double
        return None
    return round(value, places) if len(shown) - shown.find(".") - 1 > places else value


def _half_to_even(value: float, places: int) -> float:
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
    """Evaluate `$power`; D3061 when the result is not a finite number."""
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
    if type(found) is float and not math.isfinite(found):
        return found
    ends = (found,) if type(found) is float or not values else (found, min(values), max(values))
    if all(-EXACT < one < EXACT for one in ends):
        return settled(found)
    found = 0
    for value in values:  # beyond what a double holds, or not finite
        found = add(found, value)
    return found


def average(budget: Budget, values: Any) -> Any:
    """Evaluate `$average`."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    found = total(budget, values)
    return divide(found, len(values)) if type(found) is int or math.isfinite(found) else found


def largest(budget: Budget, values: Any) -> Any:
    """Evaluate `$max`."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    budget.spend(len(values))
    return math.nan if _odd(values) else max(values)


def smallest(budget: Budget, values: Any) -> Any:
    """Evaluate `$min`."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    budget.spend(len(values))
    return math.nan if _odd(values) else min(values)


def _odd(values: Sequence[Any]) -> bool:
    """Return whether any value is not a number, which is no more and no less than another."""
    return float in set(map(type, values)) and any(value != value for value in values)  # noqa: PLR0124
