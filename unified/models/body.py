"""The check of what a caller wants to write, before any mapping sees it: strict, and all problems at once."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Literal

from unified.errors import FieldProblem, ReadOnlyField, ValidationFailed, did_you_mean, known_names
from unified.models.countries import is_alpha_2
from unified.models.field import Field
from unified.models.registry import Model
from unified.models.value_error import type_name

Operation = Literal["create", "update"]

REMOTE_FIELDS = "remote_fields"
"""The body's key for what goes to the provider as it stands."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_CURRENCY = re.compile(r"[A-Z]{3}")


def validate_input(model: Model, body: Any, *, operation: Operation) -> None:
    """Refuse a create or update body that does not fit the model.

    Raises ValidationFailed with every problem, or ReadOnlyField when nothing is wrong but writes to read-only fields.
    Messages name keys and types, never values.
    """
    if not isinstance(body, dict):
        problems = [_problem("", "invalid_type", f"expected object, got {type_name(body)}")]
    else:
        problems = [*_keys(model, body, operation), *_missing(model, body, operation)]
    if not problems:
        return
    kind = ReadOnlyField if all(problem.code == "read_only_field" for problem in problems) else ValidationFailed
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise kind(f"The body does not fit {model.id}: {count}, see errors.", errors=tuple(problems))


def _keys(model: Model, body: dict[str, Any], operation: Operation) -> Iterator[FieldProblem]:
    known = {field.name: field for field in model.fields}
    for key, value in body.items():
        pointer = _step("", key)
        if key == REMOTE_FIELDS:
            yield from _typed(pointer, "map", value)
        elif key not in known:
            yield _unknown(pointer, key, [*known, REMOTE_FIELDS])
        else:
            yield from _read_only(pointer, known[key], operation) or _field(pointer, known[key], value)


def _missing(model: Model, body: dict[str, Any], operation: Operation) -> Iterator[FieldProblem]:
    for field in model.fields:
        must = field.required and field.access != "ro" and field.kind != "map"
        if must and operation == "create" and field.name not in body:
            yield _problem(_step("", field.name), "required", f"'{field.name}' is required on create")


def _read_only(pointer: str, field: Field, operation: Operation) -> list[FieldProblem]:
    if field.access == "c" and operation == "update":
        return [_problem(pointer, "read_only_field", f"'{field.name}' can be set on create only")]
    if field.access != "ro":
        return []
    hint = f"; set '{field.remote_of}'" if field.remote_of is not None else ""
    return [_problem(pointer, "read_only_field", f"'{field.name}' is read-only{hint}")]


def _field(pointer: str, field: Field, value: Any) -> Iterator[FieldProblem]:
    if value is None:
        if field.required:
            yield _problem(pointer, "invalid_type", f"'{field.name}' cannot be null")
    elif not field.is_list:
        yield from _one(pointer, field, value)
    elif not isinstance(value, list):
        yield _problem(pointer, "invalid_type", f"expected list, got {type_name(value)}")
    else:
        for index, item in enumerate(value):
            yield from _one(_step(pointer, str(index)), field, item)


def _one(pointer: str, field: Field, value: Any) -> Iterator[FieldProblem]:
    if field.kind == "object" and isinstance(value, dict):
        yield from _nested(pointer, field, value)
    elif field.kind == "enum" and isinstance(value, str):
        if value not in field.enum:
            yield _problem(pointer, "invalid_value", f"expected one of {', '.join(field.enum)}")
    else:
        yield from _typed(pointer, field.kind, value)


def _nested(pointer: str, field: Field, value: dict[str, Any]) -> Iterator[FieldProblem]:
    """Check an object within a writable field; the field around it says whether it may be written."""
    known = {inner.name: inner for inner in field.nested}
    for key, item in value.items():
        place = _step(pointer, key)
        if key in known:
            yield from _field(place, known[key], item)
        else:
            yield _unknown(place, key, list(known))


def _typed(pointer: str, kind: str, value: Any) -> Iterator[FieldProblem]:
    expected, types = TYPES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield _problem(pointer, "invalid_type", f"expected {expected}, got {type_name(value)}")
    elif kind in FORMATS and not FORMATS[kind][1](value):
        yield _problem(pointer, "invalid_value", f"expected {FORMATS[kind][0]}")


def _unknown(pointer: str, key: str, names: list[str]) -> FieldProblem:
    hint = did_you_mean(key, names)
    return _problem(pointer, "unknown_field", f"no such field.{hint} Known fields: {known_names(names)}")


def _problem(pointer: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, message=message)


def _step(pointer: str, key: str) -> str:
    """Add a key to a JSON pointer (RFC 6901)."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _is_date(value: str) -> bool:
    return _DATE.fullmatch(value) is not None and _reads(date.fromisoformat, value)


def _is_moment(value: str) -> bool:
    return _MOMENT.fullmatch(value) is not None and _reads(datetime.fromisoformat, value)


def _reads(reader: Callable[[str], object], value: str) -> bool:
    try:
        reader(value)
    except ValueError:
        return False
    return True


TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
    **dict.fromkeys(("string", "id", "url", "enum", "country", "currency"), ("text", (str,))),
    **dict.fromkeys(("datetime", "date", "due"), ("text", (str,))),
    "integer": ("integer", (int,)),
    "number": ("number", (int, float)),
    "boolean": ("boolean", (bool,)),
    "object": ("object", (dict,)),
    "map": ("object", (dict,)),
    "any": ("any value", (object, bool)),
}
"""The JSON types a caller may send for each kind, with their name for messages."""

FORMATS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "date": ("a date such as 2025-01-31", _is_date),
    "datetime": ("a date and time with zone such as 2025-01-31T10:00:00Z", _is_moment),
    "due": (
        "a date such as 2025-01-31, or a date and time with zone such as 2025-01-31T10:00:00Z",
        lambda value: _is_date(value) or _is_moment(value),
    ),
    "country": ("an ISO 3166-1 alpha-2 code such as DE", lambda value: value.isupper() and is_alpha_2(value)),
    "currency": ("an ISO 4217 code such as EUR", lambda value: _CURRENCY.fullmatch(value) is not None),
}
"""What the text must look like for the kinds that have a form."""
