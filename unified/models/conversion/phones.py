"""Phone numbers in E.164 format."""

import re

_SEPARATORS = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015]")
"""`(0)` is the national trunk prefix: +44 (0)20 is +44 20."""
_ASCII_SEPARATORS = b"\t\n\v\f\r\x1c\x1d\x1e\x1f ().-/"
_MIN_DIGITS, _MAX_DIGITS = 7, 15


def e164(number: str, region: str | None) -> str | None:
    """Return the number in E.164 format, or None if it cannot be parsed.

    A number in national format is parsed with `region` (alpha-2, the account's country), if there is one.
    """
    if number.isascii():  # bytes, from which several characters are taken out at once
        plain = number.replace("(0)", "").encode().translate(None, _ASCII_SEPARATORS)
    else:
        plain = _SEPARATORS.sub("", number).encode(errors="replace")
    if plain[:1] == b"+":
        digits = plain[1:]
    elif plain[:2] == b"00" and number.lstrip()[:2] == "00":
        digits = plain[2:]
    else:
        return _national(number, region) if region is not None else None
    is_valid = _MIN_DIGITS <= len(digits) <= _MAX_DIGITS and digits.isdigit() and digits[:1] != b"0"
    return "+" + digits.decode() if is_valid else None


def _national(number: str, region: str) -> str | None:
    import phonenumbers  # noqa: PLC0415 -- large tables, needed only for accounts that have a country

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
