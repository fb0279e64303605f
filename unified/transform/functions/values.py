"""Checks of arguments: a refusal names the function, what was expected and the type that came, never the value."""

import math
from decimal import Decimal
from typing import Any, TypeGuard

from unified.jsonata import UNDEFINED, FunctionError

MAX_TEXT = 1_000_000
"""Characters a text argument or a text result may have."""
MAX_DIGITS = 400
"""Characters of a text that is read as a number; more than any float or id has."""
MAX_EXPONENT = 308
"""Power of ten of the largest float."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


def type_word(value: Any) -> str:
    """The type of a value as an author calls it."""
    if value is UNDEFINED:
        return "nothing"
    if value is None:
        return "null"
    return next((word for kind, word in _TYPES if isinstance(value, kind)), "a function")


def wrong(name: str, expected: str, value: Any) -> ValueError:
    """The refusal of a value of the wrong type."""
    return ValueError(f"${name}: expected {expected}, got {type_word(value)}")


def missing(value: Any) -> bool:
    """Whether a main argument is null or not there: such values pass through unchanged."""
    return value is None or value is UNDEFINED


def text_of(name: str, value: Any, expected: str = "text") -> str:
    """The value, when it is text within the bound."""
    if not isinstance(value, str):
        raise wrong(name, expected, value)
    return bounded(name, value)


def bounded(name: str, text: str) -> str:
    """The text, when it is within the bound."""
    if len(text) > MAX_TEXT:
        raise FunctionError(f"${name}: expected at most {MAX_TEXT} characters, got {len(text)}")
    return text


def utf8_of(name: str, value: Any) -> bytes:
    """Text as UTF-8; a lone surrogate has no bytes and is refused."""
    try:
        return text_of(name, value).encode()
    except UnicodeEncodeError:
        raise FunctionError(f"${name}: expected text, got text with half a surrogate pair") from None


def object_of(name: str, value: Any, expected: str = "an object") -> dict[str, Any]:
    """The value, when it is an object."""
    if not isinstance(value, dict):
        raise wrong(name, expected, value)
    return value


def objects_of(name: str, value: Any) -> list[dict[str, Any]]:
    """A list of objects; one object alone counts as a list of one, as paths give it."""
    entries = value if isinstance(value, list) else [value]
    return [object_of(name, one, "a list of objects") for one in entries]


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether the value is a JSON number; booleans and infinities are none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def number_text(value: float) -> str:
    """Digits of a number without an exponent and without `.0`: 1e3 and 1000.0 are `1000`, ids stay exact."""
    if isinstance(value, int) or not value:
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def word_of(name: str, value: Any, expected: str) -> str:
    """Text, a number or a boolean, as the text that stands for it in an object's keys."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if is_number(value) else text_of(name, value, expected)


def decimal_of(text: str) -> Decimal | None:
    """Text such as `-12`, `.5`, `1000.50` or `1e3` as an exact number; None for any other."""
    text = text.strip()
    if not text or len(text) > MAX_DIGITS or not set(text) <= set("0123456789+-.eE"):
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if abs(number.adjusted()) <= MAX_EXPONENT else None


def plain_number(number: Decimal) -> int | float | None:
    """An exact number as JSON's: an integer when it is one, else the nearest float; None when too large for it."""
    if number == number.to_integral_value():
        return int(number)
    value = float(number)
    return value if math.isfinite(value) else None
