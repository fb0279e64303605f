"""Values of conditions in the forms that providers know, from the texts of the common query."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from unified.catalog.filter_rows import Form
from unified.text.formatting_times import exact_time_text
from unified.transform.dialects.condition import Kind
from unified.transform.functions.values import number_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A form of values: the kind that a dialect gets, and how a text becomes one."""

    kind: Kind
    read: Callable[[str], Any]
    """Raises ValueError or OverflowError for text that is not such a value."""
    expected: str
    """The accepted texts, for messages."""


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d{1,300}", text, re.ASCII) else float(text)


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def moment(text: str) -> str:
    """Return a date or time as RFC 3339 text in UTC; a date becomes its midnight."""
    time = datetime.fromisoformat(text)
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return exact_time_text(time)


def millis(text: str) -> int:
    """Return the whole milliseconds since 1970 of a date or time."""
    return (datetime.fromisoformat(moment(text)) - _EPOCH) // timedelta(milliseconds=1)


FORMS: dict[Form, Written] = {
    "text": Written(kind="text", read=str, expected="text"),
    "number": Written(kind="number", read=_number, expected="a number"),
    "boolean": Written(kind="boolean", read=_boolean, expected="true or false"),
    "date": Written(kind="date", read=lambda text: date.fromisoformat(text[:10]).isoformat(), expected="a date"),
    "datetime": Written(kind="datetime", read=moment, expected="a time"),
    "millis": Written(kind="number", read=millis, expected="a time"),
    "seconds": Written(kind="number", read=lambda text: millis(text) // 1000, expected="a time"),
}
"""The values that a row may have under `as`."""

MOMENTS = frozenset({"datetime", "millis", "seconds"})
"""Forms of a time, at which a whole day is a range."""

BY_KIND: dict[str, Form] = {
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "due": "date",
    "datetime": "datetime",
}
"""The form of a field's values unless a row sets it; all other kinds are text."""


def is_day(text: str) -> bool:
    """Return whether a value is a date without a time."""
    return _DAY.fullmatch(text) is not None


def next_day(text: str) -> str:
    """Return the day after a date; after the last day of the calendar, its last moment."""
    day = date.fromisoformat(text)
    return (day + timedelta(days=1)).isoformat() if day < date.max else f"{text}T23:59:59.999999Z"


def plain_text(value: Any) -> str:
    """Return a text, number or boolean as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else number_text(value)
