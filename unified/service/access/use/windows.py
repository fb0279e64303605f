"""When a key or MCP server may be used: from a time on, and on weekdays and hours of a named time zone. Pure functions.

A window is checked by the clock on the wall of its zone. Where that clock is put back, an hour comes twice, and both count;
where it is put forward, what would begin within the missing hour begins after it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from unified.errors.requests import ValidationFailed
from unified.text.parsing_times import Moment, parse_time

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = get_args(Day)
MAX_HOURS = 20
"""Spans of hours in one window."""
LOOKED_AHEAD = timedelta(days=8)
"""One week and a day: after it, a window repeats."""
MAX_ROUNDS = 100
"""How often windows of a chain are asked in turn before they count as never open together."""
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_MIDNIGHT = "24:00"
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of some weekdays; an end that is not after the start lies on the next day."""

    start: ClockTime
    """Such as `08:00`, included."""
    end: ClockTime
    """Such as `18:00`, or `24:00`; not included."""
    days: tuple[Day, ...] = DAYS
    """The weekdays on which they start; all of them if left out."""


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When something may be used; outside it is refused."""

    not_before: Moment | None = None
    """The time from which on it may be used at all."""
    time_zone: str = "UTC"
    """The zone of the hours, such as `Europe/Berlin` (IANA)."""
    hours: tuple[Hours, ...] = ()
    """When it may be used; always if empty."""


def checked_window(window: Window) -> Window:
    """Return a window as it was requested, if it can be checked.

    Raises:
        ValidationFailed: an unknown time zone, a time without a zone, hours that are empty, or too many of them.
    """
    _zone(window.time_zone)
    if window.not_before is not None:
        parse_time("/window/not_before", window.not_before)
    if len(window.hours) > MAX_HOURS:
        raise ValidationFailed.at("/window/hours", f"expected at most {MAX_HOURS} entries, got {len(window.hours)}")
    for place, one in enumerate(window.hours):
        if not one.days or one.start in {one.end, _MIDNIGHT}:
            raise ValidationFailed.at(f"/window/hours/{place}", "expected weekdays, and a start that is not the end")
    return window


def opens_at(windows: Sequence[Window], now: datetime) -> datetime | None:
    """Return when all of the windows are open together: now, if they are; None if they never are."""
    moment = now
    for _ in range(MAX_ROUNDS):
        later = [_opening(one, moment) for one in windows]
        known = [one for one in later if one is not None]
        if len(known) < len(later):
            return None
        latest = max(known, default=moment)
        if latest == moment:
            return moment
        moment = latest
    return None


def _opening(window: Window, now: datetime) -> datetime | None:
    start = now if window.not_before is None else max(now, parse_time("/window/not_before", window.not_before))
    zone = _zone(window.time_zone)
    if not window.hours or _is_open(window.hours, start.astimezone(zone)):
        return start
    later = (one for one in _candidates(window.hours, zone, start) if one > start)
    return min((one for one in later if _is_open(window.hours, one.astimezone(zone))), default=None)


def _is_open(hours: Iterable[Hours], local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
    return any(_covers(one, clock, today, yesterday) for one in hours)


def _covers(one: Hours, clock: str, today: Day, yesterday: Day) -> bool:
    if one.start < one.end:
        return today in one.days and one.start <= clock < one.end
    return (today in one.days and clock >= one.start) or (yesterday in one.days and clock < one.end)


def _candidates(hours: Iterable[Hours], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield every time at which hours may begin: their starts, and changes of the zone's clock."""
    first = after.astimezone(zone).date() - timedelta(days=1)
    starts = {one.start for one in hours}
    for number in range(LOOKED_AHEAD.days + 2):
        day = first + timedelta(days=number)
        for start in starts:
            yield from _moments(day, start, zone)
        yield from _changes(day, zone)


def _moments(day: date, start: str, zone: ZoneInfo) -> Iterator[datetime]:
    clock = time.fromisoformat(start)
    for fold in (0, 1):
        yield datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)


def _changes(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the time at which the zone's clock is put forward or back on a day, to the minute."""
    low = datetime.combine(day, time(), zone).astimezone(UTC)
    high = low + timedelta(days=1)
    before = low.astimezone(zone).utcoffset()
    if high.astimezone(zone).utcoffset() == before:
        return
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    yield high.replace(second=0, microsecond=0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # an unknown zone, a folder of zones, or no path at all
        raise ValidationFailed.at(
            "/window/time_zone", "expected a time zone of the IANA database, such as Europe/Berlin or UTC"
        ) from None
