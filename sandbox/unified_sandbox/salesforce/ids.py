"""Salesforce's ids: 15 characters that are case-sensitive, and three that make them safe where case is lost."""

import re

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")


def make_id(prefix: str, number: int) -> str:
    """Return the 18 characters of the numbered record of an object: `001Ax00000000012AA` and so on."""
    return with_suffix(f"{prefix}Ax00000{number:05d}")


def with_suffix(short: str) -> str:
    """Return the long form of 15 characters: each five of them, read as bits of being upper case, give one more."""
    chunks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_ALPHABET[sum(1 << at for at, one in enumerate(chunk) if one.isupper())] for chunk in chunks)


def long_id(text: str) -> str | None:
    """Return the 18 characters of an id given with 15 or 18; None for what is no id."""
    if not _ID.fullmatch(text):
        return None
    return with_suffix(text[:15])
