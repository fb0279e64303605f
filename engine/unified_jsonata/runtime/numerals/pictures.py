"""Reads an integer picture: the kind of numeral, how many digits, of which script, and where separators are."""

import math
from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Any, Final, Literal

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.undefined import UNDEFINED

Kind = Literal["decimal", "roman", "letters", "words", "unknown"]

ZEROS: Final = (
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900,
    0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zeros of the scripts that a picture may use, those of the basic plane."""
ZERO_OF: Final = {chr(zero + digit): zero for zero in ZEROS for digit in range(10)}
ASCII_ZERO: Final = ZEROS[0]
SHORT: Final = 64
"""Characters up to which a picture that was taken apart is kept."""
NAMED: Final[dict[str, tuple[Kind, str]]] = {
    "A": ("letters", "A"),
    "a": ("letters", "a"),
    "I": ("roman", "upper"),
    "i": ("roman", "lower"),
    "W": ("words", "upper"),
    "w": ("words", "lower"),
    "Ww": ("words", "title"),
}


def require_picture(picture: Any) -> None:
    """Raise T0410 when there is no picture, where the reference stops with an exception of JavaScript."""
    if picture is UNDEFINED:
        raise Failure("T0410", "a picture is expected")


class IntegerPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture taken apart. `style` is the case, or the first letter of the alphabet.

    `mandatory` and `optional` count digits and are zero unless decimal; `separators` are pairs of the number of digits
    to the right and the character, the leftmost first; `regular` is the distance at which one separator repeats, or 0.
    `mandatory` may be NaN or negative when it comes from a width.
    """

    kind: Kind
    style: str = ""
    ordinal: bool = False
    mandatory: float = 0
    optional: int = 0
    zero: int = ASCII_ZERO
    separators: tuple[tuple[int, str], ...] = ()
    regular: int = 0


def integer_picture(picture: str) -> IntegerPicture:
    """Return the result of `taken_apart`, cached for short pictures."""
    return _kept(picture) if len(picture) <= SHORT else taken_apart(picture)


@lru_cache(maxsize=256)
def _kept(picture: str) -> IntegerPicture:
    return taken_apart(picture)


def taken_apart(picture: str) -> IntegerPicture:
    """Take a picture apart. D3131 when it mixes digits of two scripts; one that is not supported has kind `unknown`."""
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    ordinal = modifier.startswith("o")
    named = NAMED.get(primary)
    if named is not None:
        return IntegerPicture(kind=named[0], style=named[1], ordinal=ordinal)
    return _decimal(primary, ordinal=ordinal)


def _decimal(primary: str, *, ordinal: bool) -> IntegerPicture:
    zero: int | None = None
    mandatory = optional = 0
    separators: list[tuple[int, str]] = []
    for character in reversed(primary):
        family = ZERO_OF.get(character)
        if family is not None:
            mandatory += 1
            if zero not in {None, family}:
                raise Failure("D3131")
            zero = family
        elif character == "#":
            optional += 1
        else:
            separators.append((mandatory + optional, character))
    if zero is None:
        return IntegerPicture(kind="unknown", ordinal=ordinal)
    return IntegerPicture(
        kind="decimal",
        ordinal=ordinal,
        mandatory=mandatory,
        optional=optional,
        zero=zero,
        separators=tuple(reversed(separators)),
        regular=_regular(separators),
    )


def _regular(separators: list[tuple[int, str]]) -> int:
    """Return the distance at which one separator repeats everywhere; 0 when there is none."""
    if len({character for _, character in separators}) != 1:
        return 0
    return regular_step([place for place, _ in separators])


def regular_step(places: Sequence[int]) -> int:
    """Return the distance of separators that occur at every multiple of it; 0 when they do not, or there are none."""
    if not places:
        return 0
    step, known = reduce(math.gcd, places), set(places)
    return step if all(step * (at + 1) in known for at in range(len(places))) else 0
