"""The calendar as arithmetic: days since 1970, the proleptic Gregorian date of any day, ISO weeks."""

import math
from typing import Final

import msgspec

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
MINUTE: Final = 60_000
SECOND: Final = 1_000
REACH: Final = 8_640_000_000_000_000
"""Milliseconds from 1970 that a time can be away: JavaScript's bound."""
ERA: Final = 146_097
"""Days of 400 years."""
MARCH: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A time by its components; every one is NaN when there is no such time.

    `weekday` counts from Monday, 1 to 7. `zone_hours` and `zone_minutes` are the offset from UTC, NaN when unreadable.
    """

    year: float
    month: float
    day: float
    hour: float
    minute: float
    second: float
    milli: float
    weekday: float
    days: float
    zone_hours: float = 0
    zone_minutes: float = 0


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01. The month is counted from 1 and may be any integer, as may the day."""
    turns, month = divmod(month - 3, 12)
    year += turns
    shifted = year // 400 * ERA + year % 400 * 365 + year % 400 // 4 - year % 400 // 100
    return shifted + (153 * month + 2) // 5 + day - 1 - MARCH


def civil(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a day since 1970."""
    era, within = divmod(days + MARCH, ERA)
    year = (within - within // 1460 + within // 36524 - within // 146096) // 365
    rest = within - (365 * year + year // 4 - year // 100)
    shifted = (5 * rest + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9  # noqa: PLR2004 - January and February close the year
    return era * 400 + year + (month <= 2), month, rest - (153 * shifted + 2) // 5 + 1  # noqa: PLR2004


def moment(millis: float, hours: float = 0, minutes: float = 0) -> Moment:
    """Return the components of a time in a zone; fractions of a millisecond are cut off. Out of reach everything is NaN."""
    local = millis + (60 * hours + minutes) * MINUTE
    if not abs(local) <= REACH:
        nan = math.nan
        return Moment(
            year=nan, month=nan, day=nan, hour=nan, minute=nan, second=nan, milli=nan, weekday=nan, days=nan,
            zone_hours=hours, zone_minutes=minutes,
        )  # fmt: skip
    days, rest = divmod(int(local), DAY)
    year, month, day = civil(days)
    return Moment(
        year=year,
        month=month,
        day=day,
        hour=rest // HOUR,
        minute=rest // MINUTE % 60,
        second=rest // SECOND % 60,
        milli=rest % SECOND,
        weekday=(days + 3) % 7 + 1,
        days=days,
        zone_hours=hours,
        zone_minutes=minutes,
    )


def day_of_year(at: Moment) -> float:
    """Return the day of the year, counted from 1."""
    return math.nan if at.days != at.days else at.days - days_from_civil(int(at.year), 1, 1) + 1


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """The ISO week of a day: it belongs to the year and to the month of its Thursday, and is counted from 1 in both."""

    year: float
    month: float
    of_year: float
    of_month: float


def week(at: Moment) -> Week:
    """Return the week of a time; NaN throughout when there is no such time."""
    if at.days != at.days:
        return Week(year=math.nan, month=math.nan, of_year=math.nan, of_month=math.nan)
    thursday = int(at.days - at.weekday + 4)
    year, month, day = civil(thursday)
    first = days_from_civil(year, 1, 1)
    return Week(year=year, month=month, of_year=(thursday - first) // 7 + 1, of_month=(day - 1) // 7 + 1)
