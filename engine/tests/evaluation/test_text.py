"""Numbers and JSON as the language prints them."""

import pytest

from unified_jsonata.runtime.text import json_text, number_text

NUMBERS = [
    (0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (12345678901234567890123, "12345678901234567890123"),
    (9007199254740993, "9007199254740993"),
    (0.1 + 0.2, "0.3"),
    (1 / 3, "0.333333333333333"),
    (100.0, "100"),
    (123456.789, "123456.789"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (1.5e300, "1.5e+300"),
    (0.000001, "0.000001"),
    (1e-7, "1e-7"),
    (-1.25e-7, "-1.25e-7"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_numbers(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="not a finite number"):
        number_text(value)


def test_json_has_no_python_words_and_keeps_letters():
    value = {"a": [None, True, False, "é\n"], "b": {}, "c": []}
    assert json_text(value, repr) == '{"a":[null,true,false,"é\\n"],"b":{},"c":[]}'


def test_pretty_json():
    assert json_text({"a": [1, 2], "b": {}}, repr, pretty=True) == ('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}')
