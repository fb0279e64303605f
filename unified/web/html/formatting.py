"""Formatting for people: relative times ("in 28 minutes"), exact times, and values with invisible characters escaped."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

import msgspec

from unified.service.languages import DEFAULT, Language, texts

_STEPS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


VISIBLE_CONTROLS = "\n\t"
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Unicode general categories of characters that are invisible or reorder the text around them."""


def relative(moment: datetime, now: datetime, language: Language = DEFAULT) -> str:
    """Return a time relative to `now` in its largest whole unit, as a person says it; less than a minute is "now"."""
    words, distance = texts(language), abs(moment - now)
    for step, unit in _STEPS:
        count = distance // step
        if count:
            counted = words[f"time.{unit}{'s' if count > 1 else ''}"].format(count=count)
            return words["time.in" if moment > now else "time.ago"].format(time=counted)
    return words["time.now"]


def exact(moment: datetime) -> str:
    """Return a UTC time with a precision of one second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def format_value(value: Any) -> str:
    """Return a string unchanged and any other value as JSON, with invisible characters escaped."""
    return escape_invisible(value if isinstance(value, str) else format_json(value))


def format_json(value: Any) -> str:
    """Return a value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def escape_invisible(text: str) -> str:
    """Escape control and format characters, so that the text is what it looks like."""
    return "".join(
        _escape(char) if unicodedata.category(char) in _INVISIBLE and char not in VISIBLE_CONTROLS else char for char in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
