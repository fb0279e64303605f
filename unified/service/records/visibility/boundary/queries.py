"""Restricts a query to the boundary of its account: some conditions are sent, others are tested here on records inside only.

Whatever a provider is asked about records outside shows in its answer: in the number of its pages, in a cursor, in a refusal.
So the caller's conditions go to the provider only where it returns nothing but the inside. Everywhere else it gets the same
request whatever the caller wants to know, and `search` and `sort`, which only the provider can do, are refused.
"""

from collections.abc import Iterable

import msgspec

from unified.errors.access import OutsideResources
from unified.errors.requests import UnsupportedFilter
from unified.models import MODELS, Model
from unified.models.containment import Containment
from unified.service.records.visibility.boundary.boundary import Boundary, RecordRef
from unified.service.records.visibility.boundary.example_queries import plan_if_any
from unified.service.records.visibility.boundary.limit_queries import (
    NAMING,
    meets_limit,
    narrowed_by_limit,
    related_by,
    times_of,
)
from unified.service.records.visibility.boundary.membership import MAX_PARENTS, BoundaryCheck, all_inside, refuse_foreign_id
from unified.service.records.visibility.boundary.record_limit import RelatedLimit
from unified.transform.mapping import Mapping
from unified.transform.queries.filters import conditions_not_done
from unified.transform.queries.query import Filter, Query
from unified.transform.tools import required_filters

MAX_PUSHED_IDS = 50
"""Chosen ids that are put into a request; with more, the provider is asked for all records and the rest is left out here."""
LIKE_IDS = frozenset({"number", "remote_id"})
"""Fields that identify one record. A provider may refuse an unknown value, so they are not sent."""
NOT_NARROWED = "this account has a boundary that its provider cannot apply to this list, so the provider is not asked"


async def restrict_to_boundary(check: BoundaryCheck, query: Query) -> Query:
    """Return the query as it may be asked, with the boundary in it where the provider can filter by it.

    The answer is checked against the boundary anyway.

    Raises:
        OutsideResources: the query names a record outside, or one that is not known; the answer is the same for both.
        UnsupportedFilter: it asks for what only the provider could do.
    """
    if check.boundary.closed(check.model) or any(rule.container_unknown for rule in check.rules):
        refuse_foreign_id(check, "")
    if not check.boundary.places(check.model):
        return query
    restricted = bound_list(check.mapping, check.boundary, query)
    await _refuse_foreign_names(check, query.filters)
    return restricted


async def _refuse_foreign_names(check: BoundaryCheck, filters: Iterable[Filter]) -> None:
    """Raise OutsideResources when a condition names a resource or record outside, or one that does not exist."""
    refs_by_field: dict[str, list[RecordRef]] = {}
    for condition in filters:
        if condition.operator in NAMING:
            refs_by_field.setdefault(condition.field, []).extend(_named_refs(check, condition))
    refs = {ref for listed_refs in refs_by_field.values() for ref in listed_refs}
    if len(refs | set(check.boundary.looked_up)) > MAX_PARENTS:
        raise UnsupportedFilter(f"{check.model.id}: this account has a boundary: name at most {MAX_PARENTS} different records")
    for name, listed_refs in refs_by_field.items():
        if not await all_inside(check, listed_refs):
            raise _names_outside(check, name)


def _named_refs(check: BoundaryCheck, condition: Filter) -> list[RecordRef]:
    """Return the records that a condition names, to be looked up; raise OutsideResources where that need not be done."""
    listed = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    values = [value for value in listed if isinstance(value, str)]
    model_id = _named_model(check, condition.field)
    ids = check.boundary.chosen.get(model_id)
    if ids is not None and not set(values) <= ids:
        raise _names_outside(check, condition.field)
    named: list[str | RelatedLimit] = [model_id] if ids is None and model_id else []
    named += related_by(check.limit, condition, check.model)
    return [(one, value) for one in named for value in values]


def _names_outside(check: BoundaryCheck, name: str) -> OutsideResources:
    return OutsideResources(f"{check.model.id}: filter[{name}] names a record outside the chosen resources")


def _named_model(check: BoundaryCheck, name: str) -> str:
    """Return the model of the records that a condition on a field names, if the boundary applies to it; else an empty text."""
    if name == "id":
        is_placed = check.boundary.places(check.model)
        return check.model.id if is_placed and (_can_look_up(check.mapping) or check.model.id in check.boundary.chosen) else ""
    reference = next((field.reference for field in check.model.fields if field.name == name), None)
    return reference if reference is not None and check.boundary.rules(MODELS[reference]) else ""


def _can_look_up(mapping: Mapping) -> bool:
    """Return whether one call reads one record; where the list is searched for it, conditions on the id are tested there."""
    calls = mapping.choices.get("get", ())
    return bool(calls) and all(not one.call.from_list for one in calls)


def bound_list(mapping: Mapping, boundary: Boundary, query: Query) -> Query:
    """Return the query that may be sent to the provider, provided that every record its conditions name is inside.

    Raises:
        UnsupportedFilter: only the provider could do it, and it does not keep to the boundary.
    """
    model = mapping.model
    if not boundary.places(model):
        return query
    local = _always_tested_here(mapping, boundary, query)
    opened = _narrowed(mapping, boundary, msgspec.structs.replace(query, here=local))
    if narrows(mapping, boundary, opened):
        _refuse_names(boundary, model, query)
        return opened
    mapping.list_for(
        msgspec.structs.replace(query, here=local)
    )  # what is impossible for every caller is refused in the usual words
    if query.search is not None:
        raise _not_narrowed(mapping, query, "`search`")
    if query.sort is not None:
        orders = mapping.list_calls.orders_text(query.unasked, query.closed)
        raise UnsupportedFilter(f"{model.id}: `sort` cannot be applied for this account: {NOT_NARROWED}. {orders}")
    rules = boundary.rules(model)
    own = {one.parameter for one in query.filters if any(_implies(one, rule) for rule in rules)} - local
    own |= _own_by_limit(mapping, boundary, query) if not rules else set()
    closed = msgspec.structs.replace(query, here=query.requested() - own - {"include_deleted"})
    _refuse_untestable(mapping, closed)
    return _narrowed(mapping, boundary, closed)


def _own_by_limit(mapping: Mapping, boundary: Boundary, query: Query) -> set[str]:
    """Return the conditions that the provider may learn although it does not keep to those of the scope.

    They name related records that are known to fulfil what these must, or they are what every list needs.
    """
    limit, needed = boundary.limit(mapping.model), required_filters(mapping)
    return {one.parameter for one in query.filters if one.field in needed or any(related_by(limit, one, mapping.model))}


def _always_tested_here(mapping: Mapping, boundary: Boundary, query: Query) -> frozenset[str]:
    """Return the conditions on what identifies records, and on names of the outside or parts of references to it."""
    found = boundary.naming(mapping.model)
    named = {name for name, _ in found.references} | {"id"}
    outside_names = {name for name, _ in found.names}
    identifying = LIKE_IDS if _can_look_up(mapping) else LIKE_IDS | {"id"}
    return frozenset(
        one.parameter
        for one in query.filters
        if one.field in identifying | outside_names or (one.field in named and one.operator not in NAMING)
    )


def _refuse_names(boundary: Boundary, model: Model, query: Query) -> None:
    """Raise UnsupportedFilter for an order by ids or names that may be of the outside, and a search that looks into names."""
    found = boundary.naming(model)
    named = {name for name, _ in (*found.references, *found.names)}
    if query.search is not None and found.names:
        names = ", ".join(name for name, _ in found.names)
        raise UnsupportedFilter(f"{model.id}: `search` looks into {names}, which may name what lies outside")
    if query.sort is not None and query.sort.field in named:
        raise UnsupportedFilter(f"{model.id}: cannot be sorted by `{query.sort.field}`, which may name what lies outside")


def _refuse_untestable(mapping: Mapping, query: Query) -> None:
    bad = conditions_not_done(query, query.here, mapping.model, mapping.filled)
    if bad:
        raise _not_narrowed(mapping, query, ", ".join(query.shown(name) for name in bad))


def _not_narrowed(mapping: Mapping, query: Query, shown: str) -> UnsupportedFilter:
    listed = mapping.list_calls.listed_filters(query.unasked, query.closed).text(mapping.model)
    return UnsupportedFilter(f"{mapping.model.id}: {shown} cannot be applied for this account: {NOT_NARROWED}. {listed}")


def narrows(mapping: Mapping, boundary: Boundary, query: Query) -> bool:
    """Return whether the provider itself returns nothing but the inside for this query."""
    choice = plan_if_any(mapping, query)
    limit = boundary.limit(mapping.model)
    if choice is None:
        return False
    exact = choice.native - choice.remaining
    applied = [one for one in query.filters if one.parameter in exact]
    if not all(any(_implies(one, rule) for one in applied) for rule in boundary.rules(mapping.model)):
        return False
    return limit is None or meets_limit(limit, [*applied, *times_of(query, exact)])


def _implies(condition: Filter, rule: Containment) -> bool:
    """Return whether all records that fulfil a condition, which names only what is inside, are inside by this rule."""
    if condition.operator not in NAMING:
        return False
    first = rule.parents[0].field if rule.parents and not rule.fields else None
    return condition.field in {"id", first, *rule.fields}


def _narrowed(mapping: Mapping, boundary: Boundary, query: Query) -> Query:
    """Return the query with what keeps to the boundary, where the provider filters by it and can still do the rest."""
    limit = boundary.limit(mapping.model)
    return _narrowed_by_rules(mapping, boundary, query if limit is None else narrowed_by_limit(mapping, limit, query))


def _narrowed_by_rules(mapping: Mapping, boundary: Boundary, query: Query) -> Query:
    """Return the query with one more condition for each rule."""
    for rule in boundary.rules(mapping.model):
        chosen = boundary.chosen[rule.resource]
        if not 0 < len(chosen) <= MAX_PUSHED_IDS or len(rule.fields) != 1:
            continue
        ids = tuple(sorted(chosen))
        for name in rule.fields:
            added = Filter(field=name, value=ids[0]) if len(ids) == 1 else Filter(field=name, operator="in", value=ids)
            if not any(_implies(present, rule) for present in query.filters) and not _collides(added, query):
                query = _with(mapping, query, added)
    return query


def _collides(condition: Filter, query: Query) -> bool:
    """Return whether the provider would get two conditions on one field, which expressions cannot distinguish."""
    return any(one.field == condition.field and one.parameter not in query.here for one in query.filters)


def _with(mapping: Mapping, query: Query, condition: Filter) -> Query:
    wider = msgspec.structs.replace(query, filters=(*query.filters, condition))
    choice = plan_if_any(mapping, wider) if condition.parameter in mapping.list_calls.native_filters else None
    return query if choice is None or condition.parameter not in choice.native else wider
