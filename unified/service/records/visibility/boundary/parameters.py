"""Finds the parameters of a model's list that a boundary refuses whatever their value, without a query."""

from collections.abc import Iterator

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.catalog.filter_rows import Operator
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import UPSERT, Model
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.limited_writes import refuses_always
from unified.service.records.visibility.boundary.queries import MAX_PUSHED_IDS, bound_list
from unified.service.records.visibility.boundary.record_limit import Limits, RecordLimit
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.query import OPERATORS, TIMES, Filter, Query, Sort
from unified.transform.tools import required_filters

MAX_KEPT = 64
"""Extents of boundaries kept for one mapping."""


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """What of a boundary decides what can be asked."""

    sizes: tuple[tuple[str, int], ...] = ()
    """Kinds of resource with how many are chosen; `MAX_PUSHED_IDS` + 1 means many."""
    limits: tuple[RecordLimit, ...] = ()
    """The conditions on records."""
    closed: tuple[str, ...] = ()
    """Models of which these let nothing through."""

    def __bool__(self) -> bool:
        """Whether there is a boundary."""
        return bool(self.sizes or self.limits)


WITHOUT = Extent()
_kept: CachesByOwner[Mapping, Extent, frozenset[str]] = CachesByOwner(MAX_KEPT)


def extent_of(boundary: Boundary) -> Extent:
    """Return what `is_closed` and `refused_parameters` need to know of a boundary."""
    if not boundary:
        return WITHOUT
    return Extent(
        sizes=tuple(sorted((kind, min(len(ids), MAX_PUSHED_IDS + 1)) for kind, ids in boundary.chosen.items())),
        limits=tuple(boundary.limits.by_model.values()),
        closed=tuple(sorted(boundary.limits.closed)),
    )


def is_closed(mapping: Mapping, method: str, extent: Extent) -> bool:
    """Return whether the boundary refuses a method for every record: none can be placed, or a new one would be outside.

    So it is for every upsert, as only the provider knows which record it changes; and where there are conditions, for creates
    that cannot meet them and for custom methods, of which no one knows what they change.
    """
    example = _example(extent)
    rules = example.rules(mapping.model)
    if example.closed(mapping.model) or (method == UPSERT and example.places(mapping.model)):
        return True
    limit = example.limit(mapping.model)
    if limit is not None and refuses_always(limit, mapping, method):
        return True
    creates_outside = method == "create" and any(rule.fields == ("id",) for rule in rules)
    return creates_outside or any(rule.container_unknown for rule in rules)


def refused_parameters(mapping: Mapping, extent: Extent) -> frozenset[str]:
    """Return the list parameters that would be refused, such as `search`, `filter.amount.gte`, `updated_after`, `sort.name`."""
    if not extent:
        return frozenset()
    known = _kept.of(mapping)
    refused = known.get(extent)
    return known.put(extent, frozenset(_refused(mapping, _example(extent)))) if refused is None else refused


def _example(extent: Extent) -> Boundary:
    limits = Limits(by_model={one.model: one for one in extent.limits}, closed=dict.fromkeys(extent.closed, "closed"))
    return Boundary(
        chosen={kind: frozenset(str(number) for number in range(count)) for kind, count in extent.sizes}, limits=limits
    )


def _refused(mapping: Mapping, boundary: Boundary) -> Iterator[str]:
    if not boundary.places(mapping.model) or "list" not in mapping.operations:
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
