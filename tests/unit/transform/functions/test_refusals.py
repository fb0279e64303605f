"""Values that cannot be written."""

import pytest

from unified.transform.functions import callables, refusals
from unified.transform.refusal import ValueRefused
from unified_jsonata import UNDEFINED, compile


@pytest.mark.parametrize(
    ("value", "expected"), [("0", 0), ("42", 42), ("9007199254740993", 9007199254740993), (7, 7), (8.0, 8)]
)
def test_int_gives_the_exact_number(value, expected):
    assert refusals.int_(value, "owner_id") == expected


@pytest.mark.parametrize("value", ["", "abc", "007", "1e3", "-5", "+5", " 5", "5.0", "\u0665", "9" * 19, 1.5])
def test_int_refuses_everything_else_at_the_field(value):
    with pytest.raises(ValueRefused, match=r"^expected a whole number in digits, such as 42$") as caught:
        refusals.int_(value, "owner_id")
    assert caught.value.field == "owner_id"


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_int_leaves_nothing_alone(nothing):
    assert refusals.int_(nothing, "owner_id") is nothing


@pytest.mark.parametrize(
    "source",
    [
        '$refuse("a", "b")',
        '{"x": [1, 2].$refuse("a", "b")}',
        '$map([1], function($v) { $refuse("a", "b") })',
        "$eval(\"$refuse('a', 'b')\")",
    ],
)
def test_a_refusal_comes_through_an_evaluation_unchanged(source):
    with pytest.raises(ValueRefused, match=r"^b$") as caught:
        compile(source, functions=callables()).evaluate({})
    assert caught.value.field == "a"
