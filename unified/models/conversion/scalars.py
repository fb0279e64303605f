"""Conversion of one provider value to one common value: one small function per kind, all listed in `SCALARS`.

Each takes a value that is not null and returns the common value, or null if the value is unusable. A value of the wrong
type raises ValueMismatch, since that is an error in the mapping.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from unified.models.conversion.countries import alpha_2
from unified.models.conversion.value_error import mismatch

Scalar = Callable[[Any], Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LONGEST_NUMBER = 300
"""Characters of a number in text; a longer one fits in no double."""
_DATE_LENGTH = len("2024-01-31")
_SECONDS, _MILLISECONDS = len("2024-01-31T10:00:00Z"), len("2024-01-31T10:00:00.000Z")
"""Characters of times as most providers write them; these are in the common form unless their milliseconds are zero."""
_MARKS = slice(4, 20, 3)
"""The separators of such a time: every third character."""
_WITH_SECONDS, _WITH_MILLISECONDS = "--T::Z", "--T::."
_ZONES_OF_UTC = frozenset({"Z", "+0000", "+00:00"})
_parse_time = datetime.fromisoformat
_NO_HOUR = "24"
"""Newer releases of Python read it as the end of the day."""
_FIRST_TIME = "0002"
find_unusual_in_url = re.compile(r"[^!$&-;=?-Z_a-z~]").search
"""Finds a character that not every part of a URL may contain; the search takes a tenth of the time of the next one."""
_URL = re.compile(r"(?:[!$&-;=?-Z_a-z~]|%[0-9A-Fa-f]{2})*(?:#(?:[!$&-;=?-Z_a-z~]|%[0-9A-Fa-f]{2})*)?")
"""Text whose characters may each be in a URL where they are (RFC 3986, appendix A), but for brackets around an IP address."""
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_CHARACTERS = "!$&'()*+,-./:;=?@_~%"
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
    "y": True,
    "n": False,
    "on": True,
    "off": False,
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


def url(value: Any) -> str | None:
    """Return a URL in which letters beyond ASCII, spaces and whatever else none may contain are percent-encoded (RFC 3986)."""
    word = text(value)
    if word is None or not find_unusual_in_url(word) or _URL.fullmatch(word):
        return word
    start = _AUTHORITY.match(word)
    head = "" if start is None else start[0]
    rest, mark, fragment = word[len(head) :].partition("#")
    parts = (_encoded(head, "[]"), _encoded(rest), mark, _encoded(fragment))
    return "".join(parts)


def _encoded(part: str, also: str = "") -> str:
    """Return a part of a URL in which every character that it may not contain is percent-encoded; `also` are further ones."""
    return _STRAY_PERCENT.sub("%25", quote(part, safe=_URL_CHARACTERS + also, errors="replace"))


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
    if type(value) is not str:
        return _any_date_time(value)
    marks = value[_MARKS]
    is_exact = marks == _WITH_MILLISECONDS and value[_MILLISECONDS - 1 :] in _ZONES_OF_UTC
    if not (is_exact or (marks == _WITH_SECONDS and len(value) == _SECONDS)) or value[11:13] >= _NO_HOUR:
        return _any_date_time(value)
    try:
        _parse_time(value)
    except ValueError:
        return None
    if value < _FIRST_TIME:
        return None
    if not is_exact:
        return value
    return value[:19] + "Z" if value[20:23] == "000" else value if len(value) == _MILLISECONDS else value[:23] + "Z"


def _any_date_time(value: Any) -> str | None:
    value = value.strip() if isinstance(value, str) else _time_text(value)
    # fromisoformat would parse thirteen digits of milliseconds as year, month and so on
    if value[4:5] != "-":
        return None
    try:
        parsed = _parse_time(value)
        return _in_utc(parsed) if parsed.year > _UNSET_YEAR else None
    except (ValueError, OverflowError):
        return None


def _in_utc(parsed: datetime) -> str:
    utc = parsed.astimezone(UTC) if parsed.tzinfo is not None else parsed
    unit = "milliseconds" if utc.microsecond >= 1000 else "seconds"  # noqa: PLR2004 -- microseconds in a millisecond
    return utc.replace(tzinfo=None).isoformat(timespec=unit) + "Z"


def date_only(value: Any) -> str | None:
    """Return the first ten characters if they are a date; a time after them never shifts it."""
    head = value if type(value) is str and len(value) == _DATE_LENGTH else _time_text(value)[:_DATE_LENGTH]
    if len(head) < _DATE_LENGTH or not head[4] == "-" == head[7]:
        return None
    try:
        date.fromisoformat(head)
    except ValueError:
        return None
    return head if head >= _FIRST_TIME else None


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
    word = value if type(value) is str else text(value)
    return alpha_2(word) if word else None


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
    "url": url,
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
