"""Finds the parameters of a model's list that a boundary refuses whatever their value, without a query."""

from collections.abc import Iterator

from unified.bounded_cache import CachesByOwner
from unified.catalog.filter_rows import Operator
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import UPSERT, Model
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.queries import MAX_PUSHED_IDS, bound_list
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.query import OPERATORS, TIMES, Filter, Query, Sort
from unified.transform.tools import required_filters

MAX_KEPT = 64
"""Sizes of boundaries kept for one mapping."""
Sizes = tuple[tuple[str, int], ...]
"""Kinds of resource with how many are chosen, which alone decides what can be asked. `MAX_PUSHED_IDS` + 1 means many."""
_kept: CachesByOwner[Mapping, Sizes, frozenset[str]] = CachesByOwner(MAX_KEPT)


def sizes_of(boundary: Boundary) -> Sizes:
    """Return what `is_closed` and `refused_parameters` need to know of a boundary."""
    return tuple(sorted((kind, min(len(ids), MAX_PUSHED_IDS + 1)) for kind, ids in boundary.chosen.items()))


def is_closed(mapping: Mapping, method: str, sizes: Sizes) -> bool:
    """Return whether the boundary refuses a method for every record: none can be placed, or a new one would be outside.

    So it is for every upsert, as only the provider knows which record it changes.
    """
    rules = _example(sizes).rules(mapping.model)
    if method == UPSERT:
        return bool(rules)
    creates_outside = method == "create" and any(rule.fields == ("id",) for rule in rules)
    return creates_outside or any(rule.container_unknown for rule in rules)


def refused_parameters(mapping: Mapping, sizes: Sizes) -> frozenset[str]:
    """Return the list parameters that would be refused, such as `search`, `filter.amount.gte`, `updated_after`, `sort.name`."""
    known = _kept.of(mapping)
    refused = known.get(sizes)
    return known.put(sizes, frozenset(_refused(mapping, _example(sizes)))) if refused is None else refused


def _example(sizes: Sizes) -> Boundary:
    return Boundary(chosen={kind: frozenset(str(number) for number in range(count)) for kind, count in sizes})


def _refused(mapping: Mapping, boundary: Boundary) -> Iterator[str]:
    rules = boundary.rules(mapping.model)
    if not rules or "list" not in mapping.operations:
        return
    needed = tuple(Filter(field=name, value="0") for name in sorted(required_filters(mapping)))
    for name, query in _examples(mapping, needed):
        try:
            mapping.list_for(bound_list(mapping, boundary, query))
        except (UnsupportedFilter, UnsupportedField):
            yield name


def _value_for(model: Model, name: str) -> str:
    """Return a value that a condition on a field can have: where a provider writes it, others would be refused."""
    field = next((one for one in model.fields if one.name == field_of(name, model)), None)
    if field is None:
        return "0"
    return field.enum[0] if field.enum else _VALUES.get(field.kind, "0")


_VALUES = {"datetime": "2026-01-01T00:00:00Z", "date": "2026-01-01", "due": "2026-01-01", "boolean": "true"}


def _examples(mapping: Mapping, needed: tuple[Filter, ...]) -> Iterator[tuple[str, Query]]:
    """Yield every parameter by itself, together with the conditions that the list needs in any case."""
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
