"""Date pictures taken apart into literals and markers, after XPath Functions and Operators 3.1, section 9.8.4."""

import math
import re
from itertools import groupby
from typing import Final, Literal

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.numerals.pictures import IntegerPicture, integer_picture
from unified_jsonata.runtime.numerals.plain import SPACE, leading_integer

Names = Literal["", "upper", "lower", "title"]

USUAL: Final = (
    dict.fromkeys("YMDdWwXxHhf", "1") | dict.fromkeys("FPCE", "n") | dict.fromkeys("ms", "01") | dict.fromkeys("Zz", "01:01")
)
"""The presentation of a marker without one."""
NUMERIC: Final = frozenset("YMDdFWwXxHhmsf")
ZONES: Final = frozenset("Zz")
MODIFIERS: Final = frozenset("atco")
BLANK = re.compile(f"[{SPACE}]+")


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """One `[…]`. `number` is set for numeric components without `names` and for zones.

    `most` is the greatest width, None for none; it may be NaN. `modulus` is the digits of a year that are shown, -1 for all.
    """

    component: str
    names: Names = ""
    number: IntegerPicture | None = None
    most: float | None = None
    modulus: float = -1
    second: str = ""


Part = str | Marker


def parts(picture: str) -> list[Part]:
    """Return literals and markers in order. D3135 for a marker that does not end, D3132, D3131."""
    found: list[Part] = []
    start = at = 0
    while (at := picture.find("[", at)) >= 0:
        if picture.startswith("[[", at):
            _literal(found, picture[start : at + 1])
            start = at = at + 2
            continue
        _literal(found, picture[start:at])
        end = picture.find("]", at)
        if end < 0:
            raise Failure("D3135")
        found.append(marker(BLANK.sub("", picture[at + 1 : end])))
        start = at = end + 1
    _literal(found, picture[start:])
    return _joined(found)


def _literal(found: list[Part], text: str) -> None:
    if text:
        found.append(text.replace("]]", "]"))


def _joined(found: list[Part]) -> list[Part]:
    """Join literals that follow one another."""
    joined: list[Part] = []
    for literal, run in groupby(found, key=lambda part: isinstance(part, str)):
        same = list(run)
        joined += ["".join(map(str, same))] if literal else same
    return joined


def marker(text: str) -> Marker:
    """Return one marker, its blanks taken out."""
    component, comma = text[:1], text.rfind(",")
    least: float | None = None
    most: float | None = None
    if comma == 0:
        return Marker(component=component)
    if comma > 0:
        low, dash, high = text[comma + 1 :].partition("-")
        least, most = _width(low), _width(high) if dash else None
    return _presented(component, text[1 : comma if comma > 0 else len(text)], least, most)


def _width(text: str) -> float | None:
    return None if text == "*" else leading_integer(text)


def _presented(component: str, presentation: str, least: float | None, most: float | None) -> Marker:
    second = ""
    if len(presentation) > 1 and presentation[-1] in MODIFIERS:
        presentation, second = presentation[:-1], presentation[-1]
    presentation = presentation or USUAL.get(component, "")
    if not presentation:
        raise Failure("D3132")
    if component in ZONES:
        return Marker(component=component, number=integer_picture(presentation), second=second)
    if presentation[0] in "nN":
        return Marker(component=component, names=_names(presentation), most=most)
    if component not in NUMERIC:
        return Marker(component=component)
    number = integer_picture(presentation + (";" + second if second else ""))
    return _numeric(component, number, least, most)


def _names(presentation: str) -> Names:
    return "lower" if presentation[0] == "n" else "title" if presentation[1:2] == "n" else "upper"


def _numeric(component: str, number: IntegerPicture, least: float | None, most: float | None) -> Marker:
    mandatory, modulus = number.mandatory, -1.0
    if number.kind == "decimal" and least is not None and mandatory < least:
        mandatory = least
    if component == "Y":
        digits = mandatory + number.optional
        if most is not None:
            modulus = mandatory = most
        elif digits >= 2:  # noqa: PLR2004 - one digit shows the whole year
            modulus = digits
    changed = mandatory != number.mandatory and number.kind == "decimal"
    if changed:
        number = msgspec.structs.replace(number, mandatory=mandatory)
    return Marker(component=component, number=number, most=most, modulus=modulus)


def shown_digits(value: float, modulus: float) -> float:
    """Return the last digits of a year."""
    if modulus == -1:
        return value
    if math.isnan(modulus) or math.isnan(value):
        return math.nan
    return value if modulus > 15 else math.floor(math.fmod(value, 10.0**modulus))  # noqa: PLR2004 - no year is longer
