"""Dates and times: everything comes out as RFC 3339 in UTC, or as a plain date."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from unified.jsonata import UNDEFINED, FunctionError
from unified.transform.functions.registry import function
from unified.transform.functions.values import (
    decimal_of,
    is_number,
    missing,
    number_text,
    plain_number,
    text_of,
    wrong,
)

_DAY, _MONTH, _YEAR = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})", r"(?P<y>\d{4})"
_CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
FORMATS: dict[str, re.Pattern[str]] = {
    words: re.compile(pattern, re.ASCII)
    for words, pattern in {
        "ISO": rf"{_YEAR}-{_MONTH}-{_DAY}([ T].{{0,40}})?",
        "YYYY-MM-DD HH:MM:SS": rf"{_YEAR}-{_MONTH}-{_DAY}{_CLOCK}",
        "YYYY/MM/DD": f"{_YEAR}/{_MONTH}/{_DAY}",
        "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        "DD/MM/YYYY": f"{_DAY}/{_MONTH}/{_YEAR}",
        "DD/MM/YYYY HH:MM:SS": f"{_DAY}/{_MONTH}/{_YEAR}{_CLOCK}",
        "DD-MM-YYYY": f"{_DAY}-{_MONTH}-{_YEAR}",
        "DD.MM.YYYY": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        "MM/DD/YYYY": f"{_MONTH}/{_DAY}/{_YEAR}",
        "MM/DD/YYYY HH:MM:SS": f"{_MONTH}/{_DAY}/{_YEAR}{_CLOCK}",
        "MM-DD-YYYY": f"{_MONTH}-{_DAY}-{_YEAR}",
    }.items()
}
"""Format words of `$isoDate`."""
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>[0-5]\d)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TEXT = 64


@function("$fromEpoch(1767225600)", "2026-01-01T00:00:00Z")
def from_epoch(seconds: Any) -> Any:
    """Seconds since 1970, as a number or numeric text, as RFC 3339 in UTC; `""` gives null.

    For milliseconds there is `$fromMillis`.
    """
    if missing(seconds) or seconds == "":
        return None if seconds == "" else seconds
    return utc_text(_shift("fromEpoch", _EPOCH, _seconds("fromEpoch", seconds)))


@function("$toEpoch('2026-01-01T01:00:00+01:00')", 1767225600)
def to_epoch(iso: Any) -> Any:
    """Whole seconds since 1970 of an ISO datetime; without a zone it is read as UTC; `""` gives null."""
    moment = moment_of("toEpoch", iso)
    return (moment - _EPOCH) // timedelta(seconds=1) if isinstance(moment, datetime) else moment


@function("$isoDate('31/01/2026', 'DD/MM/YYYY')", "2026-01-31")
def iso_date(text: Any, format: Any = UNDEFINED) -> Any:  # noqa: A002 - names are what authors read
    """The date `YYYY-MM-DD` of text in a format, ISO when none is named; a time of day is dropped, not converted.

    Formats: `ISO`, `YYYY-MM-DD HH:MM:SS`, `YYYY/MM/DD`, `YYYYMMDD`, and `DD/MM/YYYY`, `MM/DD/YYYY` (also with
    ` HH:MM:SS`, or with `-`), `DD.MM.YYYY`. `""` and a date of zeros, which some products mean nothing by, give null.
    """
    words = "ISO" if missing(format) else text_of("isoDate", format, "text as format")
    if words not in FORMATS:
        raise FunctionError(f"$isoDate: unknown format; expected one of {', '.join(FORMATS)}")
    return _date("isoDate", text, words)


def _date(name: str, text: Any, words: str) -> Any:
    if missing(text) or text == "":
        return None if text == "" else text
    found = FORMATS[words].fullmatch(text_of(name, text))
    parts = (int(found["y"]), int(found["m"]), int(found["d"])) if found else ()
    if parts == (0, 0, 0):
        return None
    try:
        return date(*parts).isoformat()
    except (TypeError, ValueError):
        raise FunctionError(f"${name}: expected a date in the format {words}, got other text") from None


@function("$iso('2026-07-01 10:00:00', 'Europe/Berlin')", "2026-07-01T08:00:00Z")
def iso(text: Any, zone: Any = UNDEFINED) -> Any:
    """An ISO date or datetime as RFC 3339 in UTC; `zone` says where text without an offset belongs.

    `zone` is an offset such as `+02:00` or a name such as `Europe/Berlin`; UTC when missing. Of a local time that
    occurs twice the first is meant. `""` gives null.
    """
    place = UTC if missing(zone) else _zone("iso", zone)
    moment = moment_of("iso", text, place)
    return utc_text(moment) if isinstance(moment, datetime) else moment


@function("$addDays('2026-02-27', 2)", "2026-03-01")
def add_days(date: Any, n: Any) -> Any:
    """A date some days later (earlier when negative): date in, date out; a datetime comes out in UTC."""
    moment = moment_of("addDays", date)
    if not isinstance(moment, datetime):
        return moment
    if not is_number(n) or n != int(n):
        raise wrong("addDays", "a whole number of days", n)
    later = _shift("addDays", moment, Decimal(int(n)) * 86_400)
    return later.date().isoformat() if _is_date(date) else utc_text(later)


@function("$daysBetween('2026-02-27', '2026-03-01T23:00:00Z')", 2)
def days_between(a: Any, b: Any) -> Any:
    """Days from one date to another, negative when the second is earlier; times of day are not looked at."""
    first, second = _date("daysBetween", a, "ISO"), _date("daysBetween", b, "ISO")
    if missing(first) or missing(second):
        return UNDEFINED if UNDEFINED in (first, second) else None
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


@function("$seconds('2026-01-01T10:00:00Z', '2026-01-01T10:01:30Z')", 90)
def seconds(a: Any, b: Any) -> Any:
    """Seconds from one datetime to another, negative when the second is earlier."""
    first, second = moment_of("seconds", a), moment_of("seconds", b)
    if not isinstance(first, datetime) or not isinstance(second, datetime):
        return UNDEFINED if UNDEFINED in (first, second) else None
    microseconds = (second - first) // timedelta(microseconds=1)
    return plain_number(Decimal(microseconds) / 1_000_000)


@function("$addSeconds('2026-01-01T10:00:00Z', -1)", "2026-01-01T09:59:59Z")
def add_seconds(iso: Any, n: Any) -> Any:
    """A datetime some seconds later (earlier when negative), as RFC 3339 in UTC."""
    moment = moment_of("addSeconds", iso)
    if not isinstance(moment, datetime):
        return moment
    if not is_number(n):
        raise wrong("addSeconds", "a number of seconds", n)
    return utc_text(_shift("addSeconds", moment, Decimal(number_text(n))))


@function("$jqlTime('2026-01-01T10:00:59Z')", "2026-01-01 10:00")
def jql_time(iso: Any, zone: Any = UNDEFINED) -> Any:
    """A datetime as JQL reads it, to the minute and without a zone; it goes through `$jql` to be quoted.

    Jira reads it in the time zone of the user who asks: `zone` names that one, UTC when missing.
    """
    place = UTC if missing(zone) else _zone("jqlTime", zone)
    moment = moment_of("jqlTime", iso)
    if not isinstance(moment, datetime):
        return moment
    return _shift("jqlTime", moment, Decimal(0), place).replace(tzinfo=None).isoformat(" ", "minutes")


def moment_of(name: str, value: Any, place: tzinfo = UTC) -> Any:
    """ISO text as a datetime in UTC, read at `place` when it has no offset; null and missing as they are."""
    if missing(value) or value == "":
        return None if value == "" else value
    text = text_of(name, value, "ISO date or datetime text")
    try:
        if len(text) <= _MAX_TEXT:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=place)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise FunctionError(f"${name}: expected ISO date or datetime text, got other text")


def utc_text(moment: datetime) -> str:
    """RFC 3339 with `Z`; fractions of a second only when there are some."""
    spec = "seconds" if not moment.microsecond else "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def _is_date(text: str) -> bool:
    return len(text) <= len("2026-01-01") and "T" not in text


def _seconds(name: str, value: Any) -> Decimal:
    if is_number(value):
        return Decimal(number_text(value))
    number = decimal_of(text_of(name, value, "seconds as a number or numeric text"))
    if number is None:
        raise FunctionError(f"${name}: expected seconds as a number or numeric text, got text that is not numeric")
    return number


def _shift(name: str, moment: datetime, amount: Decimal, place: tzinfo = UTC) -> datetime:
    try:
        return (moment + timedelta(microseconds=int(amount * 1_000_000))).astimezone(place)
    except (OverflowError, ArithmeticError):
        raise FunctionError(f"${name}: expected a time between the years 1 and 9999, got one outside") from None


def _zone(name: str, zone: Any) -> tzinfo:
    found = _named(text_of(name, zone, "text as zone")[:_MAX_TEXT])
    if found is None:
        raise FunctionError(f"${name}: expected a zone such as `+02:00` or `Europe/Berlin`, got other text")
    return found


@lru_cache(maxsize=128)
def _named(zone: str) -> tzinfo | None:
    offset = _OFFSET.fullmatch(zone)
    if offset and int(offset["hours"]) < 24:  # noqa: PLR2004 - hours of a day
        length = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        return timezone(-length if offset["sign"] == "-" else length)
    if zone in {"Z", "UTC"}:
        return UTC
    try:
        return ZoneInfo(zone) if _ZONE.fullmatch(zone) else None
    except (KeyError, ValueError, OSError):
        return None
