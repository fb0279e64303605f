"""Filters: the provider applies a condition, or it is tested here on mapped records, or it is refused by name."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from unified.catalog.mapping import SortRow
from unified.errors.names import not_done
from unified.errors.requests import UnsupportedFilter
from unified.models import Field, Model
from unified.transform.queries.filter_names import essentials, field_of
from unified.transform.queries.filter_options import ListedFilters, comparable, time_field
from unified.transform.queries.query import TIMES, Filter, Query, Sort
from unified.transform.queries.query_values import utc

TIME_KINDS = frozenset({"datetime", "date", "due"})
Test = Callable[[Mapping[str, Any]], bool]
_SEVERAL = re.compile(r"[,;|*]")
"""Characters that turn one id into several, or any, wherever a provider reads conditions out of text; no id has one."""


def conditions_not_done(query: Query, remaining: frozenset[str], model: Model, filled: frozenset[str]) -> list[str]:
    """Return those of the remaining conditions that cannot be tested on mapped records."""
    return sorted(name for name in remaining if not can_emulate(name, query, model, filled))


def refuse_unsupported(query: Query, conditions: list[str], model: Model, listed: ListedFilters) -> None:
    """Refuse conditions that neither the provider nor this service can apply.

    Raises:
        UnsupportedFilter: `errors` lists them, and the text says which filters the list has for this caller.
    """
    shown = [query.shown(name) for name in conditions]
    hints = dict.fromkeys(listed.hint(one.written or one.field) for one in query.filters if one.parameter in conditions)
    raise UnsupportedFilter(
        f"{model.id}: {', '.join(shown)} cannot be applied for this account.{''.join(hints)} {listed.text(model)}",
        errors=not_done(shown, UnsupportedFilter),
    )


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
        detail = f"{model.id}: can be sorted by `{sort.field}` in {row.only} order only: sort={possible}"
        raise UnsupportedFilter(detail, errors=not_done(["sort"], UnsupportedFilter))


def can_emulate(parameter: str, query: Query, model: Model, filled: frozenset[str]) -> bool:
    """Return whether a condition can be tested on mapped records."""
    if parameter in TIMES:
        return time_field(parameter) in filled
    condition = next((one for one in query.filters if one.parameter == parameter), None)
    return condition is not None and field_of(condition.field, model) in comparable(model, filled)


def no_single_ids(query: Query, model: Model, filled: frozenset[str]) -> Iterator[str]:
    """Yield the conditions on ids with a value that may mean several to a provider, such as `1,2`, or any, such as `*`.

    These are tested on the records too: of the provider, they are read as it likes, and no record has such an id.
    """
    ids = {field.name for field in model.fields if field.kind == "id"} & filled
    for one in query.filters:
        values = one.value if isinstance(one.value, list | tuple) else [one.value]
        if one.field in ids and one.operator in {"eq", "in"} and any(_SEVERAL.search(str(value)) for value in values):
            yield one.parameter


def fields_needed(query: Query, remaining: frozenset[str], model: Model) -> frozenset[str]:
    """Return the fields that must be mapped to test the remaining conditions."""
    times = {time_field(name) for name in remaining if name in TIMES}
    return frozenset(times | {field_of(one.field, model) for one in query.filters if one.parameter in remaining})


def record_test(query: Query, remaining: frozenset[str], model: Model) -> Test:
    """Return a function that tests a mapped record against the conditions that the provider did not apply."""
    tests = [_time_test(name, getattr(query, name)) for name in remaining if name in TIMES]
    tests += [_filter_test(one, model) for one in query.filters if one.parameter in remaining]
    return lambda record: all(test(record) for test in tests)


def _time_test(name: str, bound: str) -> Test:
    field, limit = time_field(name), datetime.fromisoformat(bound)

    def test(record: Mapping[str, Any]) -> bool:
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
    """Parse times, so that zone and milliseconds do not matter; a date becomes its midnight in UTC, other text is None."""
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
