"""The parts of a picture as what they match in a text, and what they make of it."""

import math
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.markers import NUMERIC, Marker, Part
from unified_jsonata.runtime.dates.names import NAMED, lookup
from unified_jsonata.runtime.dates.zones import read_zone
from unified_jsonata.runtime.numerals.integers import read_integer
from unified_jsonata.runtime.numerals.pictures import IntegerPicture
from unified_jsonata.runtime.numerals.words import VALUES

Read = Callable[[str], float | None]
Shape = Literal["literal", "digits", "letters", "roman", "words", "zone"]

FRACTION: Final = 1000
"""Digits of a second that can matter."""
PATTERNS: Final[dict[Shape, str]] = {
    "digits": "[0-9]+",
    "letters": "[a-zA-Z]+",
    "roman": "[MDCLXVImdclxvi]+",
}
WORDS: Final = (*VALUES, "and", "-", ",", " ")
"""The words of a number, in the order in which they are tried."""
LONGEST_WORD: Final = max(map(len, WORDS))


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` matches in any case. `width` is an exact number of digits, 0 for any; `read` is None for literals.

    `begins` and `runs` are the kinds of character (d for digits, l for letters) that it may begin with, and that it may
    end with while it could continue.
    """

    shape: Shape
    pattern: str
    component: str = ""
    read: Read | None = None
    width: int = 0
    begins: str = ""
    runs: str = ""


def pieces(found: list[Part]) -> list[Piece]:
    """Return what to look for, in order. D3130 and D3133 for markers that cannot be read."""
    made: list[Piece] = []
    for at, part in enumerate(found):
        if isinstance(part, str):
            made.append(_literal(part))
            continue
        follower = found[at + 1] if at + 1 < len(found) else None
        adjacent = isinstance(follower, Marker) and follower.number is not None and follower.component in NUMERIC
        made.append(_piece(part, fixed=adjacent))
    return made


def _literal(text: str) -> Piece:
    pattern = "".join(map(_any_case, text))
    return Piece(shape="literal", pattern=pattern, begins=_kind(text[0]))


def _any_case(character: str) -> str:
    """Return a pattern for any case. JavaScript folds one character to one other, and never beyond ASCII from inside it."""
    if character.isascii() or ord(character) > 0xFFFF:  # noqa: PLR2004 - the basic plane
        return re.escape(character)
    upper = _folded(character)
    same = {
        other for other in (character, upper, character.lower(), upper.lower()) if len(other) == 1 and _folded(other) == upper
    }
    return "[" + "".join(re.escape(other) for other in sorted(same)) + "]"


def _folded(character: str) -> str:
    upper = character.upper()
    return upper if len(upper) == 1 and not upper.isascii() else character


def _kind(character: str) -> str:
    if not character.isascii():
        return ""
    return "d" if character.isdigit() else "l" if character.isalpha() else ""


def _piece(marker: Marker, *, fixed: bool) -> Piece:
    component = marker.component
    if component in {"Z", "z"}:
        return _zone(marker)
    if component == "f":
        return _digits(marker, _fraction, fixed=fixed)
    if component == "P":
        return _named(component, lambda text: {"am": 0, "pm": 1}.get(text.lower()))
    if component not in NUMERIC or (marker.names and component not in NAMED):
        raise Failure("D3133")
    if marker.names:
        return _named(component, lookup(component, marker.most).get)
    return _number(marker, fixed=fixed)


def _named(component: str, read: Read) -> Piece:
    return Piece(shape="letters", pattern=PATTERNS["letters"], component=component, read=read, begins="l", runs="l")


def _fraction(text: str) -> float:
    return float("0." + text[:FRACTION]) * 1000


def _number(marker: Marker, *, fixed: bool) -> Piece:
    picture = marker.number
    if picture is None or picture.kind == "unknown":
        raise Failure("D3130")
    if picture.kind == "decimal":
        return _digits(marker, _reader(picture), fixed=fixed)
    shape: Shape = picture.kind
    runs = "dl" if shape == "words" else "l"
    return Piece(
        shape=shape, pattern=PATTERNS.get(shape, ""), component=marker.component, read=_reader(picture), begins=runs, runs=runs
    )


def _reader(picture: IntegerPicture) -> Read:
    return lambda text: _double(read_integer(text, picture))


def _double(value: float) -> float:
    return value if abs(value) < 10**18 or math.isnan(value) else math.inf


def _digits(marker: Marker, read: Read, *, fixed: bool) -> Piece:
    picture = marker.number
    wanted = picture.mandatory if picture is not None else 0
    width = int(wanted) if fixed and wanted > 0 else 0
    pattern = f"[0-9]{{{width}}}" if 0 < width < 2**31 else "[0-9]+"
    ordinal = picture is not None and picture.ordinal and marker.component != "f"
    return Piece(
        shape="digits",
        pattern=pattern + "(?:th|st|nd|rd)" if ordinal else pattern,
        component=marker.component,
        read=read,
        width=width,
        begins="d",
        runs="" if width or ordinal else "d",
    )


def _zone(marker: Marker) -> Piece:
    picture = marker.number
    separator = picture.separators[0][1] if picture is not None and picture.regular else ""
    prefix = "GMT" if marker.component == "z" else ""
    pattern = prefix + "[-+][0-9]+" + (re.escape(separator) + "[0-9]+" if separator else "")
    return Piece(
        shape="zone",
        pattern=pattern,
        component=marker.component,
        read=lambda text: read_zone(text[len(prefix) :], separator),
        begins="l" if prefix else "",
        runs="d",
    )
