"""What a condition of a query means for a record; a comparison that its field does not allow is a Problem."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from unified_sandbox.salesforce.errors import Problem
from unified_sandbox.salesforce.ids import long_id
from unified_sandbox.salesforce.schema import NUMBERS, Field, Kind
from unified_sandbox.salesforce.soql import Condition, Group, Literal, Test
from unified_sandbox.standin import Record

Matcher = Callable[[Record], bool]
_KINDS = {"boolean": "boolean", "date": "date", "datetime": "datetime", **dict.fromkeys(NUMBERS, "number")}
"""The kind of literal that a type is compared with; every other type takes text."""


def column(kind: Kind, name: str) -> Field:
    """Return a field that a query names."""
    found = kind.find(name)
    if found is None:
        raise Problem("INVALID_FIELD", f"No such column '{name}' on entity '{kind.name}'. Check the name and the permissions.")
    return found


def matcher(kind: Kind, condition: Condition) -> Matcher:
    """Return the question that a condition asks of a record."""
    if isinstance(condition, Test):
        return _test(kind, condition)
    return _group(condition, [matcher(kind, part) for part in condition.parts])


def _group(group: Group, parts: Iterable[Matcher]) -> Matcher:
    tests = list(parts)
    if group.operator == "NOT":
        return lambda record: not tests[0](record)
    if group.operator == "AND":
        return lambda record: all(one(record) for one in tests)
    return lambda record: any(one(record) for one in tests)


def _test(kind: Kind, test: Test) -> Matcher:
    field = column(kind, test.field)
    if not field.filterable:
        raise Problem("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
    if test.operator == "LIKE":
        return _like(field, test.values[0])
    wanted = [_wanted(field, literal) for literal in test.values]
    compare = _COMPARE[test.operator]
    return lambda record: compare(comparable(field, record.get(field.name)), wanted)


def _wanted(field: Field, literal: Literal) -> Any:
    if literal.kind == "null":
        return None
    expected = _KINDS.get(field.type, "text")
    if literal.kind != expected:
        quotes = " and should not be enclosed in quotes" if literal.kind == "text" else ""
        raise Problem(
            "INVALID_FIELD", f"value of filter criterion for field '{field.name}' must be of type {field.type}{quotes}"
        )
    if field.type in {"id", "reference"} and long_id(str(literal.value)) is None:
        raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}")
    return comparable(field, literal.value)


def comparable(field: Field, value: Any) -> Any:
    """Return a value as it is compared and sorted: moments as such, text without case, ids in full."""
    if value is None or field.type in NUMBERS or isinstance(value, bool):
        return value
    if field.type == "datetime":
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    if field.type in {"id", "reference"}:
        return long_id(str(value)) or value
    return str(value) if field.type == "date" else str(value).casefold()


def _like(field: Field, literal: Literal) -> Matcher:
    if field.type in {"id", "reference"} or field.type in _KINDS or literal.kind != "text":
        raise Problem("INVALID_FIELD", f"invalid operator on {field.type} field: LIKE on '{field.name}'")
    pattern = re.compile(_pattern(str(literal.value)), re.IGNORECASE | re.DOTALL)
    return lambda record: pattern.fullmatch(record.get(field.name) or "") is not None


def _pattern(text: str) -> str:
    """Evaluate `%` for any text and `_` for one letter; a backslash before them makes them literal."""
    parts = re.findall(r"\\[%_]|[%_]|[^%_\\]+|\\", text)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\") or part) for part in parts)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, list[Any]], bool]:
    return lambda held, wanted: held is not None and wanted[0] is not None and compare(held, wanted[0])


_COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "=": lambda held, wanted: held == wanted[0],
    "!=": lambda held, wanted: held != wanted[0],
    "<": _ordered(lambda held, wanted: held < wanted),
    "<=": _ordered(lambda held, wanted: held <= wanted),
    ">": _ordered(lambda held, wanted: held > wanted),
    ">=": _ordered(lambda held, wanted: held >= wanted),
    "IN": lambda held, wanted: held in wanted,
    "NOT IN": lambda held, wanted: held not in wanted,
}
