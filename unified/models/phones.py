"""Phone numbers in E.164 format."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015]")
"""`(0)` is the national trunk prefix: +44 (0)20 is +44 20."""
_MIN_DIGITS, _MAX_DIGITS = 7, 15


def e164(number: str, region: str | None) -> str | None:
    """Return the number in E.164 format, or None if it cannot be parsed.

    A number in national format is parsed with `region` (alpha-2, the account's country), if there is one.
    """
    usual = number.replace(" ", "").replace("-", "")
    if usual[:1] == "+" and _is_international(usual[1:]):
        return usual
    international = "+" + number.strip()[2:] if number.strip().startswith("00") else number.strip()
    plain = _SEPARATORS.sub("", international)
    if plain.startswith("+"):
        return plain if _E164.fullmatch(plain) else None
    return _national(number, region) if region is not None else None


def _is_international(digits: str) -> bool:
    """Return what `_E164` checks behind the plus, in a third of its time."""
    return digits.isdigit() and digits.isascii() and digits[0] != "0" and _MIN_DIGITS <= len(digits) <= _MAX_DIGITS


def _national(number: str, region: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 -- large tables, needed only for accounts that have a country

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
