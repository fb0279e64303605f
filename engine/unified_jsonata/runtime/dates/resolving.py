"""The components that were read from a text, completed and put together to a time."""

import math
import time
from collections.abc import Mapping
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.civil import DAY, HOUR, MINUTE, REACH, SECOND, civil, days_from_civil, moment
from unified_jsonata.still import still_millis

Found = Mapping[str, float | None]
"""Component -> value, None for an unknown name; `Z` and `z` are minutes."""
BITS: Final = {name: 1 << at for at, name in enumerate("DdwWxMXY")}
TIMES: Final = {name: 1 << at for at, name in enumerate("fsmhHP")}
CENTURY: Final = 100
"""Years below it are those of the 20th century, as JavaScript's Date.UTC has it."""
FAR: Final = 400_000
"""Years and, times twelve, months beyond which there is no time."""


def resolve(found: Found) -> float:
    """Return milliseconds since 1970, NaN when there is no such time.

    Components before the first one are taken from the current time, those behind the last one have their least value.
    D3136 when a component in between lacks, or when the date is given by its week.
    """
    day_order, by_day = _day_order(found)
    times = _mask(found, TIMES)
    halves = not _within(times, "Hmsf") and _within(times, "Phmsf")
    complete = _completed(found, day_order + ("Phmsf" if halves else "Hmsf"))
    if day_order[0] != "Y":
        raise Failure("D3136", "a date by its week")
    days = _day_by_number(complete["Y"], found["d"]) if by_day else _day(complete)
    hour = complete["h" if halves else "H"]
    if halves:
        hour = (0 if hour == 12 else hour) + (12 if complete["P"] == 1 else 0)  # noqa: PLR2004 - noon and midnight
    millis = days * DAY + hour * HOUR + complete["m"] * MINUTE + complete["s"] * SECOND + _whole(complete["f"])
    return _clipped(_clipped(millis) - _zone(found))


def _day_order(found: Found) -> tuple[str, bool]:
    """Return the components of the date in order, and whether its day is counted from the beginning of the year."""
    dates = _mask(found, BITS)
    if _within(dates, "YMD"):
        return "YMD", False
    if _within(dates, "Yd"):
        return "YD", True
    if _within(dates, "Xxw"):
        return "XxwF", False
    return ("XWF", False) if _within(dates, "XW") else ("YMD", False)


def _mask(found: Found, bits: dict[str, int]) -> int:
    """Return the components that exist and are not zero: the reference does not see the others."""
    return sum(bit for name, bit in bits.items() if (value := found.get(name)) and not math.isnan(value))


def _within(mask: int, names: str) -> bool:
    allowed = sum(BITS.get(name, 0) for name in names) if "Y" in names or "X" in names else sum(TIMES[name] for name in names)
    return mask != 0 and mask & ~allowed == 0


def _completed(found: Found, order: str) -> dict[str, float]:
    now: dict[str, Any] | None = None
    complete: dict[str, float] = {}
    started = ended = False
    for name in order:
        value = found.get(name)
        if value is not None:
            started = True
            if ended:
                raise Failure("D3136")
            complete[name] = value
        elif started:
            ended = True
            complete[name] = 1 if name in "MD" else 0
        else:
            now = now or _now()
            complete[name] = now.get(name, 0)
    return complete


def _now() -> dict[str, Any]:
    still = still_millis()
    at = moment(time.time_ns() // 1_000_000 if still is None else still)
    return {"Y": at.year, "M": at.month, "D": at.day, "H": at.hour, "h": at.hour, "m": at.minute, "s": at.second, "f": at.milli}


def _year(year: float) -> float:
    return year + 1900 if 0 <= year < CENTURY else year


def _day(complete: dict[str, float]) -> float:
    """Return days since 1970; months and days beyond their range carry over into the next year or month."""
    year, month, day = _year(complete["Y"]), complete["M"], complete["D"]
    month = month if month > 0 else 1
    if not (abs(year) < FAR and abs(month) < 12 * FAR):
        return math.nan
    return days_from_civil(int(year), int(month), 1) + day - 1


def _day_by_number(year: float, number: float | None) -> float:
    """Set month and day to those of the counted day; beyond the end of the year it is the same year again."""
    first = _year(year)
    if number is None or not abs(first) < FAR or not abs(number) < FAR * 366:
        return math.nan
    _, month, day = civil(days_from_civil(int(first), 1, 1) + int(number) - 1)
    return days_from_civil(int(first), month, day)


def _whole(value: float) -> float:
    return value if isinstance(value, int) or not math.isfinite(value) else math.trunc(value)


def _zone(found: Found) -> float:
    minutes = found.get("Z") or found.get("z") or 0
    return 0 if math.isnan(minutes) else minutes * MINUTE


def _clipped(millis: float) -> float:
    return millis if abs(millis) <= REACH else math.nan
