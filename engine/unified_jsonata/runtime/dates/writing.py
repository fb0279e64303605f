"""Times written under any picture, component by component."""

import math
from collections.abc import Callable
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.civil import Moment, day_of_year, week
from unified_jsonata.runtime.dates.markers import Marker, Part, shown_digits
from unified_jsonata.runtime.dates.names import NAMED
from unified_jsonata.runtime.dates.zones import write_zone
from unified_jsonata.runtime.numerals.integers import write_integer

Writer = Callable[[Moment], str]

LONGEST: Final = 10_000_000
"""Characters of a written time."""
VALUES: Final[dict[str, Callable[[Moment], float]]] = {
    "Y": lambda at: at.year,
    "M": lambda at: at.month,
    "D": lambda at: at.day,
    "d": day_of_year,
    "F": lambda at: at.weekday,
    "W": lambda at: week(at).of_year,
    "w": lambda at: week(at).of_month,
    "X": lambda at: week(at).year,
    "x": lambda at: week(at).month,
    "H": lambda at: at.hour,
    "h": lambda at: (at.hour + 11) % 12 + 1,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
    "f": lambda at: at.milli,
}


def writer(found: list[Part]) -> Writer:
    """Return a function that writes a time.

    What is wrong with a picture is said when it is used: D3130, D3133, D3134, U1002.
    """
    writers = [_literal(part) if isinstance(part, str) else _component(part) for part in found]
    size = sum(_size(part) for part in found)

    def write(at: Moment) -> str:
        if size > LONGEST:
            raise Failure("U1002", f"more than {LONGEST} characters")
        return "".join([one(at) for one in writers])

    return write


def _size(part: Part) -> float:
    if isinstance(part, str):
        return len(part)
    mandatory = part.number.mandatory if part.number is not None else 0
    return max(0, mandatory)


def _literal(text: str) -> Writer:
    return lambda _: text


def _component(marker: Marker) -> Writer:
    component = marker.component
    if component == "P":
        return _half(marker)
    if component in {"Z", "z"}:
        return lambda at: write_zone(at, marker)
    if component in {"C", "E"}:
        return lambda _: "ISO"
    value = VALUES.get(component)
    if value is None:
        return lambda _: "undefined"  # what the reference writes for a component that it does not know
    return _name(marker, value) if marker.names else _number(marker, value)


def _half(marker: Marker) -> Writer:
    before, after = ("AM", "PM") if marker.names == "upper" else ("am", "pm")
    return lambda at: after if at.hour >= 12 else before  # noqa: PLR2004 - noon


def _name(marker: Marker, value: Callable[[Moment], float]) -> Writer:
    names = NAMED.get(marker.component)

    def write(at: Moment) -> str:
        if names is None:
            raise Failure("D3133")
        number = value(at)
        if math.isnan(number):
            return _nameless(marker)
        name = names[int(number) - 1]
        shown = name.upper() if marker.names == "upper" else name.lower() if marker.names == "lower" else name
        return shown[: int(marker.most)] if marker.most is not None and len(shown) > marker.most else shown

    return write


def _nameless(marker: Marker) -> str:
    """Write a time that does not exist, as the reference does, or fail."""
    if marker.names == "title" and marker.most is None:
        return "undefined"
    raise Failure("D1001")


def _number(marker: Marker, value: Callable[[Moment], float]) -> Writer:
    picture = marker.number
    if picture is None:
        raise AssertionError(marker)
    if marker.component == "Y":
        return lambda at: write_integer(shown_digits(at.year, marker.modulus), picture)
    return lambda at: write_integer(value(at), picture)
