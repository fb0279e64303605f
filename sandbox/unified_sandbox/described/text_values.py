"""Fields of bodies that have texts only (forms, parts, XML), as values of the kinds that the collection declares."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from unified_sandbox.described.document import Field
from unified_sandbox.messages import Record

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def _number(text: str) -> Any:
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("-").isdecimal() else float(text)


READ: dict[str, Callable[[str], Any]] = {
    "integer": _number,
    "number": _number,
    "boolean": lambda text: _FLAGS.get(text.lower(), text),
}
"""Kind of a field → what its text means; a text that means none stays, and is refused like every value of another kind."""


def typed(body: Record, fields: Mapping[str, Field]) -> Record:
    """Return the fields of a body of texts with values of their kinds; an empty text is null, and one entry may be a list."""
    return {name: _typed(value, fields[name].kind) if name in fields else value for name, value in body.items()}


def _typed(value: Any, kind: str) -> Any:
    value = None if value == "" else value
    if kind == "list":
        return value if isinstance(value, list) else [] if value is None else [value]
    return READ[kind](value) if isinstance(value, str) and kind in READ else value
