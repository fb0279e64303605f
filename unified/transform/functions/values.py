"""Checks of arguments: errors name the function, what was expected and the type that came, never the value."""

import math
from decimal import Decimal
from typing import Any, TypeGuard

from unified_jsonata import UNDEFINED, FunctionError

MAX_TEXT = 1_000_000
"""The longest text argument or result."""
MAX_DIGITS = 400
"""The longest text that is read as a number; more than any float or id has."""
MAX_EXPONENT = 308
"""The power of ten of the largest float."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


def type_word(value: Any) -> str:
    """Return the type of a value in an author's words."""
    if value is UNDEFINED:
        return "nothing"
    if value is None:
        return "null"
    return next((word for kind, word in _TYPES if isinstance(value, kind)), "a function")


def wrong(name: str, expected: str, value: Any) -> ValueError:
    """Return the error for a value of the wrong type."""
    return ValueError(f"${name}: expected {expected}, got {type_word(value)}")


def missing(value: Any) -> bool:
    """Return whether a main argument is null or missing: such values pass through unchanged."""
    return value is None or value is UNDEFINED


def text_of(name: str, value: Any, expected: str = "text") -> str:
    """Return the value, if it is text within the bound.

    Raises:
        ValueError: It is not text; FunctionError when it is too long.
    """
    if not isinstance(value, str):
        raise wrong(name, expected, value)
    return bounded(name, value)


def bounded(name: str, text: str) -> str:
    """Return the text, if it is within the bound.

    Raises:
        FunctionError: It is too long.
    """
    if len(text) > MAX_TEXT:
        raise FunctionError(f"${name}: expected at most {MAX_TEXT} characters, got {len(text)}")
    return text


def utf8_of(name: str, value: Any) -> bytes:
    """Encode text as UTF-8; a lone surrogate cannot be encoded and is refused."""
    try:
        return text_of(name, value).encode()
    except UnicodeEncodeError:
        raise FunctionError(f"${name}: expected text, got text with half a surrogate pair") from None


def object_of(name: str, value: Any, expected: str = "an object") -> dict[str, Any]:
    """Return the value, if it is an object; raise ValueError otherwise."""
    if not isinstance(value, dict):
        raise wrong(name, expected, value)
    return value


def objects_of(name: str, value: Any) -> list[dict[str, Any]]:
    """Return a list of objects; a single object counts as a list of one, as paths return it."""
    entries = value if isinstance(value, list) else [value]
    return [object_of(name, one, "a list of objects") for one in entries]


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether the value is a JSON number; booleans and infinities are not."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def number_text(value: float) -> str:
    """Return the digits of a number without an exponent and `.0`: 1e3 and 1000.0 are `1000`, ids stay exact."""
    if isinstance(value, int) or not value:
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def word_of(name: str, value: Any, expected: str) -> str:
    """Return text, a number or a boolean as the text that an object's key would have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if is_number(value) else text_of(name, value, expected)


def decimal_of(text: str) -> Decimal | None:
    """Parse text such as `-12`, `.5`, `1000.50` or `1e3` as an exact number; None for any other text."""
    text = text.strip()
    if not text or len(text) > MAX_DIGITS or not set(text) <= set("0123456789+-.eE"):
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if abs(number.adjusted()) <= MAX_EXPONENT else None


def plain_number(number: Decimal) -> int | float | None:
    """Convert an exact number to JSON: an integer if it is one, otherwise the nearest float; None when it is too large."""
    if number == number.to_integral_value():
        return int(number)
    value = float(number)
    return value if math.isfinite(value) else None
