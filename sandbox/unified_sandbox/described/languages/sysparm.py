"""ServiceNow's encoded queries: conditions joined by `^`, alternatives by `^OR`, further queries by `^NQ`, and an order."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.values import compared, same
from unified_sandbox.messages import Record

Condition = Callable[[Record], bool]
Test = Callable[[Any, str], bool]


def _text(value: Any) -> str:
    return "" if value is None else str(value).casefold()


def _equal(value: Any, wanted: str) -> bool:
    return _text(value) == wanted.casefold() or (value is not None and same(value, wanted))


def _ranged(holds: Callable[[int], bool]) -> Test:
    return lambda value, wanted: value not in (None, "") and holds(compared(value, wanted))


def _among(value: Any, wanted: str) -> bool:
    return any(_equal(value, one) for one in wanted.split(","))


OPERATORS: dict[str, Test] = {
    "!=": lambda value, wanted: not _equal(value, wanted),
    ">=": _ranged(lambda sign: sign >= 0),
    "<=": _ranged(lambda sign: sign <= 0),
    "=": _equal,
    ">": _ranged(lambda sign: sign > 0),
    "<": _ranged(lambda sign: sign < 0),
    "NOT IN": lambda value, wanted: not _among(value, wanted),
    "NOT LIKE": lambda value, wanted: wanted.casefold() not in _text(value),
    "ISNOTEMPTY": lambda value, _wanted: value not in (None, ""),
    "ISEMPTY": lambda value, _wanted: value in (None, ""),
    "IN": _among,
    "LIKE": lambda value, wanted: wanted.casefold() in _text(value),
    "STARTSWITH": lambda value, wanted: _text(value).startswith(wanted.casefold()),
    "ENDSWITH": lambda value, wanted: _text(value).endswith(wanted.casefold()),
}
"""Operator to its test of a stored value, longer ones before those that they begin with; case does not matter."""
UNARY = {"ISEMPTY", "ISNOTEMPTY"}
_CONDITION = re.compile(rf"(?P<field>[a-z][a-z0-9_.]*)(?P<sign>{'|'.join(OPERATORS)})(?P<value>.*)", re.DOTALL)
_ORDER = re.compile(r"ORDERBY(?P<descending>DESC)?(?P<field>[a-z][a-z0-9_.]*)")


def sysparm(query: Any) -> Selection:
    """Read an encoded query.

    ServiceNow leaves out what it cannot read, so a misspelt field selects everything. Here that is refused, and so noticed.

    Raises:
        BadQuery: It has a condition of another form; while records are selected, a field that they do not have.
    """
    queries: list[list[list[Condition]]] = [[]]
    order: list[str] = []
    for term in str(query).split("^"):
        ordered = _ORDER.fullmatch(term)
        if ordered is not None:
            order.append(("-" if ordered["descending"] else "") + ordered["field"])
        elif term != "EQ":
            _add(term, queries)
    names = [one.removeprefix("-") for one in order]
    return Selection(where=lambda record: _selects(queries, _checked(record, names)), order=tuple(order))


def _add(term: str, queries: list[list[list[Condition]]]) -> None:
    """Add a condition: as an alternative to the last one, at the start of a new query, or added to the others."""
    if term.startswith("NQ"):
        queries.append([[_condition(term.removeprefix("NQ"))]])
    elif not term.startswith("OR"):
        queries[-1].append([_condition(term)])
    elif queries[-1]:
        queries[-1][-1].append(_condition(term.removeprefix("OR")))
    else:
        raise BadQuery(f"{term!r} has no condition before it")


def _condition(term: str) -> Condition:
    found = _CONDITION.fullmatch(term)
    if found is None:
        raise BadQuery(f"{term!r} is not a condition; operators: {', '.join(OPERATORS)}")
    field, sign, value = found["field"], found["sign"], found["value"]
    if value.startswith("javascript:"):
        raise BadQuery(f"{term!r} is a script, which is not run here")
    if sign in UNARY and value:
        raise BadQuery(f"{term!r}: {sign} takes no value")
    return lambda record: OPERATORS[sign](_checked(record, [field])[field], value)


def _checked(record: Record, fields: list[str]) -> Record:
    unknown: Iterator[str] = (one for one in fields if one not in record)
    name = next(unknown, None)
    if name is not None:
        raise BadQuery(f"{name!r} is not a field of this table")
    return record


def _selects(queries: list[list[list[Condition]]], record: Record) -> bool:
    """Try every condition, so that a misspelt field is found in any of them."""
    results = [[[one(record) for one in either] for either in query] for query in queries]
    return any(all(any(either) for either in query) for query in results)
