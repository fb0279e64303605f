"""Filters: the provider applies a condition, or it is tested here on mapped records, or it is refused by name."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from unified.catalog.mapping import SortRow
from unified.errors import FieldProblem, UnsupportedFilter, known_names
from unified.models import Field, Model
from unified.transform.query import TIMES, Filter, Query, Sort, utc

ESSENTIAL = ("email", "number", "url", "name")
"""The values of a list entry that a filter on the list compares."""
TIME_KINDS = frozenset({"datetime", "date", "due"})
Test = Callable[[dict[str, Any]], bool]
_SEVERAL = re.compile(r"[,;|*]")
"""What makes several ids, or any, of one, wherever a provider reads conditions out of text; no id of a provider has it."""


def refuse_unsupported(
    query: Query, remaining: frozenset[str], model: Model, filled: frozenset[str], native: frozenset[str]
) -> None:
    """Check that every remaining condition can be tested on mapped records.

    Raises:
        UnsupportedFilter: Neither the provider nor this service can apply a condition; `errors` lists them.
    """
    shown = {one.parameter: one.shown for one in query.filters}
    bad = sorted(name for name in remaining if not can_emulate(name, query, model, filled))
    if not bad:
        return
    possible = known_names({*(_shown(name) for name in native), *(f"filter[{name}]" for name in comparable(model, filled))})
    problems = tuple(
        FieldProblem(pointer=shown.get(name, name), code="unsupported_filter", message="cannot be done here") for name in bad
    )
    names = ", ".join(problem.pointer for problem in problems)
    raise UnsupportedFilter(f"{model.id}: {names} cannot be done for this account. Possible: {possible}", errors=problems)


def sort_words(name: str, row: str | SortRow) -> tuple[str, ...]:
    """Return the values of `sort` that a field of a call's `sort` allows."""
    if isinstance(row, str):
        return name, f"-{name}"
    return (f"-{name}" if row.only == "descending" else name,)


def refuse_direction(sort: Sort, row: SortRow, model: Model) -> None:
    """Check an order that the provider has in one direction only.

    Raises:
        UnsupportedFilter: It is the other one.
    """
    if sort.descending != (row.only == "descending"):
        (possible,) = sort_words(sort.field, row)
        raise UnsupportedFilter(f"{model.id}: can be sorted by `{sort.field}` in {row.only} order only: sort={possible}")


def _shown(parameter: str) -> str:
    first, *rest = parameter.split(".")
    return first + "".join(f"[{part}]" for part in rest)


def can_emulate(parameter: str, query: Query, model: Model, filled: frozenset[str]) -> bool:
    """Return whether a condition can be tested on mapped records."""
    if parameter in TIMES:
        return time_field(parameter) in filled
    condition = next((one for one in query.filters if one.parameter == parameter), None)
    return condition is not None and field_of(condition.field, model) in comparable(model, filled)


def no_single_ids(query: Query, model: Model, filled: frozenset[str]) -> Iterator[str]:
    """Yield the conditions on ids of which a value may mean several to a provider, such as `1,2`, or any, such as `*`.

    These are tested on the records too: of the provider, they are read as it likes, and no record has such an id.
    """
    ids = {field.name for field in model.fields if field.kind == "id"} & filled
    for one in query.filters:
        values = one.value if isinstance(one.value, list | tuple) else [one.value]
        if one.field in ids and one.operator in {"eq", "in"} and any(_SEVERAL.search(str(value)) for value in values):
            yield one.parameter


def comparable(model: Model, filled: frozenset[str]) -> frozenset[str]:
    """Return the fields by which mapped records can be compared, whatever the provider supports."""
    fields = (field for field in model.fields if field.name in filled and field.kind not in {"map", "any"})
    return frozenset(field.name for field in fields if not field.nested or essentials(field))


def essentials(field: Field) -> list[str]:
    """Return the parts of a field's entries that conditions compare: the address of an e-mail, the number of a phone."""
    return [name for name in ESSENTIAL if any(inner.name == name for inner in field.nested)]


def field_of(name: str, model: Model) -> str:
    """Return the field that a filter's name means: itself, or the list of which the entries have it (email → emails)."""
    if any(field.name == name for field in model.fields):
        return name
    lists = (field for field in model.fields if field.is_list and any(inner.name == name for inner in field.nested))
    return next((field.name for field in lists if name in ESSENTIAL), "")


def fields_needed(query: Query, remaining: frozenset[str], model: Model) -> frozenset[str]:
    """Return the fields that must be mapped to test the remaining conditions."""
    times = {time_field(name) for name in remaining if name in TIMES}
    return frozenset(times | {field_of(one.field, model) for one in query.filters if one.parameter in remaining})


def record_test(query: Query, remaining: frozenset[str], model: Model) -> Test:
    """Return a function that tests a mapped record against the conditions that the provider did not apply."""
    tests = [_time_test(name, getattr(query, name)) for name in remaining if name in TIMES]
    tests += [_filter_test(one, model) for one in query.filters if one.parameter in remaining]
    return lambda record: all(test(record) for test in tests)


def time_field(name: str) -> str:
    """Return the field that a condition such as `updated_after` compares."""
    return "updated_at" if name.startswith("updated") else "created_at"


def _time_test(name: str, bound: str) -> Test:
    field, limit = time_field(name), datetime.fromisoformat(bound)

    def test(record: dict[str, Any]) -> bool:
        value = record.get(field)
        if value is None:
            return False
        time = datetime.fromisoformat(value)
        return time >= limit if name.endswith("after") else time < limit

    return test


def _filter_test(condition: Filter, model: Model) -> Test:
    name = field_of(condition.field, model)
    field = next(one for one in model.fields if one.name == name)
    compare = COMPARISONS[condition.operator]
    if field.kind in TIME_KINDS and condition.operator != "contains":
        wanted = _instants(condition.value)
        return lambda record: compare(_instants(_values(record.get(name), field)), wanted)
    return lambda record: compare(_values(record.get(name), field), condition.value)


def _instants(value: Any) -> Any:
    """Parse times, so that zone and milliseconds do not matter; a date is its midnight in UTC, other text is None."""
    if isinstance(value, list | tuple):
        return [_instants(one) for one in value]
    text = utc(value) if isinstance(value, str) else None
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
    """Return -1, 0 or 1 if the value is before, at or after the wanted one; None when they cannot be compared."""
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
