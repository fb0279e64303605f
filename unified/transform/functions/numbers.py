"""Exact numbers and money: nothing is computed in binary fractions."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from unified.transform.functions.registry import function
from unified.transform.functions.values import (
    decimal_of,
    is_number,
    missing,
    number_text,
    plain_number,
    text_of,
)
from unified_jsonata import UNDEFINED, FunctionError

# Currencies whose minor unit does not have two digits (ISO 4217).
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
EXPONENTS: dict[str, int] = {code: digits for digits, codes in ((0, _NONE), (3, _THREE), (4, _FOUR)) for code in codes.split()}
"""Maps a currency to its number of decimals, where it is not two."""
_EXACT = Context(prec=1_000, rounding=ROUND_HALF_UP)


@function("$numberOrNull(' 12.50 ')", 12.5)
def number_or_null(x: Any) -> Any:
    """Return a number unchanged, numeric text as its number, and null for everything else."""
    if x is UNDEFINED or is_number(x):
        return x
    number = decimal_of(x) if isinstance(x, str) else None
    return None if number is None else plain_number(number)


@function("$minor('10.25', 'USD')", 1025)
def minor(major: Any, currency: Any = UNDEFINED) -> Any:
    """Convert an amount to the currency's smallest unit: cents, yen, fils; halves round away from zero.

    Without a currency, two decimals are assumed, which most currencies have. `""` gives null.
    """
    amount = _amount("minor", major)
    if not isinstance(amount, Decimal):
        return amount
    return int(_EXACT.to_integral_value(_EXACT.scaleb(amount, _decimals("minor", currency))))


@function("$major(1500, 'JPY')", 1500)
def major(minor: Any, currency: Any = UNDEFINED) -> Any:
    """Convert an amount in smallest units (cents, yen, fils) to the currency's own unit; two decimals without a currency.

    `""` gives null.
    """
    amount = _amount("major", minor)
    if not isinstance(amount, Decimal):
        return amount
    return plain_number(_EXACT.scaleb(amount, -_decimals("major", currency)))


def _amount(name: str, value: Any) -> Any:
    if missing(value):
        return value
    if value == "":
        return None
    if is_number(value):
        return Decimal(number_text(value))
    number = decimal_of(text_of(name, value, "a number or numeric text"))
    if number is None:
        raise FunctionError(f"${name}: expected a number or numeric text, got text that is not numeric")
    return number


def _decimals(name: str, currency: Any) -> int:
    if missing(currency) or currency == "":
        return 2
    code = text_of(name, currency, "a currency code")
    if not _is_code(code):
        raise FunctionError(f"${name}: expected a currency code of three letters, got other text")
    return EXPONENTS.get(code.upper(), 2)


def _is_code(word: str) -> bool:
    return len(word) == 3 and word.isascii() and word.isalpha()  # noqa: PLR2004 - ISO 4217 codes


@function("$amountOf('1,000.50 USD')", 1000.5)
def amount_of(text: Any) -> Any:
    """Return the number in text such as `1000.50 USD`; commas may separate thousands; null when there is not exactly one."""
    if missing(text) or is_number(text):
        return text
    numbers = [number for word in _words("amountOf", text) if (number := _grouped(word)) is not None]
    return plain_number(numbers[0]) if len(numbers) == 1 else None


@function("$currencyOf('1000 usd')", "USD")
def currency_of(text: Any) -> Any:
    """Return the currency code in text such as `1000 USD`, in capitals; null when there is none."""
    if missing(text):
        return text
    if is_number(text):
        return None
    return next((word.upper() for word in _words("currencyOf", text) if _is_code(word)), None)


def _words(name: str, text: Any) -> list[str]:
    return text_of(name, text, "text or a number").split()


def _grouped(word: str) -> Decimal | None:
    whole, point, fraction = word.partition(".")
    first, *groups = whole.split(",")
    if any(len(group) != 3 for group in groups) or "," in fraction:  # noqa: PLR2004 - thousands
        return None
    return decimal_of(first + "".join(groups) + point + fraction)
