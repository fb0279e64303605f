"""Numbers in another base."""

from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numbers import EXACT
from unified_jsonata.runtime.numerals.plain import half_even, plain, small
from unified_jsonata.undefined import UNDEFINED

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
TEN: Final = 10


def format_base(_: Budget, value: Any, radix: Any = UNDEFINED) -> Any:
    """Evaluate `$formatBase`: both numbers are rounded first, half to even. D3100 for a base that is not 2 to 36."""
    if value is UNDEFINED:
        return UNDEFINED
    base = TEN if radix is UNDEFINED else half_even(radix, 0)
    if not 2 <= base <= len(DIGITS):  # noqa: PLR2004 - the smallest base
        raise Failure("D3100")
    number = half_even(value, 0) or 0
    if base == TEN or number - number != 0:
        return plain(number)
    return _digits(small(number), int(base))


def _digits(number: float, base: int) -> str:
    """Write the digits; beyond the integers that doubles hold exactly the last ones are zeros, as in JavaScript."""
    size = abs(number)
    if isinstance(size, int):
        return ("-" if number < 0 else "") + _exact(size, base)
    zeros = 0
    while size >= EXACT * base:
        size /= base
        zeros += 1
    shown: list[str] = []
    while size > 0 or not shown:
        digit = size % base
        shown.append(DIGITS[int(digit)])
        size = (size - digit) / base
    return ("-" if number < 0 else "") + "".join(reversed(shown)) + "0" * zeros


def _exact(size: int, base: int) -> str:
    shown: list[str] = []
    while size or not shown:
        size, digit = divmod(size, base)
        shown.append(DIGITS[digit])
    return "".join(reversed(shown))
