"""Numbers under pictures, against a table of what the reference gives."""

import json
import math
import time
from pathlib import Path

import pytest

from tests.cases import each
from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numerals import format_base, format_integer, format_number, parse_integer
from unified_jsonata.undefined import UNDEFINED

FUNCTIONS = {
    "formatBase": format_base,
    "formatInteger": format_integer,
    "formatNumber": format_number,
    "parseInteger": parse_integer,
}
CASES = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))


def outcome(function, *arguments):
    """The value or code of a call; numbers that are not finite by their names."""
    try:
        value = function(Budget(Limits()), *arguments)
    except Failure as failure:
        return {"e": failure.code}
    if isinstance(value, float) and not math.isfinite(value):
        return {"v": "NaN" if math.isnan(value) else "Infinity", "num": 1}
    return {"v": value}


@each("case", CASES)
def test_as_the_reference(case):
    name, *arguments = case["call"]
    assert outcome(FUNCTIONS[name], *arguments) == case["gives"]


@each("function", FUNCTIONS.values())
def test_missing_gives_missing(function):
    assert function(Budget(Limits()), UNDEFINED, "nonsense") is UNDEFINED


def test_read_numbers_are_integers_where_they_can_be():
    assert type(parse_integer(Budget(Limits()), "twelve", "w")) is int
    assert type(parse_integer(Budget(Limits()), "l", "a")) is int
    assert type(parse_integer(Budget(Limits()), "XII", "I")) is int


def test_integers_beyond_doubles_keep_every_digit():
    assert format_integer(Budget(Limits()), 9007199254740993, "#,##0") == "9,007,199,254,740,993"
    assert format_number(Budget(Limits()), 9007199254740993, "0.00") == "9007199254740993.00"
    assert format_base(Budget(Limits()), 9007199254740993) == "9007199254740993"
    assert parse_integer(Budget(Limits()), "9007199254740993", "0") == 9007199254740993


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ((format_integer, 1e308, "I"), "U1002"),
        ((format_integer, math.inf, "I"), "D1001"),
        ((format_integer, math.nan, "w"), "D1001"),
        ((format_integer, math.inf, "a"), "D1001"),
        ((format_number, 1, "0." + "0" * 101), "D1001"),
        ((format_number, 1e-300, "0" * 301 + "e0"), "D1001"),
        ((format_number, 1, "0", {"zero-digit": 5}), "T0410"),
        ((format_number, 1, "0;" * 50_000), "D3080"),
        ((parse_integer, "12", "٠"), "D3030"),
        ((parse_integer, "one " * 2_000_000, "w"), "U1001"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
def test_refused(call, code):
    function, *arguments = call
    assert outcome(function, *arguments) == {"e": code}


@pytest.mark.parametrize(
    "call",
    [
        (format_integer, 1, "#,:" * 30_000 + "00000"),
        (format_integer, 10**6, "0," * 50_000),
        (format_integer, 1e308, "w;o"),
        (format_number, 1e308, "#," * 50_000 + "0"),
        (format_number, 1e-300, "0" * 300 + "e0"),
        (format_number, 1.5, "0,00," * 15_000 + "0"),
        (format_base, 1e308, 2),
        (parse_integer, "M" * 100_000, "I"),
        (parse_integer, "z" * 100_000, "a"),
        (parse_integer, "1" * 100_000, "0"),
    ],
    ids=lambda call: call[0].__name__,
)
def test_hostile_pictures_and_numbers_end_soon(call):
    function, *arguments = call
    start = time.thread_time()
    outcome(function, *arguments)
    assert time.thread_time() - start < 1
