"""Parsing of variables: one function for each kind of value; errors say what was expected and what came.

Kinds that are a separate subject, such as URLs, have their functions in other files.
"""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

from limits import parse_many

MAX_CONTACT = 200
UNLIMITED = "unlimited"
"""Written in place of a rate: nothing is counted."""
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def read_text(raw: str) -> str:
    """Return the text itself."""
    return raw


def read_contact(raw: str) -> str:
    """Return a text that is shown to people; refuse one that is long or holds control characters."""
    if len(raw) > MAX_CONTACT or not raw.isprintable():
        raise ValueError(f"expected at most {MAX_CONTACT} printable characters, got {len(raw)}")
    return raw


def read_path(raw: str) -> Path:
    """Return the path of a file or folder; `~` is the home folder."""
    return Path(raw).expanduser()


def read_boolean(raw: str) -> bool:
    """Parse a Boolean: `true`, `false`, `1`, `0`, `yes` or `no`."""
    value = _BOOLEANS.get(raw.lower())
    if value is None:
        raise ValueError(f"expected true or false, got '{raw}'")
    return value


def read_whole(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds, both included."""

    def read(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", raw) or not least <= int(raw) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, got '{raw}'")
        return int(raw)

    return read


def read_seconds(raw: str) -> float:
    """Parse a number of seconds, above 0 and up to 600."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", raw) or not 0 < float(raw) <= 600:  # noqa: PLR2004
        raise ValueError(f"expected seconds above 0 and up to 600, got '{raw}'")
    return float(raw)


def read_rate(raw: str) -> str:
    """Check a rate with the library that enforces it and return its text; an empty text for `unlimited`."""
    if raw == UNLIMITED:
        return ""
    try:
        rates = parse_many(raw)
    except ValueError:
        raise ValueError(f"expected rates such as 600/minute or 20/second;5000/hour, or {UNLIMITED}, got '{raw}'") from None
    if not all(rate.amount for rate in rates):
        raise ValueError(f"expected rates of at least 1, such as 1/minute: 0 would set no bound, got '{raw}'")
    return raw


def read_choice(*words: str) -> Callable[[str], str]:
    """Return a parser of one of several words."""

    def read(raw: str) -> str:
        if raw not in words:
            raise ValueError(f"expected {' or '.join(words)}, got '{raw}'")
        return raw

    return read


def read_engine(raw: str) -> str:
    """Parse the name of the engine that evaluates mappings."""
    if raw not in {"compiled", "reference"}:
        raise ValueError(f"expected compiled or reference, got '{raw}'")
    if raw == "reference" and importlib.util.find_spec("jsonata") is None:
        raise ValueError("expected jsonata-python to be installed for reference: pip install 'unified[reference]'")
    return raw
