"""Finds the parameters of a model's list that a boundary refuses whatever their value, without a query."""

from collections.abc import Iterator

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.models import UPSERT
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.example_queries import example_queries
from unified.service.records.visibility.boundary.limited_writes import refuses_always
from unified.service.records.visibility.boundary.queries import MAX_PUSHED_IDS, bound_list
from unified.service.records.visibility.boundary.record_limit import Limits, RecordLimit
from unified.transform.mapping import Mapping

MAX_KEPT = 64
"""Extents of boundaries kept for one mapping."""


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a boundary that decides what can be asked."""

    sizes: tuple[tuple[str, int], ...] = ()
    """Kinds of resource with how many are chosen; `MAX_PUSHED_IDS` + 1 means many."""
    limits: tuple[RecordLimit, ...] = ()
    """The conditions on records."""
    closed: tuple[str, ...] = ()
    """Models whose records are all withheld because of these conditions."""

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
    for name, query in example_queries(mapping):
        try:
            mapping.list_for(bound_list(mapping, boundary, query))
        except (UnsupportedFilter, UnsupportedField):
            yield name
