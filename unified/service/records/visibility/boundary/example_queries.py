"""Queries of a list with one parameter each, from which is found out what the list does with it."""

from collections.abc import Iterator

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.catalog.filter_rows import Operator
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import Model
from unified.transform.calls.list_calls import ListPlan
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of, one_name
from unified.transform.queries.query import OPERATORS, TIMES, Filter, Query, Sort
from unified.transform.tools import required_filters

MAX_FIELDS = 200
"""Fields of a mapping for which it is kept whether every list call gives them."""
_given: CachesByOwner[Mapping, str, bool] = CachesByOwner(MAX_FIELDS)


def plan_if_any(mapping: Mapping, query: Query) -> ListPlan | None:
    """Return the list call for a query; None if there is none."""
    try:
        return mapping.list_for(query)
    except (UnsupportedFilter, UnsupportedField):
        return None


def needing(query: Query, field: str, model: Model) -> Query:
    """Return a query that needs a list call whose records have a field: they are tested by it, and all pass."""
    tested = Filter(field=one_name(field, model), operator="ne", value="")
    return msgspec.structs.replace(query, filters=(*query.filters, tested), here=query.here | {tested.parameter})


def is_always_given(mapping: Mapping, field: str) -> bool:
    """Return whether the records of every list call have a field: where a test of it needs another call, some do not."""
    known = _given.of(mapping)
    found = known.get(field)
    return known.put(field, _is_always_given(mapping, field)) if found is None else found


def _is_always_given(mapping: Mapping, field: str) -> bool:
    for _, example in example_queries(mapping):
        is_about = any(field_of(one.field, mapping.model) == field for one in example.filters)
        query = msgspec.structs.replace(example, filters=()) if is_about else example
        plan, other = plan_if_any(mapping, query), plan_if_any(mapping, needing(query, field, mapping.model))
        if plan is not None and (other is None or other.index != plan.index):
            return False
    return True


def _value_for(model: Model, name: str) -> str:
    """Return a value that a condition on a field can have: where a provider writes it, others would be refused."""
    field = next((one for one in model.fields if one.name == field_of(name, model)), None)
    if field is None:
        return "0"
    return field.enum[0] if field.enum else _VALUES.get(field.kind, "0")


_VALUES = {"datetime": "2026-01-01T00:00:00Z", "date": "2026-01-01", "due": "2026-01-01", "boolean": "true"}


def example_queries(mapping: Mapping) -> Iterator[tuple[str, Query]]:
    """Yield every parameter of a list by itself, with the conditions that the list needs in any case."""
    needed = tuple(Filter(field=name, value="0") for name in sorted(required_filters(mapping)))
    names = mapping.list_calls.native_filters | {
        f"filter.{one.name}" for one in mapping.list_calls.listed_filters().filters if one.emulated
    }
    for name in sorted(names | set(TIMES)):
        first, _, rest = name.partition(".")
        if first == "filter":
            field, _, operator = rest.partition(".")
            known: Operator = next((one for one in OPERATORS if one == operator), "eq")
            others = tuple(one for one in needed if one.field != field)
            value = _value_for(mapping.model, field)
            condition = Filter(field=field, operator=known, value=(value,) if known == "in" else value)
            yield name, Query(filters=(*others, condition))
        elif first in TIMES:
            yield name, Query(filters=needed, **{first: "2026-01-01T00:00:00Z"})  # type: ignore[arg-type]
    if "search" in names:
        yield "search", Query(filters=needed, search="x")
    for word in mapping.list_calls.sort_words():
        field, is_descending = word.removeprefix("-"), word.startswith("-")
        yield f"sort.{field}", Query(filters=needed, sort=Sort(field=field, descending=is_descending))
