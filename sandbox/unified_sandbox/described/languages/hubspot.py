"""HubSpot's search: groups of filters, of which one must hold, words to look for, and at most one sort."""

import re
from collections.abc import Callable, Mapping
from functools import cmp_to_key
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.moments import read_moment
from unified_sandbox.messages import Record

MAX_GROUPS, MAX_FILTERS, MAX_ALL_FILTERS = 5, 6, 18
TIMES = {"date", "datetime"}
Comparable = float | str
Condition = Callable[[Record], bool]
Test = Callable[[Comparable | None, list[Comparable]], bool]


def hubspot(query: Any, kind: Any) -> Selection:
    """Read a search over records with `properties`.

    `kind` says what is searched: `name`, `types` (type of each property), `searched` (properties that words are looked for in)
    and `created` (the property of the usual order).

    Raises:
        BadQuery: It has an unknown property or operator, lacks a value, or is too large.
    """
    groups = [group.get("filters") or [] for group in query.get("filterGroups") or []]
    if len(groups) > MAX_GROUPS or any(len(one) > MAX_FILTERS for one in groups) or sum(map(len, groups)) > MAX_ALL_FILTERS:
        raise BadQuery(f"Too many filters: {MAX_GROUPS} groups, {MAX_FILTERS} a group, {MAX_ALL_FILTERS} in all")
    tests = [[_condition(one, kind) for one in group] for group in groups]
    words = str(query.get("query") or "").lower().split()

    def where(record: Record) -> bool:
        found = not tests or any(all(test(record) for test in group) for group in tests)
        return found and (not words or _has_words(record["properties"], kind["searched"], words))

    name, is_descending = _sort(query.get("sorts") or [], kind["created"])
    type_ = _type(name, kind)
    return Selection(where=where, arrange=lambda records: _arranged(records, name, type_, is_descending=is_descending))


def _has_words(properties: Record, searched: list[str], words: list[str]) -> bool:
    text = " ".join(properties.get(name) or "" for name in searched).lower()
    return all(word in text for word in words)


def _type(name: str, kind: Record) -> str:
    if name not in kind["types"]:
        raise BadQuery(f"There was a problem with the request: property {name} does not exist on {kind['name']}")
    return str(kind["types"][name])


def _condition(one: Record, kind: Record) -> Condition:
    name, operator = str(one.get("propertyName")), str(one.get("operator"))
    if operator not in OPERATORS:
        raise BadQuery(f"Invalid operator {operator}; known: {', '.join(OPERATORS)}")
    type_ = _type(name, kind)
    texts = _wanted(one, name, operator)
    wanted = [_strict(text, name, type_) if operator in RANGES else _comparable(text, type_) for text in texts]
    holds = OPERATORS[operator]

    def test(record: Record) -> bool:
        text = record["properties"].get(name)
        return holds(None if text is None else _comparable(text, type_), wanted)

    return test


def _wanted(one: Record, name: str, operator: str) -> list[str]:
    """Return the values of a filter as texts."""
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return []
    values = [one.get("value"), one.get("highValue")] if operator == "BETWEEN" else [one.get("value")]
    if operator in {"IN", "NOT_IN"}:
        values = one.get("values") or []
        if not isinstance(values, list) or not values:
            raise BadQuery(f"{operator} needs a list in 'values'")
    if None in values:
        raise BadQuery(f"{operator} on {name} is missing a value")
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _comparable(text: str, type_: str) -> Comparable:
    """Return a value as it is compared: a number, milliseconds, or text without case."""
    value = _number(text) if type_ == "number" else _milliseconds(text) if type_ in TIMES else None
    return text.lower() if value is None else value


def _strict(text: str, name: str, type_: str) -> Comparable:
    value = _comparable(text, type_)
    if isinstance(value, str) and type_ in {"number", *TIMES}:
        raise BadQuery(f"{text} is not a valid {type_} for {name}")
    return value


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _milliseconds(text: str) -> float | None:
    if text.lstrip("-").isdecimal():
        return float(text)
    moment = read_moment(text)
    return None if moment is None else moment.timestamp() * 1000


def _token(held: Comparable | None, wanted: list[Comparable]) -> bool:
    """Return whether one of the words fits, with `*` for any run of letters."""
    pattern = re.escape(str(wanted[0])).replace(r"\*", ".*")
    text = str(held or "")
    words = [text, *re.split(r"[^\w]+", text), *re.split(r"[;,\s]+", text)]
    return held is not None and any(re.fullmatch(pattern, word) for word in words)


def _ordered(compare: Callable[[Any, Any], bool]) -> Test:
    """Return a comparison that records without a value, or with one of another kind, do not pass."""
    return lambda held, wanted: isinstance(held, type(wanted[0])) and compare(held, wanted)


OPERATORS: Mapping[str, Test] = {
    "EQ": lambda held, wanted: held == wanted[0],
    "NEQ": lambda held, wanted: held is not None and held != wanted[0],
    "LT": _ordered(lambda held, wanted: held < wanted[0]),
    "LTE": _ordered(lambda held, wanted: held <= wanted[0]),
    "GT": _ordered(lambda held, wanted: held > wanted[0]),
    "GTE": _ordered(lambda held, wanted: held >= wanted[0]),
    "BETWEEN": _ordered(lambda held, wanted: wanted[0] <= held <= wanted[1]),
    "IN": lambda held, wanted: held in wanted,
    "NOT_IN": lambda held, wanted: held is not None and held not in wanted,
    "HAS_PROPERTY": lambda held, _wanted: held is not None,
    "NOT_HAS_PROPERTY": lambda held, _wanted: held is None,
    "CONTAINS_TOKEN": _token,
    "NOT_CONTAINS_TOKEN": lambda held, wanted: not _token(held, wanted),
}
"""Operator to its test of a held value."""
RANGES = {"LT", "LTE", "GT", "GTE", "BETWEEN"}
"""Operators with values that must be of the property's type."""


def _sort(sorts: list[Any], usual: str) -> tuple[str, bool]:
    if len(sorts) > 1:
        raise BadQuery("Only one sort is allowed")
    one = sorts[0] if sorts else usual
    if isinstance(one, str):
        return one.lstrip("-"), one.startswith("-")
    if not isinstance(one, dict):
        raise BadQuery("Invalid sort: expected a property name or an object")
    return str(one.get("propertyName")), str(one.get("direction")).upper() == "DESCENDING"


def _arranged(records: list[Record], name: str, type_: str, *, is_descending: bool) -> list[Record]:
    """Sort records; those without the value come last either way, and those alike stay as they were."""
    absent = [one for one in records if one["properties"].get(name) is None]
    keyed = [(_comparable(text, type_), one) for one in records if (text := one["properties"].get(name)) is not None]

    def compare(one: tuple[Comparable, Record], other: tuple[Comparable, Record]) -> int:
        left, right = one[0], other[0]
        if isinstance(left, str) != isinstance(right, str):
            left, right = str(left), str(right)
        sign = (left > right) - (left < right)  # type: ignore[operator]
        return -sign if is_descending else sign

    return [one for _, one in sorted(keyed, key=cmp_to_key(compare))] + absent
