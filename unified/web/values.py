"""Values of somebody's records as an approver reads them: whole, as text, with nothing in them that cannot be seen."""

import unicodedata
from typing import Any

import msgspec

KEPT = "\n\t"
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Unicode's general categories of what has no look of its own, or turns the text around it."""


def value_text(value: Any) -> str:
    """A value: a text as it is, everything else as JSON; what cannot be seen is written as an escape."""
    return seen(value if isinstance(value, str) else json_text(value))


def json_text(value: Any) -> str:
    """A value as JSON on several lines."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def seen(text: str) -> str:
    """A text whose control and format characters are escapes, so that it is what it looks like."""
    return "".join(_escape(one) if unicodedata.category(one) in _UNSEEN and one not in KEPT else one for one in text)


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode()
