"""Validation of the body of a write before any mapping sees it: strict, and with all problems at once."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Literal, get_args

from unified.errors.error import MOST_PROBLEMS, FieldProblem
from unified.errors.names import suggestion
from unified.errors.requests import ReadOnlyField, ValidationFailed
from unified.models.conversion.countries import is_alpha_2
from unified.models.conversion.value_error import type_name
from unified.models.field import Field
from unified.models.registry import Model

Operation = Literal["create", "update", "upsert"]
BODIES: dict[str, Operation] = {one: one for one in get_args(Operation)}
"""The methods whose body is a record of the model."""

REMOTE_FIELDS = "remote_fields"
"""Key of the body for fields that go to the provider unchanged."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_CURRENCY = re.compile(r"[A-Z]{3}")


def validate_input(model: Model, body: Any, *, operation: Operation, hidden: Collection[str] = ()) -> None:
    """Check that the body of a create, an update or an upsert fits the model.

    An upsert needs what a create needs, and takes only what an update takes too, as it may do either.

    Messages name keys and types, never values, and suggest no `hidden` field.

    Raises:
        ValidationFailed: the body does not fit; `errors` holds the problems, as many as an answer names.
        ReadOnlyField: the only problems are read-only fields.
    """
    if not isinstance(body, dict):
        problems = [_problem("", "invalid_type", f"expected object, got {type_name(body)}")]
    else:
        found = chain(_keys(model, body, operation, hidden), _missing(model, body, operation))
        problems = [*islice(found, MOST_PROBLEMS)]  # each costs time, and a body may hold many thousands
    if not problems:
        return
    kind = ReadOnlyField if all(problem.code == "read_only_field" for problem in problems) else ValidationFailed
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    count = f"{count} or more" if len(problems) == MOST_PROBLEMS else count
    raise kind(f"The body does not fit {model.id}: {count}, see errors.", errors=tuple(problems))


def _keys(model: Model, body: dict[str, Any], operation: Operation, hidden: Collection[str]) -> Iterator[FieldProblem]:
    known = {field.name: field for field in model.fields}
    for key, value in body.items():
        pointer = _step("", key)
        if key == REMOTE_FIELDS:
            yield from _typed(pointer, "map", value)
        elif key not in known:
            yield _unknown(pointer, key, [*(name for name in known if name not in hidden), REMOTE_FIELDS])
        else:
            yield from _read_only(pointer, known[key], operation) or _field(pointer, known[key], value)


def _missing(model: Model, body: dict[str, Any], operation: Operation) -> Iterator[FieldProblem]:
    for field in model.fields:
        required = field.required and field.access != "ro" and field.kind != "map"
        if required and operation != "update" and field.name not in body:
            yield _problem(_step("", field.name), "required", f"'{field.name}' is required on {operation}")


def _read_only(pointer: str, field: Field, operation: Operation) -> list[FieldProblem]:
    if field.access == "c" and operation != "create":
        return [_problem(pointer, "read_only_field", f"'{field.name}' can be set only on create")]
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
    """Check an object within a writable field; whether it may be written depends on the outer field."""
    known = {inner.name: inner for inner in field.nested}
    for key, item in value.items():
        inner_pointer = _step(pointer, key)
        if key in known:
            yield from _field(inner_pointer, known[key], item)
        else:
            yield _unknown(inner_pointer, key, list(known))


def _typed(pointer: str, kind: str, value: Any) -> Iterator[FieldProblem]:
    expected, types = TYPES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield _problem(pointer, "invalid_type", f"expected {expected}, got {type_name(value)}")
    elif kind in FORMATS and not FORMATS[kind][1](value):
        yield _problem(pointer, "invalid_value", f"expected {FORMATS[kind][0]}")


def _unknown(pointer: str, key: str, names: list[str]) -> FieldProblem:
    return _problem(pointer, "unknown_field", f"unknown field.{suggestion(key, names, 'Known fields')}")


def _problem(pointer: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, message=message)


def _step(pointer: str, key: str) -> str:
    """Add a key to a JSON pointer (RFC 6901)."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _is_date(value: str) -> bool:
    return _DATE.fullmatch(value) is not None and _parses(date.fromisoformat, value)


def _is_datetime(value: str) -> bool:
    return _DATETIME.fullmatch(value) is not None and _parses(datetime.fromisoformat, value)


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
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
"""Kind to the JSON types that a caller may send, with their name for messages."""

FORMATS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "date": ("a date such as 2025-01-31", _is_date),
    "datetime": ("a date and time with zone such as 2025-01-31T10:00:00Z", _is_datetime),
    "due": (
        "a date such as 2025-01-31, or a date and time with zone such as 2025-01-31T10:00:00Z",
        lambda value: _is_date(value) or _is_datetime(value),
    ),
    "country": ("an ISO 3166-1 alpha-2 code such as DE", lambda value: value.isupper() and is_alpha_2(value)),
    "currency": ("an ISO 4217 code such as EUR", lambda value: _CURRENCY.fullmatch(value) is not None),
}
"""Kind to the form of its text, for kinds that have one."""
