"""Differences about numbers, texts, regular expressions and the order of keys."""

import json
import math
import re
from typing import Any, Final

from jsonata_benchmarks.differences import rewrites, stand_ins
from jsonata_benchmarks.differences.known import NPM, Known, folded
from jsonata_benchmarks.outcome import Outcome
from jsonata_benchmarks.outcome import ours as evaluated

ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
EXACT: Final = 2**53


def _doubles(source: str, document: Any) -> tuple[str, Any]:
    """Integers as JavaScript reads them."""

    def double(value: Any) -> Any:
        big = isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT
        return float(value) if big else value

    return source, folded(document, double)


def _plain_characters(source: str, document: Any) -> tuple[str, Any]:
    """No characters that JavaScript counts twice, where there is a regular expression."""
    if "/" not in source:
        return source, document
    return ASTRAL.sub("é", source), folded(document, lambda one: ASTRAL.sub("é", one) if isinstance(one, str) else one)


def _keys_in_order(source: str, document: Any, mine: Outcome, other: Outcome) -> bool:
    """Both are the same but for the order, and there are keys that are integers."""
    if mine.code is not None or other.code is not None:
        return False
    integers = re.search(r'"[0-9]+"', json.dumps([source, mine.value, document], default=repr).replace("\\", ""))
    return integers is not None and bool(_ordered(mine.value) == _ordered(other.value))


def _ordered(value: Any) -> Any:
    """A value with its arrays in an order of their own."""
    if isinstance(value, dict):
        return {key: _ordered(item) for key, item in sorted(value.items())}
    if isinstance(value, str) and re.search(r'"[0-9]+\\*":', value):  # an object as text
        return "".join(sorted(value))
    return sorted((_ordered(item) for item in value), key=repr) if isinstance(value, list) else value


def _last_digit(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There is a power, or letters that are read by powers of 26, and both are the same but for the last digit of numbers."""
    powers = "$power" in source or "$parseInteger" in source
    return powers and mine.code is None and other.code is None and _near(mine.value, other.value)


def _last_place(source: str, document: Any, _mine: Outcome, other: Outcome) -> bool:
    """There is a `$round`, and both are the same but for the last digit of numbers, once integers are doubles."""
    if "$round" not in source or other.code is not None:
        return False
    rounded = evaluated(*_doubles(source, document))
    return rounded.code is None and _near(rounded.value, other.value)


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_near, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)) and not isinstance(other, bool):
        return math.isclose(one, other, rel_tol=4e-16)
    return type(one) is type(other) and bool(one == other)


def _copied(source: str, _document: Any, mine: Outcome, other: Outcome) -> bool:
    """There is a copy, and both are the same once written as JSON with 15 digits, in which there is no infinity."""
    if mine.code is None and other.code == "D1001":
        return "$clone" in source
    return mine.code is None and other.code is None and "$clone" in source and bool(_digits(mine.value) == _digits(other.value))


def _digits(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _digits(item) for key, item in value.items()}
    if isinstance(value, float):
        return float(f"{value:.15g}") if math.isfinite(value) else None
    return [_digits(item) for item in value] if isinstance(value, list) else value


NUMBERS_AND_TEXTS: Final[tuple[Known, ...]] = (
    Known(
        name="integers over 2**53 keep every digit",
        why="by design: ids of 17 and more digits must pass through unchanged; JavaScript rounds them",
        oracles=NPM,
        source="id",
        document={"id": 12345678901234567890},
        ours=12345678901234567890,
        without=_doubles,
    ),
    Known(
        name="an astral character is one character of a regular expression",
        why="by design: JavaScript without its flag u sees two halves, and may cut between them",
        oracles=NPM,
        source="$count($match(text, /./))",
        document={"text": "😀"},
        ours=1,
        without=_plain_characters,
    ),
    Known(
        name="the last digit of a power",
        why="the two languages round the last bit of a power that is no integer otherwise",
        oracles=NPM,
        source="$power(2, 2.5)",
        document={},
        ours=2**2.5,
        explains=_last_digit,
    ),
    Known(
        name="decimal places of a large number",
        why="the engine moves the decimal point first, and a double does not hold the digits of the number in between",
        oracles=NPM,
        source="$round(value, 2)",
        document={"value": 1801439850980605.25},
        ours=1801439850980605.25,
        explains=_last_place,
    ),
    Known(
        name="a text that ends like a binary number",
        why="the pattern of `0b1` and `0o7` has no beginning, so that `a0b1` is taken for a number and becomes none",
        oracles=NPM,
        source='$number("a0b1")',
        document={},
        code="D3030",
        without=stand_ins.numbers_in_texts,
    ),
    Known(
        name="an integer read by a picture keeps every digit",
        why="by design, as in `$number`: ids of 17 and more digits must pass through unchanged",
        oracles=NPM,
        source='$parseInteger("12345678901234567890", "0")',
        document={},
        ours=12345678901234567890,
        without=stand_ins.integers_in_texts,
    ),
    Known(
        name="keys that are integers keep their place",
        why="by design: keys stand in the order of the document or the expression; JavaScript puts integers first",
        oracles=NPM,
        source='$keys({"b": 1, "1": 2})',
        document={},
        ours=["b", "1"],
        explains=_keys_in_order,
    ),
    Known(
        name="the type of what is not a number",
        why="the engine answers that 0/0 is an object",
        oracles=NPM,
        source="$type(0 / 0)",
        document={},
        ours="number",
        without=stand_ins.types_of_numbers,
    ),
    Known(
        name="a replacement that is missing",
        why="the engine writes the word undefined, or looks at it only when there is something to replace; ours refuses it",
        oracles=NPM,
        source='$replace("x", "x", missing)',
        document={},
        code="T0410",
        without=stand_ins.replacements_given,
    ),
    Known(
        name="a function in the place of a text",
        why="only matches of a regular expression are given to a function; the engine writes the source of its own function",
        oracles=NPM,
        source='$replace("ab", "b", function($m) { "c" })',
        document={},
        code="D3012",
        without=stand_ins.replacements_of_texts,
    ),
    Known(
        name="a division behind [] or an order-by",
        why="the lexer takes the / for the beginning of a regular expression",
        oracles=NPM,
        source="scores[] / 1",
        document={},
        without=rewrites.divisions_apart,
    ),
    Known(
        name="numbers of a copy keep every digit",
        why="by design, as for integers: the engine copies by way of JSON with 15 digits, in which 0/0 is null",
        oracles=NPM,
        source="$clone({'b': $sqrt(2)})",
        document={},
        ours={"b": 2**0.5},
        explains=_copied,
    ),
    Known(
        name="a regular expression asked twice",
        why="`?:` and `??` evaluate their left side twice, and the engine's expression goes on where it stopped the first time",
        oracles=NPM,
        source="$contains(text, /[0-9]{2}/) ?: 0",
        document={"text": "19"},
        ours=True,
        explains=lambda source, _document, _mine, _other: ("?:" in source or "??" in source) and "/" in source,
    ),
    Known(
        name="a regular expression called with what is no text",
        why="JavaScript makes a text of null, true or a number, and finds matches in its name; ours finds nothing there",
        oracles=NPM,
        source="false ~> /a/",
        document={},
        without=rewrites.texts_searched,
    ),
)
