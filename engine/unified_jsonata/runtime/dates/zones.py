"""Offsets from UTC: as an argument, written, and read."""

import math

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.civil import Moment
from unified_jsonata.runtime.dates.markers import Marker
from unified_jsonata.runtime.numerals.integers import write_integer
from unified_jsonata.runtime.numerals.pictures import integer_picture
from unified_jsonata.runtime.numerals.plain import leading_integer

MINUTES = integer_picture("00")
MAX_ZONES = 4
"""Digits of an offset without separator."""


def offset(text: str) -> tuple[float, float]:
    """Return hours and minutes of `±HHMM`. Both are NaN for text without digits.

    The hours are rounded down and the minutes keep their sign: the reference makes -0530 six and a half hours.
    """
    number = leading_integer(text)
    if not math.isfinite(number):
        return math.nan, math.nan
    return math.floor(number / 100), math.fmod(number, 100)


def write_zone(at: Moment, marker: Marker) -> str:
    """Return the offset under a marker. D3134 for a picture without a number, or with over four digits and no separator."""
    hours, minutes, picture = at.zone_hours, at.zone_minutes, marker.number
    total = hours * 100 + minutes
    if picture is not None and picture.kind == "decimal" and not picture.regular and picture.mandatory > MAX_ZONES:
        raise Failure("D3134")
    if total == 0 and marker.second == "t":
        return "Z"
    if picture is None or picture.kind != "decimal":
        raise Failure("D3134")
    if picture.regular or picture.mandatory > 2:  # noqa: PLR2004 - hours and minutes
        shown = write_integer(total, picture)
    else:
        shown = write_integer(hours, picture)
        if minutes != 0:
            shown += ":" + write_integer(minutes, MINUTES)
    return ("GMT" if marker.component == "z" else "") + ("+" if total >= 0 else "") + shown


def read_zone(text: str, separator: str) -> float:
    """Return minutes of an offset; hours and minutes are parted by a separator, or by their digits when there is none.

    Only the hours have the sign, as in the reference.
    """
    if separator:
        hours, found, minutes = text.partition(separator)
        return leading_integer(hours) * 60 + (leading_integer(minutes) if found else math.nan)
    if len(text) <= 3:  # noqa: PLR2004 - sign and two digits
        return leading_integer(text) * 60
    return leading_integer(text[:3]) * 60 + leading_integer(text[3:])
