"""Checks writes: the fields that a provider knows, their kinds, and which of them are required or read-only."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from unified.errors.names import known_names
from unified_sandbox.described.document import Field
from unified_sandbox.described.moments import read_moment
from unified_sandbox.described.refusing import refuse
from unified_sandbox.messages import Record
from unified_sandbox.standin import State

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


FITS: dict[str, Callable[[Any], bool]] = {
    "any": lambda _value: True,
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: _is_text(_DAY)(value) and read_moment(value) is not None,
    "moment": lambda value: read_moment(value) is not None and len(value) > len("2026-11-01"),
    "email": _is_text(_MAIL),
    "uuid": _is_text(_UUID),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
"""Whether a value is of a kind."""


def check_write(
    body: Record, fields: Mapping[str, Field], state: State, *, unknown: str, read_only: str, required: tuple[str, ...]
) -> Record:
    """Return the fields of a body that are written; declines what the provider would refuse.

    `unknown` and `read_only` say whether such fields are `refuse`d or `ignore`d.
    """
    for name in required:
        if body.get(name) in (None, ""):
            refuse("missing_field", f"{name} is required.", name)
    if not fields:
        return body
    for name in body:
        if name not in fields and unknown == "refuse":
            refuse("unknown_field", f"{name}: no such field; known: {known_names(fields)}.", name)
        if name in fields and fields[name].read_only and read_only == "refuse":
            refuse("read_only_field", f"{name} cannot be written.", name)
    taken = {name: value for name, value in body.items() if name in fields and not fields[name].read_only}
    for name, value in taken.items():
        _check(name, value, fields[name], state)
    return taken


def _check(name: str, value: Any, field: Field, state: State) -> None:
    if value is None:
        if not field.nullable:
            refuse("invalid_field", f"{name}: must not be null.", name)
        return
    if not FITS[field.kind](value):
        refuse("invalid_field", f"{name}: expected a value of kind {field.kind}.", name)
    values = value if isinstance(value, list) else [value]
    for one in values:
        if field.words and one not in field.words:
            refuse("invalid_field", f"{name}: expected one of {', '.join(field.words)}.", name)
        if field.of and str(one) not in state[field.of]:
            refuse("invalid_field", f"{name}: no record of {field.of} has this id.", name)
        if field.max is not None and isinstance(one, str) and len(one) > field.max:
            refuse("invalid_field", f"{name}: at most {field.max} characters.", name)
