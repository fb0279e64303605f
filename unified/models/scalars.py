"""How one provider value becomes one common value: a small function for each kind, all in `SCALARS`.

Each takes a value that is not null and gives the common one, or null where the text says nothing usable.
A value of a type that no reading fits raises Unfit, since that is a fault of the mapping.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from unified.models.countries import alpha_2
from unified.models.value_error import unfit

Scalar = Callable[[Any], Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_NUMBER = 300
"""Characters of a number in text that are read; longer ones fit no number of JSON readers."""
_PLAIN_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
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
    """Text stays, numbers and booleans become the text that JSON has for them, empty text is unknown."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    raise unfit("text", value)


def _float_text(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() and abs(value) < _JSON_PLAIN_FLOAT else repr(value)


def integer(value: Any) -> int | None:
    """Whole numbers and text of them; a bucket such as `11-50` is no number and gives null."""
    found = number(value)
    if isinstance(found, float):
        return int(found) if found.is_integer() else None
    return found


def number(value: Any) -> int | float | None:
    """Numbers and plain decimal text; thousands separators are not guessed, NaN and Infinity are unknown."""
    if isinstance(value, str):
        return _number_of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unfit("number", value)
    return value if _is_finite(value) else None


def _is_finite(value: float) -> bool:
    """Tell whether the number is one that every JSON reader can hold as a double."""
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
    """True and false, in the words and digits that providers use; anything else is unknown."""
    if isinstance(value, dict | list):
        raise unfit("boolean", value)
    return _TRUTH.get(value.strip().casefold() if isinstance(value, str) else value)


def moment(value: Any) -> str | None:
    """ISO 8601 text as UTC with `Z`, milliseconds only when not zero; without a zone it is taken as UTC."""
    value = _time_text(value)
    # fromisoformat would read thirteen digits of milliseconds as a year, a month and so on
    if value[4:5] != "-":
        return None
    try:
        read = datetime.fromisoformat(value)
        if _PLAIN_MOMENT.fullmatch(value) is None:
            value = _in_utc(read)
    except (ValueError, OverflowError):
        return None
    return value if read.year > _UNSET_YEAR else None


def _in_utc(read: datetime) -> str:
    utc = read.astimezone(UTC) if read.tzinfo is not None else read
    unit = "milliseconds" if utc.microsecond >= 1000 else "seconds"  # noqa: PLR2004 -- microseconds in one
    return utc.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def day(value: Any) -> str | None:
    """Give the first ten characters when they are a date; a time behind them never shifts it."""
    head = _time_text(value)[:_DATE_LENGTH]
    if _PLAIN_DATE.fullmatch(head) is None:
        return None
    try:
        return head if date.fromisoformat(head).year > _UNSET_YEAR else None
    except ValueError:
        return None


def due_date(value: Any) -> str | None:
    """Keep a date without a time a date, otherwise a moment."""
    return day(value) if isinstance(value, str) and len(value.strip()) <= _DATE_LENGTH else moment(value)


def _time_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    problem = unfit("ISO 8601 text", value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        problem.problem += "; a number may be seconds or milliseconds: use $fromEpoch or $fromMillis"
    raise problem


def country(value: Any) -> str | None:
    """ISO 3166-1 alpha-2 of a code or an English name; unknown ones are null."""
    given = text(value)
    return alpha_2(given) if given is not None else None


def currency(value: Any) -> str | None:
    """Three letters in upper case (ISO 4217); a sign such as the euro's says nothing certain."""
    given = text(value)
    return given.strip().upper() if given and _CURRENCY.fullmatch(given.strip()) else None


def free_object(value: Any) -> dict[str, Any]:
    """An object whose keys are the provider's or the customer's own."""
    if not isinstance(value, dict):
        raise unfit("object", value)
    return value


def anything(value: Any) -> Any:
    """A value that no model describes."""
    return value


SCALARS: dict[str, Scalar] = {
    "string": text,
    "id": text,
    "url": text,
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "datetime": moment,
    "date": day,
    "due": due_date,
    "country": country,
    "currency": currency,
    "map": free_object,
    "any": anything,
}
