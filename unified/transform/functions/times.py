"""Dates and times: all results are RFC 3339 in UTC, or plain dates."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from unified.text.formatting_times import exact_time_text
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
from unified_jsonata import UNDEFINED, FunctionError

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
"""The formats of `$isoDate`."""
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>[0-5]\d)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_TICKS = re.compile(r"/Date\((?P<milliseconds>-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
"""Milliseconds since 1970; the offset says where it was written, not what the moment is."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - in whichever zone
"""The ends of the calendar, which callers send as conditions that match everything."""
_MAX_TEXT = 64


@function("$fromEpoch(1767225600)", "2026-01-01T00:00:00Z")
def from_epoch(seconds: Any) -> Any:
    """Convert seconds since 1970, as a number or numeric text, to RFC 3339 in UTC; `""` gives null.

    Use `$fromMillis` for milliseconds.
    """
    if missing(seconds) or seconds == "":
        return None if seconds == "" else seconds
    return utc_text(_shift("fromEpoch", _EPOCH, _seconds("fromEpoch", seconds)))


@function("$toEpoch('2026-01-01T01:00:00+01:00')", 1767225600)
def to_epoch(iso: Any) -> Any:
    """Return the whole seconds since 1970 of an ISO datetime; without a zone it is read as UTC; `""` gives null."""
    time = moment_of("toEpoch", iso)
    return (time - _EPOCH) // timedelta(seconds=1) if isinstance(time, datetime) else time


@function("$isoDate('31/01/2026', 'DD/MM/YYYY')", "2026-01-31")
def iso_date(text: Any, format: Any = UNDEFINED) -> Any:  # noqa: A002 - names are what authors read
    """Return the date `YYYY-MM-DD` in text of a format, by default ISO; a time of day is dropped, not converted.

    Formats: `ISO`, `YYYY-MM-DD HH:MM:SS`, `YYYY/MM/DD`, `YYYYMMDD`, and `DD/MM/YYYY`, `MM/DD/YYYY` (also with
    ` HH:MM:SS`, or with `-`), `DD.MM.YYYY`. `""` and a date of zeros, which some products use for no date, give null.
    """
    words = "ISO" if missing(format) else text_of("isoDate", format, "text as format")
    if words not in FORMATS:
        raise FunctionError(f"$isoDate: unknown format; expected one of {', '.join(FORMATS)}")
    return _date("isoDate", text, words)


def _date(name: str, text: Any, words: str) -> Any:
    if missing(text) or text == "":
        return None if text == "" else text
    match = FORMATS[words].fullmatch(text_of(name, text))
    parts = (int(match["y"]), int(match["m"]), int(match["d"])) if match else ()
    if parts == (0, 0, 0):
        return None
    try:
        return date(*parts).isoformat()
    except (TypeError, ValueError):
        raise FunctionError(f"${name}: expected a date in the format {words}, got other text") from None


@function("$iso('2026-07-01 10:00:00', 'Europe/Berlin')", "2026-07-01T08:00:00Z")
def iso(text: Any, zone: Any = UNDEFINED) -> Any:
    """Convert an ISO date or datetime to RFC 3339 in UTC; `zone` is the time zone of text without an offset.

    `zone` is an offset such as `+02:00` or a name such as `Europe/Berlin`, by default UTC. A local time that occurs
    twice means the first one. `""` gives null.
    """
    time_zone = UTC if missing(zone) else _zone("iso", zone)
    time = moment_of("iso", text, time_zone)
    return utc_text(time) if isinstance(time, datetime) else time


@function("$localDate('2014-11-08T23:00:00.000Z', 'Europe/Berlin')", "2014-11-09")
def local_date(iso: Any, zone: Any = UNDEFINED) -> Any:
    """Return the date `YYYY-MM-DD` that a moment has in a time zone, for days that a provider writes as a moment in UTC.

    `zone` is an offset or a name, usually `$account.settings.timezone`, by default UTC. A date without a time, and a time
    without an offset, are on that day everywhere. `""` gives null.
    """
    time_zone = UTC if missing(zone) else _zone("localDate", zone)
    time = moment_of("localDate", iso, time_zone)
    return _shift_within(time, Decimal(0), time_zone).date().isoformat() if isinstance(time, datetime) else time


@function("$addDays('2026-02-27', 2)", "2026-03-01")
def add_days(date: Any, n: Any) -> Any:
    """Add days to a date (negative for earlier ones): a date gives a date, a datetime gives a datetime in UTC.

    What would be outside of the years 1 to 9999 is the first or last second of these.
    """
    start = moment_of("addDays", date)
    if not isinstance(start, datetime):
        return start
    if not is_number(n) or n != int(n):
        raise wrong("addDays", "a whole number of days", n)
    later = _shift_within(start, Decimal(int(n)) * 86_400)
    return later.date().isoformat() if _is_date(date) else utc_text(later)


@function("$daysBetween('2026-02-27', '2026-03-01T23:00:00Z')", 2)
def days_between(a: Any, b: Any) -> Any:
    """Return the days from one date to another, negative when the second is earlier; times of day are ignored."""
    first, second = _date("daysBetween", a, "ISO"), _date("daysBetween", b, "ISO")
    if missing(first) or missing(second):
        return UNDEFINED if UNDEFINED in (first, second) else None
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


@function("$seconds('2026-01-01T10:00:00Z', '2026-01-01T10:01:30Z')", 90)
def seconds(a: Any, b: Any) -> Any:
    """Return the seconds from one datetime to another, negative when the second is earlier."""
    first, second = moment_of("seconds", a), moment_of("seconds", b)
    if not isinstance(first, datetime) or not isinstance(second, datetime):
        return UNDEFINED if UNDEFINED in (first, second) else None
    microseconds = (second - first) // timedelta(microseconds=1)
    return plain_number(Decimal(microseconds) / 1_000_000)


@function("$addSeconds('2026-01-01T10:00:00Z', -1)", "2026-01-01T09:59:59Z")
def add_seconds(iso: Any, n: Any) -> Any:
    """Add seconds to a datetime (negative for earlier ones); the result is RFC 3339 in UTC.

    What would be outside of the years 1 to 9999 is the first or last second of these.
    """
    start = moment_of("addSeconds", iso)
    if not isinstance(start, datetime):
        return start
    if not is_number(n):
        raise wrong("addSeconds", "a number of seconds", n)
    return utc_text(_shift_within(start, Decimal(number_text(n))))


@function("$jqlTime('2026-01-01T10:00:59Z')", "2026-01-01 10:00")
def jql_time(iso: Any, zone: Any = UNDEFINED) -> Any:
    """Write a datetime as JQL reads it, to the minute and without a zone; quote it with `$jql`.

    Jira reads it in the time zone of the requesting user: pass it as `zone`, by default UTC.
    """
    time_zone = UTC if missing(zone) else _zone("jqlTime", zone)
    time = moment_of("jqlTime", iso)
    if not isinstance(time, datetime):
        return time
    return _shift_within(time, Decimal(0), time_zone).replace(tzinfo=None).isoformat(" ", "minutes")


def moment_of(name: str, value: Any, zone: tzinfo = UTC) -> Any:
    """Parse ISO text, or `/Date(…)/` of some older products, as a datetime in UTC; null and missing pass through.

    `zone` is that of ISO text without an offset.
    """
    if missing(value) or value == "":
        return None if value == "" else value
    text = text_of(name, value, "ISO date or datetime text")
    ticks = _TICKS.fullmatch(text)
    if ticks:
        return _shift(name, _EPOCH, Decimal(ticks["milliseconds"]) / 1_000)
    try:
        if len(text) <= _MAX_TEXT:
            time = datetime.fromisoformat(text)
            return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise FunctionError(f"${name}: expected ISO date or datetime text, got other text")


def utc_text(time: datetime) -> str:
    """Return RFC 3339 with `Z`, with fractions of a second only if there are any."""
    return exact_time_text(time.astimezone(UTC))


def _is_date(text: str) -> bool:
    return len(text) <= len("2026-01-01") and "T" not in text


def _seconds(name: str, value: Any) -> Decimal:
    if is_number(value):
        return Decimal(number_text(value))
    number = decimal_of(text_of(name, value, "seconds as a number or numeric text"))
    if number is None:
        raise FunctionError(f"${name}: expected seconds as a number or numeric text, got text that is not numeric")
    return number


def _shift(name: str, time: datetime, seconds: Decimal, zone: tzinfo = UTC) -> datetime:
    try:
        return (time + timedelta(microseconds=int(seconds * 1_000_000))).astimezone(zone)
    except (OverflowError, ArithmeticError):
        raise FunctionError(f"${name}: expected a time between the years 1 and 9999, got one outside") from None


def _shift_within(time: datetime, seconds: Decimal, zone: tzinfo = UTC) -> datetime:
    """Shift a time within the calendar: a condition that asks for all times must not fail for a day more or less."""
    try:
        return _shift("", time, seconds, zone)
    except FunctionError:
        is_before = seconds < 0 or (not seconds and time < _EPOCH)
        return (_FIRST if is_before else _LAST).replace(tzinfo=zone)


def _zone(name: str, zone: Any) -> tzinfo:
    time_zone = _named(text_of(name, zone, "text as zone")[:_MAX_TEXT])
    if time_zone is None:
        raise FunctionError(f"${name}: expected a zone such as `+02:00` or `Europe/Berlin`, got other text")
    return time_zone


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
