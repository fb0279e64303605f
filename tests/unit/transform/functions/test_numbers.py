"""Numbers and money stay exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.transform.functions import numbers
from unified_jsonata import UNDEFINED


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" 7 ", 7), ("-0.5", -0.5), ("1e3", 1000), ("9007199254740993", 9007199254740993), (1.5, 1.5),
        ("12 cm", None), ("", None), ("1,000", None), ("nan", None), ("1_0", None), ("1e999", None), ("9" * 5000, None),
        (True, None), ([1], None), ({}, None), (float("inf"), None),
    ],
)  # fmt: skip
def test_number_or_null(value, expected):
    assert numbers.number_or_null(value) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (19.99, "USD", 1999), ("19.995", UNDEFINED, 2000), (-19.995, None, -2000), (1500, "jpy", 1500),
        ("1.2345", "KWD", 1235), (1, "CLF", 10_000), ("", "USD", None), (0.1 + 0.2, "USD", 30),
    ],
)  # fmt: skip
def test_minor(amount, currency, expected):
    assert numbers.minor(amount, currency) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(1999, "USD", 19.99), ("1999", UNDEFINED, 19.99), (2000, "EUR", 20), (1500, "JPY", 1500), (1, "BHD", 0.001)],
)
def test_major(amount, currency, expected):
    assert numbers.major(amount, currency) == expected


@given(st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY", "KWD", "UYW", ""]))
def test_money_goes_there_and_back(amount, currency):
    assert numbers.minor(numbers.major(amount, currency), currency) == amount


def test_whole_amounts_are_integers():
    assert isinstance(numbers.major(2000), int)
    assert isinstance(numbers.amount_of("10.00 EUR"), int)


def test_refusals():
    with pytest.raises(ValueError, match=r"^\$minor: expected a number or numeric text, got text that is not numeric$"):
        numbers.minor("ten")
    with pytest.raises(ValueError, match=r"^\$major: expected a currency code of three letters, got other text$"):
        numbers.major(10, "dollars")
    with pytest.raises(ValueError, match=r"^\$major: expected a number or numeric text, got a boolean$"):
        numbers.major(True)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1000.50 USD", 1000.5, "USD"), ("EUR 1,234,567", 1234567, "EUR"), ("-5 gbp", -5, "GBP"), ("12", 12, None),
        (12.5, 12.5, None), ("", None, None), ("1,00 USD", None, "USD"), ("5 or 6 USD", None, "USD"), ("unknown", None, None),
    ],
)  # fmt: skip
def test_amount_and_currency_of_text(text, amount, currency):
    assert numbers.amount_of(text) == amount
    assert numbers.currency_of(text) == currency
