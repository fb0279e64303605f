"""Values in a query: one function for each kind, which raises ValueError saying what was expected."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from unified.transform.query import FLAGS, TIMES, Sort

_TIME = re.compile(r"^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$", re.ASCII)
_NUMBER = re.compile(r"^[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,2})?$", re.ASCII)


def _time(text: str) -> str:
    # A plus sign that was not percent-encoded arrives as a space.
    text = re.sub(r" (?=\d\d:\d\d$)", "+", text)
    if not _TIME.match(text):
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
    """Return a time as RFC 3339 text in UTC with `Z`; a date is its midnight; None when it does not exist."""
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds").replace("+00:00", "Z")


def _number(text: str) -> str:
    if not _NUMBER.match(text):
        raise ValueError("expected a number like 5 or -0.5")
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
}
"""How a filter's value is read for each kind of field; for other kinds, it is used unchanged."""
