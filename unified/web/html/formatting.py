"""Moments as people say them: "in 28 minutes", "3 days ago"; the exact one is for the title."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

import msgspec

_STEPS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def relative(moment: datetime, now: datetime) -> str:
    """A moment seen from now, in its largest whole unit; less than a minute is "now"."""
    distance = abs(moment - now)
    for step, unit in _STEPS:
        count = distance // step
        if count:
            counted = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {counted}" if moment > now else f"{counted} ago"
    return "now"


def exact(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


SHOWN_CONTROLS = "\n\t"
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
    return "".join(_escape(one) if unicodedata.category(one) in _UNSEEN and one not in SHOWN_CONTROLS else one for one in text)


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode()
