"""Decimal number pictures taken apart and checked, after XPath Functions and Operators 3.1, section 4.7."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.numerals.pictures import regular_step

SYMBOLS: Final = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "minus-sign": "-",
    "percent": "%",
    "per-mille": "‰",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class Symbols(msgspec.Struct, frozen=True, kw_only=True):
    """The characters of one picture. `digits` are the ten of the script, zero first."""

    decimal: str
    grouping: str
    exponent: str
    minus: str
    percent: str
    per_mille: str
    digits: str
    optional: str
    pattern: str
    active: frozenset[str]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A sub-picture by its parts; `exponent` is None without an exponent separator."""

    picture: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    integer: str
    fraction: str
    exponent: str | None


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a sub-picture. Positions of separators count digits to the right (integer) or left (fraction).

    `scale` is the number of digits before the point of a mantissa, `exponent` that of the exponent or 0 for none.
    """

    prefix: str
    suffix: str
    factor: int
    pointed: bool
    step: int
    integer_separators: tuple[int, ...]
    fraction_separators: tuple[int, ...]
    least_integer: int
    scale: int
    least_fraction: int
    most_fraction: int
    exponent: int


def symbols(options: Mapping[str, Any]) -> Symbols:
    """Return the characters of a picture; `options` replace the usual ones under the names of the specification. T0410."""
    chosen = {name: options.get(name, usual) for name, usual in SYMBOLS.items()}
    if not all(isinstance(symbol, str) for symbol in chosen.values()):
        raise Failure("T0410")
    zero = ord((chosen["zero-digit"] or "\0")[0])
    digits = "".join(chr(min(zero + digit, 0x10FFFF)) for digit in range(10))
    active = {chosen[name] for name in ("decimal-separator", "exponent-separator", "grouping-separator", "digit")}
    return Symbols(
        decimal=chosen["decimal-separator"],
        grouping=chosen["grouping-separator"],
        exponent=chosen["exponent-separator"],
        minus=chosen["minus-sign"],
        percent=chosen["percent"],
        per_mille=chosen["per-mille"],
        digits=digits,
        optional=chosen["digit"],
        pattern=chosen["pattern-separator"],
        active=frozenset([*digits, *active, chosen["pattern-separator"]]),
    )


def formats(picture: str, using: Symbols) -> list[Format]:
    """Return one format, or two; the second is for negative numbers. D3080 to D3093 name what is wrong."""
    pictures = picture.split(using.pattern) if using.pattern else list(picture)
    if len(pictures) > 2:  # noqa: PLR2004 - positive and negative
        raise Failure("D3080")
    parts = [_parts(sub, using) for sub in pictures]
    for part in parts:
        code = _fault(part, using)
        if code:
            raise Failure(code)
    return [_format(part, using) for part in parts]


def _parts(picture: str, using: Symbols) -> Parts:
    outer = using.active - {using.exponent}
    found = [at for at, character in enumerate(picture) if character in outer]
    start, end = (found[0], found[-1] + 1) if found else (0, len(picture))
    active, exponent = picture[start:end], None
    mantissa = active
    at = picture.find(using.exponent, start)
    if 0 <= at <= end:
        # the place is counted from the beginning of the sub-picture, as the reference counts it
        mantissa, exponent = active[:at], active[at + 1 :]
    integer, point, fraction = mantissa.partition(using.decimal) if using.decimal else (mantissa, "", "")
    return Parts(
        picture=picture,
        prefix=picture[:start],
        suffix=picture[end:],
        active=active,
        mantissa=mantissa,
        integer=integer,
        fraction=fraction if point else "",
        exponent=exponent,
    )


def _fault(parts: Parts, using: Symbols) -> str:
    """Return the code of what is wrong; of several the last one in the order of the specification."""
    return _exponent_fault(parts, using) or _digits_fault(parts, using) or _symbols_fault(parts, using)


def _exponent_fault(parts: Parts, using: Symbols) -> str:
    if parts.exponent is None:
        return ""
    if not parts.exponent or any(character not in using.digits for character in parts.exponent):
        return "D3093"
    return "D3092" if using.percent in parts.picture or using.per_mille in parts.picture else ""


def _digits_fault(parts: Parts, using: Symbols) -> str:
    """Order of digits and places of separators, from the last rule to the first."""
    before, optional, _ = parts.integer.partition(using.optional)
    point = parts.picture.find(using.decimal)
    beside = {parts.picture[point - 1 : point], parts.picture[point + 1 : point + 2]} if point >= 0 else set()
    checks = (
        ("D3091", _holds_digit(_tail(parts.fraction, using), using)),
        ("D3090", bool(optional) and _holds_digit(before, using)),
        ("D3089", using.grouping * 2 in parts.picture),
        ("D3088", point < 0 and parts.integer[-1:] == using.grouping),
        ("D3087", using.grouping in beside),
        ("D3086", any(character not in using.active for character in parts.active)),
        ("D3085", not any(character in using.digits or character == using.optional for character in parts.mantissa)),
    )
    return next((code for code, wrong in checks if wrong), "")


def _tail(fraction: str, using: Symbols) -> str:
    """Return the part after the last optional digit of a fraction."""
    _, optional, tail = fraction.rpartition(using.optional)
    return tail if optional else ""


def _holds_digit(text: str, using: Symbols) -> bool:
    return any(character in using.digits for character in text)


def _symbols_fault(parts: Parts, using: Symbols) -> str:
    percent, per_mille = parts.picture.count(using.percent), parts.picture.count(using.per_mille)
    checks = (
        ("D3084", percent and per_mille),
        ("D3083", per_mille > 1),
        ("D3082", percent > 1),
        ("D3081", parts.picture.count(using.decimal) > 1),
    )
    return next((code for code, wrong in checks if wrong), "")


def _format(parts: Parts, using: Symbols) -> Format:
    scale = least_integer = _digits(parts.integer, using)
    least_fraction = _digits(parts.fraction, using)
    most_fraction = least_fraction + parts.fraction.count(using.optional)
    exponent = _digits(parts.exponent or "", using)
    if least_integer == 0 and most_fraction == 0:
        if exponent:
            least_fraction = most_fraction = 1
        else:
            least_integer = 1
    if exponent and least_integer == 0 and using.optional in parts.integer:
        least_integer = 1
    if least_integer == 0 and least_fraction == 0:
        least_fraction = 1
    places = _integer_places(parts.integer, using)
    return Format(
        prefix=parts.prefix,
        suffix=parts.suffix,
        factor=100 if using.percent in parts.picture else 1000 if using.per_mille in parts.picture else 1,
        pointed=using.decimal in parts.picture,
        step=regular_step(places),
        integer_separators=places,
        fraction_separators=_fraction_places(parts, using),
        least_integer=least_integer,
        scale=scale,
        least_fraction=least_fraction,
        most_fraction=most_fraction,
        exponent=exponent,
    )


def _digits(text: str, using: Symbols) -> int:
    return sum(character in using.digits for character in text)


def _integer_places(integer: str, using: Symbols) -> tuple[int, ...]:
    places, count = [], 0
    for character in reversed(integer):
        if character == using.grouping:
            places.append(count)
        elif character in using.digits or character == using.optional:
            count += 1
    return tuple(reversed(places))


def _fraction_places(parts: Parts, using: Symbols) -> tuple[int, ...]:
    """Return the positions in the fraction: the first separator is found there, the next ones where the integer part has them.

    So does the reference.
    """
    if not using.grouping or using.grouping not in parts.fraction:
        return ()
    counts = [0]
    for character in parts.fraction:
        counts.append(counts[-1] + (character in using.digits or character == using.optional))
    places, at = [], parts.fraction.find(using.grouping)
    while at >= 0:
        places.append(counts[min(at, len(parts.fraction))])
        at = parts.integer.find(using.grouping, at + 1)
    return tuple(places)
