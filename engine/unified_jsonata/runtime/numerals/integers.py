"""Integers written and read under a picture: `$formatInteger`, `$parseInteger`, and the parts of a date."""

import math
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numerals.letters import read_letters, read_roman, roman_length, write_letters, write_roman
from unified_jsonata.runtime.numerals.pictures import ASCII_ZERO, IntegerPicture, integer_picture, require_picture
from unified_jsonata.runtime.numerals.plain import leading_integer, plain, settled, small
from unified_jsonata.runtime.numerals.words import read_words, write_words
from unified_jsonata.undefined import UNDEFINED

SUFFIXES: Final = {"1": "st", "2": "nd", "3": "rd"}
SHORT: Final = 64
"""Characters of a picture that need no counting."""


def format_integer(budget: Budget, value: Any, picture: str) -> Any:
    """Evaluate `$formatInteger`: the number is rounded down first.

    D3130 for a picture that is not supported, D3131 for mixed digits.
    """
    if value is UNDEFINED:
        return UNDEFINED
    require_picture(picture)
    if len(picture) > SHORT:
        budget.room(2 * len(picture))
        budget.spend(len(picture))
    taken = integer_picture(picture)
    if taken.kind == "roman":
        budget.room(roman_length(abs(value)))
    return write_integer(value, taken)


def parse_integer(budget: Budget, text: Any, picture: str) -> Any:
    """Evaluate `$parseInteger`: NaN for text that is not such a numeral.

    D3130 and D3131 as for writing, D3030 for foreign characters.
    """
    if text is UNDEFINED:
        return UNDEFINED
    require_picture(picture)
    budget.spend(len(text) + len(picture))
    return read_integer(text, integer_picture(picture))


def write_integer(value: float, picture: IntegerPicture) -> str:
    """Return a number under a picture, with `-` before a negative one. D3130 when the picture is not supported."""
    number = math.floor(value) if math.isfinite(value) and abs(value) < 2**63 else value
    size = abs(number)
    shown = _decimal(size, picture) if picture.kind == "decimal" else _named(size, picture)
    return "-" + shown if number < 0 else shown


def _named(size: float, picture: IntegerPicture) -> str:
    match picture.kind:
        case "words":
            shown = write_words(small(size), ordinal=picture.ordinal)
        case "letters":
            return write_letters(size, picture.style)
        case "roman" if size != math.inf:
            shown = write_roman(size)
        case "roman":
            raise Failure("D1001")
        case _:
            raise Failure("D3130")
    return shown.lower() if picture.style == "lower" else shown.upper() if picture.style == "upper" else shown


def _decimal(size: float, picture: IntegerPicture) -> str:
    shown = plain(size)
    if len(shown) < picture.mandatory:
        shown = "0" * (int(picture.mandatory) - len(shown)) + shown
    if picture.zero != ASCII_ZERO:
        shown = "".join(chr(ord(character) - ASCII_ZERO + picture.zero) for character in shown)
    if picture.regular:
        shown = _every(shown, picture.regular, picture.separators[0][1])
    elif picture.separators:
        shown = _separated(shown, picture.separators)
    return shown + _suffix(shown) if picture.ordinal else shown


def _every(shown: str, step: int, separator: str) -> str:
    first = len(shown) % step
    parts = [shown[at : at + step] for at in range(first, len(shown), step)]
    return separator.join([shown[:first], *parts] if first else parts)


def _separated(shown: str, separators: tuple[tuple[int, str], ...]) -> str:
    """Insert separators at their places, the leftmost first.

    One beyond the digits cuts what does not fit, as the reference does.
    """
    for at, (place, separator) in enumerate(separators):
        if place <= len(shown):
            return _within(shown, separators[at:])
        shown = separator + shown[len(shown) - place :]
    return shown


def _within(shown: str, separators: tuple[tuple[int, str], ...]) -> str:
    parts, start = [], 0
    for place, separator in separators:
        end = len(shown) - place
        parts += [shown[start:end], separator]
        start = end
    return "".join(parts) + shown[start:]


def _suffix(shown: str) -> str:
    return "th" if shown[-2:-1] == "1" else SUFFIXES.get(shown[-1:], "th")


def read_integer(text: str, picture: IntegerPicture) -> Any:
    """Return the number that a text means under a picture, NaN for none. D3130, D3030."""
    match picture.kind:
        case "decimal":
            return settled_integer(leading_integer(_digits(text, picture)))
        case "words":
            return read_words(text)
        case "letters":
            return settled(read_letters(text, picture.style))
        case "roman":
            return read_roman(text.upper() if picture.style == "lower" else text)
        case _:
            raise Failure("D3130")


def settled_integer(value: float) -> Any:
    """Return an integer with every digit; infinity and NaN stay."""
    return value if isinstance(value, int) else settled(value)


def _digits(text: str, picture: IntegerPicture) -> str:
    """Return text without separators and ordinal suffix, in ASCII digits. A regular picture only has commas taken out."""
    digits = text[:-2] if picture.ordinal else text
    for separator in {","} if picture.regular else {character for _, character in picture.separators}:
        digits = digits.replace(separator, "")
    if picture.zero == ASCII_ZERO:
        return digits
    shift = picture.zero - ASCII_ZERO
    if any(ord(character) < shift for character in digits):
        raise Failure("D3030")
    return "".join(chr(ord(character) - shift) for character in digits)
