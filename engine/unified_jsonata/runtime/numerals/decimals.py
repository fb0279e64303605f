"""`$formatNumber`: a number under a decimal picture."""

import math
from functools import lru_cache
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numbers import EXACT, as_double, is_near_half
from unified_jsonata.runtime.numerals.formats import Format, Symbols, formats, symbols
from unified_jsonata.runtime.numerals.pictures import require_picture
from unified_jsonata.runtime.numerals.plain import FIXED, half_even, plain
from unified_jsonata.undefined import UNDEFINED

PLACES: Final = 100
"""Most digits behind the point."""
LARGEST: Final = 300
"""Most digits before the point of a mantissa, all of which a double can be."""
SHORT: Final = 100
"""Characters up to which the formats of a picture are kept."""
USUAL: Final = symbols({})
THREE: Final = 3
"""Digits of a group."""
DIGITS: Final = 15
"""Digits behind the point that a double may have."""


def format_number(budget: Budget, value: Any, picture: str, options: Any = UNDEFINED) -> Any:
    """Evaluate `$formatNumber`: a half is rounded to the even digit, integers that a double cannot hold keep every digit.

    D3080 to D3093 for the picture, D1001 when it wants more than 100 digits behind the point or a mantissa of more
    than 300 before it, T0410 for options that are not strings, and for no picture.
    """
    if value is UNDEFINED:
        return UNDEFINED
    require_picture(picture)
    using = symbols(options) if isinstance(options, dict) and options else USUAL
    if using is USUAL and len(picture) <= SHORT:
        found = _usual(picture)
    else:
        budget.room(2 * len(picture))
        budget.spend(4 * len(picture))
        found = tuple(formats(picture, using))
    return _written(value, found, using)


@lru_cache(maxsize=512)
def _usual(picture: str) -> tuple[Format, ...]:
    return tuple(formats(picture, USUAL))


def _written(value: float, found: tuple[Format, ...], using: Symbols) -> str:
    shown = _in_one_step(value, found[0]) if using is USUAL and len(found) == 1 else None
    if shown is not None:
        return shown
    negative = not value >= 0
    if negative and len(found) > 1:
        form, prefix = found[1], found[1].prefix
    else:
        form, prefix = found[0], (using.minus if negative else "") + found[0].prefix
    size, exponent = _scaled(abs(value) if form.factor == 1 else abs(as_double(value)) * form.factor, form)
    shown = _grouped(_padded(_fixed(size, form.most_fraction), form, using), form, using)
    if not form.pointed or shown[-1:] == using.decimal:
        shown = shown[:-1]
    if form.exponent:
        shown += using.exponent + (using.minus if exponent < 0 else "") + _exponent(exponent, form, using)
    return prefix + shown + form.suffix


def _in_one_step(value: float, form: Format) -> str | None:
    """Return a number under a usual picture such as `#,##0.00`, unless it is halfway between two."""
    places = form.most_fraction
    is_plain = form.factor == 1 and not form.exponent and form.least_integer == 1 and form.least_fraction == places
    is_grouped = form.step == THREE
    if not is_plain or places > DIGITS or form.fraction_separators or (form.integer_separators and not is_grouped):
        return None
    size = abs(value)
    if not size < EXACT or (type(value) is float and is_near_half(repr(value), places)):
        return None
    shown = f"{size:,.{places}f}" if is_grouped else f"{size:.{places}f}"
    return f"{'-' if value < 0 else ''}{form.prefix}{shown}{form.suffix}"


def _scaled(size: float, form: Format) -> tuple[float, int]:
    """Return mantissa and exponent. The mantissa is multiplied and divided by ten step by step, as the reference does."""
    if not form.exponent or size == 0 or not math.isfinite(size):
        return size, 0
    if form.scale > LARGEST:
        raise Failure("D1001")
    mantissa, exponent = as_double(size), 0
    least, most = 10.0 ** (form.scale - 1), 10.0**form.scale
    while mantissa < least:
        mantissa *= 10
        exponent -= 1
    while mantissa > most:
        mantissa /= 10
        exponent += 1
    return mantissa, exponent


def _exponent(exponent: int, form: Format, using: Symbols) -> str:
    return _localised(str(abs(exponent)).rjust(form.exponent, "0"), using)


def _fixed(size: float, places: int) -> str:
    """Return digits with one decimal point, always; from 1e21 on an exponent replaces them."""
    if places > PLACES:
        raise Failure("D1001")
    if isinstance(size, int) and size < FIXED:
        return f"{size}.{'0' * places}"
    rounded = half_even(size, places)
    if not math.isfinite(rounded) or rounded >= FIXED:
        shown = plain(rounded)
        return shown if "." in shown else shown + "."
    shown = f"{as_double(rounded):.{places}f}"
    return shown if places else shown + "."


def _localised(shown: str, using: Symbols) -> str:
    zero = using.digits[0]
    return shown if zero == "0" else shown.translate({48 + digit: using.digits[digit] for digit in range(10)})


def _padded(shown: str, form: Format, using: Symbols) -> str:
    """Return as many digits as the picture wants, in its script and with its decimal separator."""
    integer, _, fraction = shown.strip("0").partition(".")
    integer = integer.rjust(form.least_integer, "0")
    fraction = fraction.ljust(form.least_fraction, "0")
    return _localised(integer, using) + using.decimal + _localised(fraction, using)


def _grouped(shown: str, form: Format, using: Symbols) -> str:
    if not form.integer_separators and not form.fraction_separators:
        return shown
    point = shown.find(using.decimal)
    if form.step:
        shown = _every(shown, point, form.step, using.grouping)
    else:
        for place in form.integer_separators:
            shown = _inserted(shown, point - place, using.grouping)
            point += 1
    point = shown.find(using.decimal)
    for place in form.fraction_separators:
        shown = _inserted(shown, point + 1 + place, using.grouping)
    return shown


def _every(shown: str, point: int, step: int, separator: str) -> str:
    first = point % step or min(step, point)
    parts = [shown[at : at + step] for at in range(first, point, step)]
    return separator.join([shown[:first], *parts]) + shown[point:]


def _inserted(shown: str, at: int, separator: str) -> str:
    """Insert a separator; a position before the beginning counts from the end, as in a number shorter than its picture."""
    return shown[:at] + separator + shown[at:]
