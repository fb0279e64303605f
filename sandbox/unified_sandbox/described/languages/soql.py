"""SOQL: what a query selects of the records of its object, in which order, how many of them, and with which fields."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.languages.soql_grammar import Condition, Group, Literal, Order, Select, Test, parse
from unified_sandbox.described.refusing import refuse
from unified_sandbox.messages import Record

Matcher = Callable[[Record], bool]
NUMBERS = frozenset({"int", "double", "currency", "percent"})
IDS = frozenset({"id", "reference"})
LITERALS = {"boolean": "boolean", "date": "date", "datetime": "datetime", **dict.fromkeys(NUMBERS, "number")}
"""The kind of literal that a type is compared with; every other type takes text."""
MAX_OFFSET = 2000
MAX_OF_ALL = 200
"""The largest LIMIT of a query for all fields."""
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")


class _Column(msgspec.Struct, frozen=True):
    """A field of the object: its name as it is spelt there, and its type."""

    name: str
    type: str


def soql(query: Any, types: Mapping[str, str]) -> Selection:
    """Read a query; `types` are those of the fields of its object, by name.

    Raises:
        BadQuery: It is not SOQL.
        Declined: It names a field that is not there, or compares one with what it does not allow; the code is Salesforce's.
    """
    select = parse(str(query))
    known = {name.casefold(): _Column(name, type_) for name, type_ in types.items()}
    columns = _columns(known, select)
    if select.offset > MAX_OFFSET:
        refuse("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAX_OFFSET}")
    where = _matcher(known, select.where) if select.where is not None else _anything
    order = tuple((_sortable(known, one.field), one) for one in select.order)
    end = None if select.limit is None else select.offset + select.limit
    return Selection(where=where, arrange=lambda rows: _ordered(rows, order)[select.offset : end], columns=columns)


def _anything(_record: Record) -> bool:
    return True


def _no_field(message: str) -> NoReturn:
    refuse("INVALID_FIELD", message)


def _column(known: Mapping[str, _Column], name: str) -> _Column:
    return known.get(name.casefold()) or _no_field(f"No such column '{name}'. Check the name and the permissions.")


def _columns(known: Mapping[str, _Column], select: Select) -> tuple[str, ...]:
    if len(select.fields) == 1 and select.fields[0].startswith("FIELDS("):
        return _all_columns(known, select.fields[0], select.limit)
    names = tuple(_column(known, name).name for name in select.fields)
    for name in names:
        if names.count(name) > 1:
            _no_field(f"duplicate field selected: {name}")
    return names


def _all_columns(known: Mapping[str, _Column], which: str, limit: int | None) -> tuple[str, ...]:
    chosen = {"FIELDS(ALL)": {True, False}, "FIELDS(CUSTOM)": {True}, "FIELDS(STANDARD)": {False}}.get(which)
    if chosen is None:
        raise BadQuery(f"unexpected token: '{which}'")
    if True in chosen and (limit is None or limit > MAX_OF_ALL):
        raise BadQuery(f"The SOQL {which} function must have a LIMIT of at most {MAX_OF_ALL}")
    return tuple(one.name for one in known.values() if one.name.endswith("__c") in chosen)


def _matcher(known: Mapping[str, _Column], condition: Condition) -> Matcher:
    """Return the question that a condition asks of a record."""
    if isinstance(condition, Test):
        return _test(known, condition)
    return _group(condition, [_matcher(known, part) for part in condition.parts])


def _group(group: Group, tests: list[Matcher]) -> Matcher:
    if group.operator == "NOT":
        return lambda record: not tests[0](record)
    join = all if group.operator == "AND" else any
    return lambda record: join(one(record) for one in tests)


def _test(known: Mapping[str, _Column], test: Test) -> Matcher:
    field = _column(known, test.field)
    if field.type == "textarea":
        _no_field(f"field '{field.name}' can not be filtered in a query call")
    if test.operator == "LIKE":
        return _like(field, test.values[0])
    wanted = [_wanted(field, literal) for literal in test.values]
    compare = _COMPARE[test.operator]
    return lambda record: compare(_comparable(field, record.get(field.name)), wanted)


def _wanted(field: _Column, literal: Literal) -> Any:
    if literal.kind == "null":
        return None
    if literal.kind != LITERALS.get(field.type, "text"):
        quotes = " and should not be enclosed in quotes" if literal.kind == "text" else ""
        _no_field(f"value of filter criterion for field '{field.name}' must be of type {field.type}{quotes}")
    if field.type in IDS and not _ID.fullmatch(str(literal.value)):
        refuse("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}")
    return _comparable(field, literal.value)


def _comparable(field: _Column, value: Any) -> Any:
    """Return a value as it is compared and sorted: moments as such, text without case, ids without the last three letters."""
    if value is None or field.type in NUMBERS or isinstance(value, bool):
        return value
    if field.type == "datetime":
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    if field.type in IDS:
        return str(value)[:15]
    return str(value) if field.type == "date" else str(value).casefold()


def _like(field: _Column, literal: Literal) -> Matcher:
    if field.type in IDS or field.type in LITERALS or literal.kind != "text":
        _no_field(f"invalid operator on {field.type} field: LIKE on '{field.name}'")
    pattern = re.compile(_pattern(str(literal.value)), re.IGNORECASE | re.DOTALL)
    return lambda record: pattern.fullmatch(record.get(field.name) or "") is not None


def _pattern(text: str) -> str:
    """Read `%` as any text and `_` as one letter; a backslash before them makes them literal."""
    parts = re.findall(r"\\[%_]|[%_]|[^%_\\]+|\\", text)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\") or part) for part in parts)


def _ranged(compare: Callable[[Any, Any], bool]) -> Callable[[Any, list[Any]], bool]:
    return lambda held, wanted: held is not None and wanted[0] is not None and compare(held, wanted[0])


_COMPARE: dict[str, Callable[[Any, list[Any]], bool]] = {
    "=": lambda held, wanted: held == wanted[0],
    "!=": lambda held, wanted: held != wanted[0],
    "<": _ranged(lambda held, wanted: held < wanted),
    "<=": _ranged(lambda held, wanted: held <= wanted),
    ">": _ranged(lambda held, wanted: held > wanted),
    ">=": _ranged(lambda held, wanted: held >= wanted),
    "IN": lambda held, wanted: held in wanted,
    "NOT IN": lambda held, wanted: held not in wanted,
}


def _sortable(known: Mapping[str, _Column], name: str) -> _Column:
    field = _column(known, name)
    if field.type == "textarea":
        raise BadQuery(f"field '{field.name}' can not be sorted in a query call")
    return field


def _ordered(rows: list[Record], order: tuple[tuple[_Column, Order], ...]) -> list[Record]:
    """Return the rows in an order; the last term is sorted by first, since sorting keeps what was equal."""
    for field, term in reversed(order):
        values = [row for row in rows if row.get(field.name) is not None]
        values.sort(key=lambda row, field=field: _comparable(field, row[field.name]), reverse=term.descending)  # type: ignore[misc]
        nulls = [row for row in rows if row.get(field.name) is None]
        rows = values + nulls if term.nulls_last else nulls + values
    return rows
