"""Values in a query: one function for each kind, which raises ValueError saying what was expected."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from unified.errors.names import unknown_name
from unified.models import Field
from unified.models.body import FORMATS
from unified.text.formatting_times import time_text
from unified.transform.queries.query import FLAGS, TIMES, Sort

_DIGIT = "[0-9]"
TIME_FORM = (
    rf"{_DIGIT}{{4}}-{_DIGIT}{{2}}-{_DIGIT}{{2}}"
    rf"(?:T{_DIGIT}{{2}}:{_DIGIT}{{2}}(?::{_DIGIT}{{2}}(?:\.{_DIGIT}{{1,9}})?)?(?:Z|[+-]{_DIGIT}{{2}}:{_DIGIT}{{2}}))?"
)
"""A date, or a date and time with its zone; `_time` also checks that it exists."""
NUMBER_FORM = rf"[+-]?{_DIGIT}{{1,300}}(?:\.{_DIGIT}{{1,300}})?(?:[eE][+-]?{_DIGIT}{{1,2}})?"
_TIME = re.compile(TIME_FORM)
_NUMBER = re.compile(NUMBER_FORM)


def _time(text: str) -> str:
    # A plus sign that was not percent-encoded arrives as a space.
    text = re.sub(r" (?=\d\d:\d\d$)", "+", text)
    if not _TIME.fullmatch(text):
        raise ValueError("expected a time like 2026-01-31T12:00:00Z (RFC 3339)")
    time = utc(text)
    if time is None:
        raise ValueError("expected a time that exists, like 2026-01-31T12:00:00Z (RFC 3339)")
    return time


def _day(text: str) -> str:
    """Return a date or time unchanged: mappings use the part that they need."""
    _time(text)
    return text


def utc(text: str) -> str | None:
    """Return a time as RFC 3339 text in UTC with `Z`; a date becomes its midnight; None when it does not exist."""
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time_text(time, "milliseconds" if time.microsecond else "seconds")


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise ValueError("expected a number like 5 or -0.5")
    if math.isinf(float(text)):
        raise ValueError("expected a number that a double can hold, at most about 1.8e308")
    return text


def _truth(text: str) -> str:
    _flag(text.lower())
    return text.lower()


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("expected true or false")
    return text == "true"


def _sort(text: str) -> Sort:
    field = text.removeprefix("-")
    if not field.isidentifier():
        raise ValueError("expected a field, or -field for descending order")
    return Sort(field=field, descending=text.startswith("-"))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise ValueError("expected at least one name; otherwise leave the parameter out")
    return names


def _plain(text: str) -> str:
    return text


def _word(known: tuple[str, ...], text: str) -> str:
    """Return a word of a closed set; letters may be of either case, as comparisons take them."""
    word = text.casefold()
    if word not in known:
        raise ValueError(unknown_name("value", text, known))
    return word


def _code(kind: str, text: str) -> str:
    """Return a country or currency in capitals, as records have it."""
    expected, fits = FORMATS[kind]
    if not fits(text.upper()):
        raise ValueError(f"expected {expected}")
    return text.upper()


def filter_reader(field: Field | None) -> Callable[[str], str] | None:
    """Return how a filter's value is read for this field; None if any text is one, or there is no such field."""
    if field is None:
        return None
    return partial(_word, field.enum) if field.enum else BY_KIND.get(field.kind)


READERS: dict[str, Callable[[str], Any]] = {
    "cursor": _plain,
    "search": _plain,
    "sort": _sort,
    "fields": _names,
    "expand": _names,
    **dict.fromkeys(TIMES, _time),
    **dict.fromkeys(FLAGS, _flag),
}
"""How the value of each parameter is read."""
BY_KIND: dict[str, Callable[[str], str]] = {
    "datetime": _time,
    "date": _day,
    "due": _day,
    "number": _number,
    "integer": _number,
    "boolean": _truth,
    "country": partial(_code, "country"),
    "currency": partial(_code, "currency"),
}
"""How a filter's value is read for each kind of field; for other kinds, it is used unchanged."""
