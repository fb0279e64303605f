"""ISO 8601 as the language reads and writes it, and the two in one step, which is what most mappings do with a date.

The forms that are accepted are those of the reference, with the dates of JavaScript: a day that a month does not have is
one of the next month, `24:00:00` is midnight, a text of the right form that is not a time gives NaN.
"""

import math
import re
from calendar import isleap
from datetime import UTC, datetime
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.dates.civil import DAY, HOUR, MINUTE, SECOND, days_from_civil, moment
from unified_jsonata.undefined import UNDEFINED

DATE: Final = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
"""Month and day, but not February 29."""
CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
canonical = re.compile(rf"[0-9]{{4}}-{DATE}T{CLOCK}:[0-5][0-9]\.[0-9]{{3}}(?:Z|[+-]00:?00)").fullmatch
"""The form in which times are written, but also with the offset of UTC in place of `Z`."""
CANONICAL: Final = 24
"""Characters of a time as it is written."""
SECONDS: Final = 20
"""Characters of the same without milliseconds."""
NO_HOUR: Final = "24"
"""Newer releases of Python read it as the end of the day."""
COMMON: Final = rf"(?:T({CLOCK})(:[0-5][0-9])(?:\.([0-9]+))?(?:Z|[+-]00:?00|([+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]))?)?"
common = re.compile(rf"([0-9]{{4}}-{DATE}){COMMON}").fullmatch
leaping = re.compile(rf"([0-9]{{4}}-02-29){COMMON}").fullmatch
accepted = re.compile(
    r"([0-9]{4})(?:-([01][0-9]))?(?:-([0-3][0-9]))?"
    r"(?:T([0-2][0-9]):([0-5][0-9]):([0-5][0-9]))?(\.[0-9]+)?(?:(Z)|([+-])([0-2][0-9]):?([0-5][0-9]))?"
).fullmatch
ORIGIN: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
FIRST_YEAR: Final = "0001"
"""The first year that the standard library knows; texts compare like times."""
NO_TIME: Final = "0NaN-NaN-NaNTNaN:NaN:NaN.NaN"
"""How the reference writes an invalid time."""
MINUTES: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
"""The minutes of a day."""
MINUTE_OF: Final = {text: minute for minute, text in enumerate(MINUTES)}
SHIFTS: Final = {
    f"{sign}{text}": minute if sign == "+" else -minute
    for minute, clock in enumerate(MINUTES)
    for text in (clock, clock.replace(":", ""))
    for sign in "+-"
}
"""Offset as written -> minutes."""


def iso_text(_: Budget, text: Any) -> Any:
    """Evaluate `$fromMillis($toMillis(text))`: the same time in UTC with milliseconds. D3110; UNDEFINED when missing."""
    if text is UNDEFINED:
        return UNDEFINED
    if canonical(text):
        return text if len(text) == CANONICAL else text[: CANONICAL - 1] + "Z"
    return iso_again(text)


def iso_again(text: str) -> str:
    """Return the result of `iso_text` for a text that is not in its final form yet."""
    found = common(text) or _leap_day(text)
    if found is None:
        return iso_written(iso_millis(text))
    day, minute, second, fraction, zone = found.groups()
    if minute is None:
        return day + "T00:00:00.000Z"
    if zone is not None:
        at = MINUTE_OF[minute] - SHIFTS[zone]
        if not 0 <= at < len(MINUTES):
            return iso_written(iso_millis(text))
        minute = MINUTES[at]
    if fraction is None:
        return f"{day}T{minute}{second}.000Z"
    return f"{day}T{minute}{second}.{(fraction + '00')[:3]}Z"


def _leap_day(text: str) -> re.Match[str] | None:
    found = leaping(text)
    return found if found is not None and isleap(int(text[:4])) else None


def usual(text: str) -> datetime | None:
    """Return a time with seconds or milliseconds and `Z`, of a year that the standard library knows; None for any other."""
    if not ((len(text) == CANONICAL and text[19] == ".") or len(text) == SECONDS) or text[-1] != "Z":
        return None
    if not (text[7] == "-" and text[10] == "T" and text[13] == ":" == text[16] and text[11:13] < NO_HOUR):
        return None
    try:
        return datetime.fromisoformat(text[:-1])
    except ValueError:
        return None


def iso_millis(text: str) -> float:
    """Return milliseconds of a text; NaN for one of the right form that is not a time, D3110 for any other."""
    found = usual(text)
    if found is None and canonical(text) and text > FIRST_YEAR:
        found = datetime.fromisoformat(text[: CANONICAL - 1])
    if found is not None:
        since = found - ORIGIN
        return since.days * DAY + since.seconds * SECOND + since.microseconds // 1000
    return _any_millis(text)


def _any_millis(text: str) -> float:
    found = accepted(text)
    if found is None:
        raise Failure("D3110")
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = found.groups()
    if month is None and day is not None:
        return math.nan  # month 20 to 39
    if hour is None and (fraction is not None or sign is not None):
        return math.nan
    days = _days(_full(int(year)) if utc and hour is None else int(year), int(month or 1), int(day or 1))
    millis = _clock(hour, minute, second, fraction)
    offset = 0 if sign is None else _offset(sign, int(hours), int(minutes))
    total = days * DAY + millis - offset
    return total if math.isnan(total) else int(total)


def _full(year: int) -> int:
    """Return a year of two digits as JavaScript reads it in dates that are not quite ISO."""
    return year + (2000 if year < 50 else 1900) if year < 100 else year  # noqa: PLR2004 - two digits, and which century


def _days(year: int, month: int, day: int) -> float:
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - months, and days of the longest
        return math.nan
    return days_from_civil(year, month, day)


def _clock(hour: str | None, minute: str, second: str, fraction: str | None) -> float:
    if hour is None:
        return 0
    millis = int(hour) * HOUR + int(minute) * MINUTE + int(second) * SECOND
    if fraction is None:
        return millis if millis <= DAY else math.nan
    if millis > DAY or (millis == DAY and fraction.strip(".0")):
        return math.nan
    return millis + int((fraction[1:4] + "00")[:3])


def _offset(sign: str, hours: int, minutes: int) -> float:
    if hours > 23:  # noqa: PLR2004 - hours of a day
        return math.nan
    return (hours * 60 + minutes) * (MINUTE if sign == "+" else -MINUTE)


def iso_written(millis: float, hours: float = 0, minutes: float = 0) -> str:
    """Return a time with milliseconds, `Z` or `±hh:mm`. Years have their last four digits, those before 0 a sign too."""
    at = moment(millis, hours, minutes)
    zone = _zone(hours * 100 + minutes)
    if math.isnan(at.days):
        return NO_TIME + zone
    year = f"-{-at.year % 10_000:04d}" if at.year < 0 else f"{at.year % 10_000:04d}"
    return f"{year}-{at.month:02d}-{at.day:02d}T{at.hour:02d}:{at.minute:02d}:{at.second:02d}.{at.milli:03d}{zone}"


def _zone(offset: float) -> str:
    """Return an offset given as hours times 100 and minutes."""
    if offset == 0:
        return "Z"
    if math.isnan(offset):
        return "0N:aN"  # what the reference writes
    digits = f"{abs(int(offset)):04d}"
    first = len(digits) % 2
    pairs = [digits[:first]] if first else []
    pairs += [digits[at : at + 2] for at in range(first, len(digits), 2)]
    return ("+" if offset > 0 else "-") + ":".join(pairs)
