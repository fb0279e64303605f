"""Conversion of one provider value to one common value: one small function per kind, all listed in `SCALARS`.

Each takes a value that is not null and returns the common value, or null if the value is unusable. A value of the wrong
type raises ValueMismatch, since that is an error in the mapping.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from unified.models.countries import alpha_2
from unified.models.value_error import mismatch

Scalar = Callable[[Any], Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_NUMBER = 300
"""Characters of a number in text; a longer one fits in no double."""
_PLAIN_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_PLAIN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_LENGTH = len("2024-01-31")
_UNSET_YEAR = 1
"""Some providers send 0001-01-01 for a date that was never set."""
_JSON_PLAIN_FLOAT = 1e21
"""Below this, JSON prints an integral float without an exponent (ECMA-262, Number::toString)."""
_TRUTH = {
    True: True,
    False: False,
    "true": True,
    "false": False,
    "yes": True,
    "no": False,
    "1": True,
    "0": False,
}


def text(value: Any) -> str | None:
    """Return text unchanged, and numbers and booleans as their JSON text; empty text becomes null."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    raise mismatch("text", value)


def _float_text(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < _JSON_PLAIN_FLOAT else repr(value)


def integer(value: Any) -> int | None:
    """Return a whole number, also from text; a range such as `11-50` becomes null."""
    parsed = number(value)
    if isinstance(parsed, float):
        return int(parsed) if parsed.is_integer() else None
    return parsed


def number(value: Any) -> int | float | None:
    """Return a number, also from plain decimal text; thousands separators, NaN and Infinity become null."""
    if isinstance(value, str):
        return _number_of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mismatch("number", value)
    return value if _is_finite(value) else None


def _is_finite(value: float) -> bool:
    """Return whether the number fits in a double."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _number_of_text(value: str) -> int | float | None:
    if len(value) > _LONGEST_NUMBER:
        return None
    if _INTEGER.fullmatch(value):
        return int(value)
    return float(value) if _DECIMAL.fullmatch(value) else None


def boolean(value: Any) -> bool | None:
    """Return true or false, also from the words and digits that providers use; anything else becomes null."""
    if isinstance(value, dict | list):
        raise mismatch("boolean", value)
    return _TRUTH.get(value.strip().casefold() if isinstance(value, str) else value)


def date_time(value: Any) -> str | None:
    """Return ISO 8601 text in UTC with `Z`, and milliseconds only if not zero; text without a zone is taken as UTC."""
    if type(value) is str and value[19:20] == "." and value[23:] == "Z" and _has_separators(value):
        return _usual_datetime(value)
    value = _time_text(value)
    # fromisoformat would parse thirteen digits of milliseconds as year, month and so on
    if value[4:5] != "-":
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if _PLAIN_DATETIME.fullmatch(value) is None:
            value = _in_utc(parsed)
    except (ValueError, OverflowError):
        return None
    return value if parsed.year > _UNSET_YEAR else None


def _has_separators(value: str) -> bool:
    return value[4] == "-" == value[7] and value[10] == "T" and value[13] == ":" == value[16]


def _usual_datetime(value: str) -> str | None:
    """Return a time with milliseconds in UTC, as most providers write it; it is in the common form unless they are zero."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.year <= _UNSET_YEAR:
        return None
    return value if parsed.microsecond else _in_utc(parsed)


def _in_utc(parsed: datetime) -> str:
    utc = parsed.astimezone(UTC) if parsed.tzinfo is not None else parsed
    unit = "milliseconds" if utc.microsecond >= 1000 else "seconds"  # noqa: PLR2004 -- microseconds in a millisecond
    return utc.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def date_only(value: Any) -> str | None:
    """Return the first ten characters if they are a date; a time after them never shifts it."""
    head = _time_text(value)[:_DATE_LENGTH]
    if _PLAIN_DATE.fullmatch(head) is None:
        return None
    try:
        return head if date.fromisoformat(head).year > _UNSET_YEAR else None
    except ValueError:
        return None


def date_or_time(value: Any) -> str | None:
    """Return a date if the text has no time, otherwise a date and time."""
    return date_only(value) if isinstance(value, str) and len(value.strip()) <= _DATE_LENGTH else date_time(value)


def _time_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    problem = mismatch("ISO 8601 text", value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        problem.problem += "; a number may be seconds or milliseconds: use $fromEpoch or $fromMillis"
    raise problem


def country(value: Any) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a code or an English name; unknown ones become null."""
    word = text(value)
    return alpha_2(word) if word is not None else None


def currency(value: Any) -> str | None:
    """Return three letters in upper case (ISO 4217); symbols are ambiguous and become null."""
    word = text(value)
    return word.strip().upper() if word and _CURRENCY.fullmatch(word.strip()) else None


def free_object(value: Any) -> dict[str, Any]:
    """Return an object with keys of the provider's or the customer's choice."""
    if not isinstance(value, dict):
        raise mismatch("object", value)
    return value


def anything(value: Any) -> Any:
    """Return any value unchanged."""
    return value


SCALARS: dict[str, Scalar] = {
    "string": text,
    "id": text,
    "url": text,
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "datetime": date_time,
    "date": date_only,
    "due": date_or_time,
    "country": country,
    "currency": currency,
    "map": free_object,
    "any": anything,
}
