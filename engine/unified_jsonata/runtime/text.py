"""JSON values as text the way the language prints them, except that integers keep every digit."""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import CHARACTERS, charge
from unified_jsonata.runtime.function import Function
from unified_jsonata.undefined import UNDEFINED

Unknown = Callable[[Any], str]

DIGITS = 15
"""Significant digits of a fraction."""
FIXED_BELOW = 21
FIXED_ABOVE = -7
"""Exponents between which a number is written without one."""


def number_text(value: float) -> str:
    """Return a number as JSON prints it: `1.0` is `1`, an integer keeps every digit, `1e-7` and `1e+21` have exponents.

    ValueError when it is not finite.
    """
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    shown = repr(value)
    if len(shown) <= DIGITS and "e" not in shown:  # at most so many digits, and no exponent
        return shown.removesuffix(".0").replace("-0", "0") if value == 0 else shown.removesuffix(".0")
    shown = repr(value if value.is_integer() else float(f"{value:.{DIGITS}g}"))
    exact = Decimal(shown)
    if exact.is_zero():
        return "0"
    exponent = exact.adjusted()
    if FIXED_ABOVE < exponent < FIXED_BELOW:
        fixed = f"{exact:f}"
        return fixed.rstrip("0").rstrip(".") if "." in fixed else fixed
    digits = "".join(map(str, exact.normalize().as_tuple().digits))
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{'-' if value < 0 else ''}{mantissa}e{exponent:+d}"


def text(value: Any, *, pretty: bool = False) -> str:
    """Return what `&` and `$string` make of a value; empty for UNDEFINED and functions. D3001 when not finite."""
    if isinstance(value, str):
        return value
    if value is UNDEFINED:
        return ""
    try:
        if type(value) is int:
            return str(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return number_text(value)
        return "" if isinstance(value, Function) else json_text(value, _no_word, pretty=pretty)
    except ValueError:  # inside of an array or object the reference has another code
        raise Failure("D1001" if isinstance(value, (list, dict)) else "D3001") from None


def _no_word(value: Any) -> str:
    """Return the JSON of a value without one: a function has none, UNDEFINED in an array (a group without a match) is null."""
    return "null" if value is UNDEFINED else '""'


def json_text(value: Any, unknown: Unknown, *, pretty: bool = False) -> str:
    """Return a value as JSON, indented by two spaces when `pretty`; `unknown` prints what is not JSON."""
    return _text(value, unknown, "\n" if pretty else None)


def _text(value: Any, unknown: Unknown, newline: str | None) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return "null" if value != value else number_text(value)  # noqa: PLR0124 - not a number
    inner = None if newline is None else newline + "  "
    colon = ":" if newline is None else ": "
    if isinstance(value, dict):
        charge(len(value) + 1)
        parts = [_quoted(key) + colon + _text(item, unknown, inner) for key, item in value.items()]
        return _wrapped("{}", parts, newline, inner)
    if isinstance(value, list):
        charge(len(value) + 1)
        items = [_text(value[at], unknown, inner) for at in range(len(value))]
        return _wrapped("[]", items, newline, inner)
    return unknown(value)


def _quoted(value: str) -> str:
    """Return a string in quotes; half of a surrogate pair is escaped, the rest is not."""
    if len(value) > LONG:
        charge(len(value) >> CHARACTERS)
    shown = json.dumps(value, ensure_ascii=False)
    return shown if shown.isascii() else HALF.sub(lambda half: f"\\u{ord(half.group()):04x}", shown)


LONG = 1_000
"""Characters from which a string inside of a value is counted."""
HALF = re.compile("[\ud800-\udfff]")


def _wrapped(brackets: str, parts: list[str], newline: str | None, inner: str | None) -> str:
    if newline is None or inner is None or not parts:
        return brackets[0] + ",".join(parts) + brackets[1]
    return brackets[0] + inner + ("," + inner).join(parts) + newline + brackets[1]
