"""Honest filters: each condition is done by the provider, or here on the mapped records, or refused by name."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from unified.errors import FieldProblem, UnsupportedFilter, known_names
from unified.models import Field, Model
from unified.transform.query import TIMES, Filter, Query, utc

ESSENTIAL = ("email", "number", "url", "name")
"""The value of a list entry that a filter on the list looks at."""
TIME_KINDS = frozenset({"datetime", "date", "due"})
Test = Callable[[dict[str, Any]], bool]


def refuse_unsupported(
    query: Query, left: frozenset[str], model: Model, filled: frozenset[str], native: frozenset[str]
) -> None:
    """Raise UnsupportedFilter for conditions that can be done neither by the provider nor here."""
    shown = {one.parameter: one.shown for one in query.filters}
    bad = sorted(name for name in left if not can_emulate(name, query, model, filled))
    if not bad:
        return
    possible = known_names({*(_shown(name) for name in native), *(f"filter[{name}]" for name in comparable(model, filled))})
    problems = tuple(
        FieldProblem(pointer=shown.get(name, name), code="unsupported_filter", message="cannot be done here") for name in bad
    )
    names = ", ".join(problem.pointer for problem in problems)
    raise UnsupportedFilter(f"{model.id}: {names} cannot be done for this account. Possible: {possible}", errors=problems)


def _shown(parameter: str) -> str:
    first, *rest = parameter.split(".")
    return first + "".join(f"[{part}]" for part in rest)


def can_emulate(parameter: str, query: Query, model: Model, filled: frozenset[str]) -> bool:
    """Whether the mapped records tell about this condition."""
    if parameter in TIMES:
        return time_field(parameter) in filled
    condition = next((one for one in query.filters if one.parameter == parameter), None)
    return condition is not None and field_of(condition.field, model) in comparable(model, filled)


def comparable(model: Model, filled: frozenset[str]) -> frozenset[str]:
    """Fields that mapped records can be compared by, whatever the provider does."""
    fields = (field for field in model.fields if field.name in filled and field.kind not in {"map", "any"})
    return frozenset(field.name for field in fields if not field.nested or essentials(field))


def essentials(field: Field) -> list[str]:
    """What of an entry of the field a condition looks at: the address of an e-mail, the number of a phone."""
    return [name for name in ESSENTIAL if any(inner.name == name for inner in field.nested)]


def field_of(name: str, model: Model) -> str:
    """The field that a filter's name stands for: itself, or the list whose entries have it (email → emails)."""
    if any(field.name == name for field in model.fields):
        return name
    lists = (field for field in model.fields if field.is_list and any(inner.name == name for inner in field.nested))
    return next((field.name for field in lists if name in ESSENTIAL), "")


def fields_needed(query: Query, left: frozenset[str], model: Model) -> frozenset[str]:
    """Fields that must be mapped so that the conditions left can be tested."""
    times = {time_field(name) for name in left if name in TIMES}
    return frozenset(times | {field_of(one.field, model) for one in query.filters if one.parameter in left})


def record_test(query: Query, left: frozenset[str], model: Model) -> Test:
    """A function telling whether a mapped record fulfils the conditions that the provider did not do."""
    tests = [_time_test(name, getattr(query, name)) for name in left if name in TIMES]
    tests += [_filter_test(one, model) for one in query.filters if one.parameter in left]
    return lambda record: all(test(record) for test in tests)


def time_field(name: str) -> str:
    """The field that a condition such as `updated_after` is about."""
    return "updated_at" if name.startswith("updated") else "created_at"


def _time_test(name: str, bound: str) -> Test:
    field, limit = time_field(name), datetime.fromisoformat(bound)

    def test(record: dict[str, Any]) -> bool:
        found = record.get(field)
        if found is None:
            return False
        moment = datetime.fromisoformat(found)
        return moment >= limit if name.endswith("after") else moment < limit

    return test


def _filter_test(condition: Filter, model: Model) -> Test:
    name = field_of(condition.field, model)
    field = next(one for one in model.fields if one.name == name)
    compare = COMPARISONS[condition.operator]
    if field.kind in TIME_KINDS and condition.operator != "contains":
        wanted = _instants(condition.value)
        return lambda record: compare(_instants(_values(record.get(name), field)), wanted)
    return lambda record: compare(_values(record.get(name), field), condition.value)


def _instants(given: Any) -> Any:
    """Times as moments, so that zone and milliseconds do not matter; a date is its midnight in UTC, other text None."""
    if isinstance(given, list | tuple):
        return [_instants(one) for one in given]
    text = utc(given) if isinstance(given, str) else None
    return None if text is None else datetime.fromisoformat(text)


def _values(value: Any, field: Field) -> list[Any]:
    listed = value if isinstance(value, list) else [value]
    if not field.nested:
        return listed
    return [one.get(name) for one in listed if isinstance(one, dict) for name in essentials(field)]


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool):
        return ("true" if value else "false") == str(wanted).lower()
    if isinstance(value, int | float):
        return _number(wanted) == value
    if isinstance(value, datetime):
        return bool(value == wanted)
    return value is not None and str(value).casefold() == str(wanted).casefold()


def _number(text: Any) -> float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _order(value: Any, wanted: Any) -> int | None:
    """-1, 0 or 1 as the value lies before, at or after what is wanted; None when they cannot be compared."""
    if isinstance(value, int | float):
        wanted = None if isinstance(value, bool) else _number(wanted)
    elif not isinstance(value, datetime):
        wanted = str(wanted)
    if value is None or wanted is None:
        return None
    return int(value > wanted) - int(value < wanted)


def _compares(allowed: frozenset[int]) -> Callable[[list[Any], Any], bool]:
    return lambda values, wanted: any(_order(value, wanted) in allowed for value in values)


COMPARISONS: dict[str, Callable[[list[Any], Any], bool]] = {
    "eq": lambda values, wanted: any(_same(value, wanted) for value in values),
    "ne": lambda values, wanted: not any(_same(value, wanted) for value in values),
    "in": lambda values, wanted: any(_same(value, one) for value in values for one in wanted),
    "contains": lambda values, wanted: any(
        value is not None and str(wanted).casefold() in str(value).casefold() for value in values
    ),
    "gt": _compares(frozenset({1})),
    "gte": _compares(frozenset({0, 1})),
    "lt": _compares(frozenset({-1})),
    "lte": _compares(frozenset({-1, 0})),
}
