"""Pictures of numbers and literals only, the usual ones: read and written with little more than a regular expression."""

import math
import re
from collections.abc import Callable
from datetime import date
from operator import itemgetter
from typing import Final

import msgspec

from unified_jsonata.runtime.dates.civil import DAY, HOUR, MINUTE, SECOND, moment
from unified_jsonata.runtime.dates.markers import Marker, Part
from unified_jsonata.runtime.dates.pieces import Piece, pieces
from unified_jsonata.runtime.dates.zones import read_zone, write_zone
from unified_jsonata.runtime.numerals.pictures import ASCII_ZERO
from unified_jsonata.undefined import Undefined

Parse = Callable[[str], "float | Undefined"]
Write = Callable[[float], str]

ORDER: Final = "YMDHmsf"
EPOCH: Final = date(1970, 1, 1).toordinal()
FIRST: Final = (date(1, 1, 1).toordinal() - EPOCH) * DAY
LAST: Final = (date(9999, 12, 31).toordinal() - EPOCH + 1) * DAY
CENTURY: Final = 100
WIDEST: Final = 9
"""Digits of a component that is read the short way."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A picture with components that are plain numbers: each of `names` is one of Y, M, D, H, m, s, f, Z or z."""

    found: tuple[Part, ...]
    names: tuple[str, ...]
    widths: tuple[int, ...]


def layout(found: list[Part]) -> Layout | None:
    """Return a picture as one of plain numbers, or None."""
    markers = [part for part in found if isinstance(part, Marker)]
    if not markers or not all(_plain(marker) for marker in markers):
        return None
    return Layout(
        found=tuple(found),
        names=tuple(marker.component for marker in markers),
        widths=tuple(int(marker.number.mandatory) if marker.number else 0 for marker in markers),
    )


def _plain(marker: Marker) -> bool:
    """Return ASCII digits without separators and suffix, the whole year."""
    number = marker.number
    if (
        number is None
        or number.kind != "decimal"
        or number.zero != ASCII_ZERO
        or number.ordinal
        or math.isnan(number.mandatory)
    ):
        return False
    if marker.component in {"Z", "z"}:
        return marker.second == "" and (number.regular == 2 or not number.separators)  # noqa: PLR2004 - hh:mm
    whole = marker.component != "Y" or marker.modulus in {-1, 4}
    return marker.component in ORDER and not number.separators and 0 < number.mandatory <= WIDEST and whole


def fast_parse(shape: Layout, general: Parse) -> Parse | None:
    """Return how to read such a picture; None when it has not a date first. `general` reads what is out of the ordinary."""
    dated = "".join(name for name in shape.names if name not in {"Z", "z"})
    if len(set(shape.names)) < len(shape.names) or len(shape.names) - len(dated) > 1:
        return None
    if not len(dated) >= 3 or set(dated) != set(ORDER[: len(dated)]):  # noqa: PLR2004 - year, month, day
        return None
    made = pieces(list(shape.found))
    if any(piece.runs and piece.runs in made[at + 1].begins for at, piece in enumerate(made[:-1])):
        return None
    return _reader(shape, made, general)


def _pattern(piece: Piece) -> str:
    if piece.read is None:
        return piece.pattern
    if piece.component in {"Z", "z"}:
        return f"({piece.pattern})"
    return f"([0-9]{{{piece.width or f'1,{WIDEST}'}}})"


def _reader(shape: Layout, made: list[Piece], general: Parse) -> Parse:
    whole = re.compile("".join(map(_pattern, made)), re.IGNORECASE | re.ASCII).fullmatch
    place = {name: at + 1 for at, name in enumerate(shape.names)}
    year, month, day = place["Y"], place["M"], place["D"]
    ordinal = date

    def days(hit: re.Match[str]) -> int:
        """Return the days since 1970; ValueError for another form of date, or a year that means another."""
        number = int(hit[year])
        if number < CENTURY:
            raise ValueError
        return ordinal(number, int(hit[month]), int(hit[day])).toordinal() - EPOCH

    later = _later(shape, place)

    def parse(text: str) -> float | Undefined:
        hit = whole(text)
        if hit is None:
            return general(text)
        try:
            millis = days(hit) * DAY
        except ValueError:
            return general(text)
        return millis + later(hit) if later else millis

    return parse


def _later(shape: Layout, place: dict[str, int]) -> Callable[[re.Match[str]], int] | None:
    """Return what the time of day and the zone add, None without them."""
    units = [(place[name], unit) for name, unit in (("H", HOUR), ("m", MINUTE), ("s", SECOND)) if name in place]
    fraction = place.get("f", 0)
    zone = place.get("Z", place.get("z", 0))
    if not units and not zone:
        return None
    separator = next(
        (_separator(part) for part in shape.found if isinstance(part, Marker) and part.component in {"Z", "z"}), ""
    )
    prefix = 3 if "z" in place else 0

    def later(hit: re.Match[str]) -> int:
        millis = 0
        for at, unit in units:
            millis += int(hit[at]) * unit
        if fraction:
            millis += int(float("0." + hit[fraction]) * 1000)
        if zone:
            millis -= _minutes(hit[zone][prefix:], separator) * MINUTE
        return millis

    return later


def _minutes(text: str, separator: str) -> int:
    if len(text) == (6 if separator else 5):
        return int(text[:3]) * 60 + int(text[-2:])
    minutes = read_zone(text, separator)
    return int(minutes) if math.isfinite(minutes) else 0


def _separator(marker: Marker) -> str:
    return marker.number.separators[0][1] if marker.number is not None and marker.number.regular else ""


def fast_format(shape: Layout, general: Write) -> Write:
    """Return how to write such a picture in UTC; `general` writes years before 1 and after 9999."""
    template, wanted = "", []
    utc = moment(0)
    widths = iter(shape.widths)
    for part in shape.found:
        if isinstance(part, str):
            template += part.replace("%", "%%")
            continue
        width = next(widths)
        if part.component in {"Z", "z"}:
            template += write_zone(utc, part).replace("%", "%%")
        else:
            template += f"%0{width}d"
            wanted.append(ORDER.index(part.component))
    if not wanted:
        return general
    return _dated(template, wanted, general) if max(wanted) < 3 else _timed(template, wanted, general)  # noqa: PLR2004


def _dated(template: str, wanted: list[int], general: Write) -> Write:
    from_ordinal, pick = date.fromordinal, itemgetter(*wanted)
    iso = template == "%04d-%02d-%02d" and wanted == [0, 1, 2]

    def write(millis: float) -> str:
        if type(millis) is not int or not FIRST <= millis < LAST:
            return general(millis)
        day = from_ordinal(millis // DAY + EPOCH)
        return day.isoformat() if iso else template % pick((day.year, day.month, day.day))

    return write


def _timed(template: str, wanted: list[int], general: Write) -> Write:
    from_ordinal, pick = date.fromordinal, itemgetter(*wanted)

    def write(millis: float) -> str:
        if type(millis) is not int or not FIRST <= millis < LAST:
            return general(millis)
        days, rest = divmod(millis, DAY)
        day = from_ordinal(days + EPOCH)
        second, milli = divmod(rest, SECOND)
        minute = second // 60
        written: str = template % pick((day.year, day.month, day.day, minute // 60, minute % 60, second % 60, milli))
        return written

    return write
