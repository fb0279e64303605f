"""A query within the boundary of its account: what the provider may be asked, and what is tested here on records inside only.

Whatever a provider is asked about records outside shows in its answer: in the number of its pages, in a cursor, in a refusal.
So the caller's conditions go to the provider only where it gives nothing but the inside. Everywhere else it is asked the same
whatever the caller wants to know, and `search` and `sort`, which nobody but the provider can do, are refused.
"""

from collections.abc import Iterable

import msgspec

from unified.errors import OutsideResources, UnsupportedField, UnsupportedFilter
from unified.models import MODELS, Model
from unified.models.containment import Containment, references
from unified.service.records.provider_calls import Call
from unified.service.records.resource_boundary import (
    MAX_PARENTS,
    Boundary,
    BoundaryCheck,
    RecordRef,
    all_inside,
    refuse_foreign_id,
)
from unified.transform.filters import can_emulate
from unified.transform.mapping import ListPlan, Mapping
from unified.transform.query import Filter, Query

MAX_PUSHED_IDS = 50
"""Chosen ids that are put into a request; with more the provider is asked for all, and the rest is left out here."""
NAMING = frozenset({"eq", "in"})
"""Operators by which a condition names records."""
LIKE_IDS = frozenset({"number", "remote_id"})
"""Fields that tell one record from all others. A provider may refuse an unknown one, so it is not asked about them."""
HERE = "this account has a boundary that its provider does not keep to by itself for this list, so it is not asked"


async def restrict_to_boundary(call: Call, judge: BoundaryCheck, query: Query) -> Query:
    """The query as it may be asked, with the boundary in it where the provider can do that; answers are judged all the same.

    Raises:
        OutsideResources: the query names a record outside, or one that is not known; the answer is the same for both.
        UnsupportedFilter: it asks for what only the provider could do.
    """
    rules = judge.boundary.rules(judge.model)
    if any(rule.container_unknown for rule in rules):
        refuse_foreign_id(judge, "")
    if not rules:
        return query
    asked = bound_list(call.mapping, judge.boundary, query)
    await _refuse_foreign_names(judge, call.mapping, query.filters)
    return asked


async def _refuse_foreign_names(judge: BoundaryCheck, mapping: Mapping, filters: Iterable[Filter]) -> None:
    """Raise OutsideResources when a condition names a resource or record outside, or one that does not exist."""
    asked: dict[str, list[RecordRef]] = {}
    for one in filters:
        if one.operator not in NAMING:
            continue
        values = [value for value in (one.value if isinstance(one.value, tuple) else (one.value,)) if isinstance(value, str)]
        named = _named_model(judge, mapping, one.field)
        ids = judge.boundary.chosen.get(named)
        if ids is not None and not set(values) <= ids:
            raise _names_outside(judge, one.field)
        if ids is None and named:
            asked.setdefault(one.field, []).extend((named, value) for value in values)
    wanted = {place for places in asked.values() for place in places}
    if len(wanted | set(judge.boundary.judged)) > MAX_PARENTS:
        raise UnsupportedFilter(f"{judge.model.id}: this account has a boundary: name at most {MAX_PARENTS} different records")
    for name, places in asked.items():
        if not await all_inside(judge, places):
            raise _names_outside(judge, name)


def _names_outside(judge: BoundaryCheck, name: str) -> OutsideResources:
    return OutsideResources(f"{judge.model.id}: filter[{name}] names what lies outside the chosen resources")


def _named_model(judge: BoundaryCheck, mapping: Mapping, name: str) -> str:
    """The model of the records that a condition on a field names, if the boundary has to do with it; else nothing."""
    if name == "id":
        return judge.model.id if _can_look_up(mapping) or judge.model.id in judge.boundary.chosen else ""
    reference = next((field.reference for field in judge.model.fields if field.name == name), None)
    return reference if reference is not None and judge.boundary.rules(MODELS[reference]) else ""


def _can_look_up(mapping: Mapping) -> bool:
    """Whether one record is got by one call; where it is looked for in the list, a condition on the id is tested there."""
    operation = mapping.operations.get("get")
    return operation is not None and operation.call.via != "list"


def bound_list(mapping: Mapping, boundary: Boundary, query: Query) -> Query:
    """The query as the provider may be asked it, when every record that its conditions name is inside.

    Raises UnsupportedFilter for what only the provider could do, where it does not keep to the boundary.
    """
    model = mapping.model
    rules = boundary.rules(model)
    if not rules:
        return query
    kept = _never_asked(mapping, boundary, query)
    opened = _narrowed(mapping, boundary, msgspec.structs.replace(query, here=kept))
    if narrows(mapping, rules, opened):
        _refuse_order(boundary, model, query)
        return opened
    mapping.list_for(msgspec.structs.replace(query, here=kept))  # what cannot be done at all is told as it is elsewhere
    if query.search is not None:
        raise UnsupportedFilter(f"{model.id}: `search` cannot be done for this account: {HERE}")
    if query.sort is not None:
        raise UnsupportedFilter(f"{model.id}: `sort` cannot be done for this account: {HERE}")
    own = {one.parameter for one in query.filters if any(_tells(rule, one) for rule in rules)} - kept
    closed = msgspec.structs.replace(query, here=query.requested() - own - {"include_deleted"})
    _refuse_untestable(mapping, closed)
    return _narrowed(mapping, boundary, closed)


def _never_asked(mapping: Mapping, boundary: Boundary, query: Query) -> frozenset[str]:
    """Conditions that are tested here in any case: on what identifies records, and on parts of references to the outside."""
    named = {name for resource in boundary.chosen for name in references(mapping.model, resource)} | {"id"}
    untold = LIKE_IDS if _can_look_up(mapping) else LIKE_IDS | {"id"}
    return frozenset(
        one.parameter for one in query.filters if one.field in untold or (one.field in named and one.operator not in NAMING)
    )


def _refuse_order(boundary: Boundary, model: Model, query: Query) -> None:
    """Raise UnsupportedFilter for an order by ids that may be of the outside."""
    named = {name for resource in boundary.chosen for name in references(model, resource)}
    if query.sort is not None and query.sort.field in named:
        raise UnsupportedFilter(f"{model.id}: cannot be sorted by `{query.sort.field}`, which may name what lies outside")


def _refuse_untestable(mapping: Mapping, query: Query) -> None:
    shown = {one.parameter: one.shown for one in query.filters}
    bad = sorted(shown.get(name, name) for name in query.here if not can_emulate(name, query, mapping.model, mapping.filled))
    if bad:
        raise UnsupportedFilter(f"{mapping.model.id}: {', '.join(bad)} cannot be done for this account: {HERE}")


def narrows(mapping: Mapping, rules: Iterable[Containment], query: Query) -> bool:
    """Whether the provider itself gives nothing but the inside for this query."""
    choice = _choice(mapping, query)
    if choice is None:
        return False
    done = [one for one in query.filters if one.parameter in choice.native - choice.left]
    return all(any(_tells(rule, one) for one in done) for rule in rules)


def _tells(rule: Containment, condition: Filter) -> bool:
    """Whether all that fulfils a condition, which names only what is inside, is inside by this rule."""
    if condition.operator not in NAMING:
        return False
    first = rule.parents[0].field if rule.parents and not rule.fields else None
    return condition.field in {"id", first, *rule.fields}


def _narrowed(mapping: Mapping, boundary: Boundary, query: Query) -> Query:
    """The query with a condition more for each rule, if the provider does that itself and everything else still can be done."""
    for rule in boundary.rules(mapping.model):
        ids = tuple(sorted(boundary.chosen[rule.resource]))
        for name in rule.fields if 0 < len(ids) <= MAX_PUSHED_IDS and len(rule.fields) == 1 else ():
            one = Filter(field=name, value=ids[0]) if len(ids) == 1 else Filter(field=name, operator="in", value=ids)
            if not any(_tells(rule, given) for given in query.filters) and not _meets(one, query):
                query = _with(mapping, query, one)
    return query


def _meets(condition: Filter, query: Query) -> bool:
    """Whether the provider would be asked for two conditions on one field, which expressions do not see apart."""
    return any(one.field == condition.field and one.parameter not in query.here for one in query.filters)


def _with(mapping: Mapping, query: Query, condition: Filter) -> Query:
    wider = msgspec.structs.replace(query, filters=(*query.filters, condition))
    choice = _choice(mapping, wider) if condition.parameter in mapping.native_filters else None
    return query if choice is None or condition.parameter not in choice.native else wider


def _choice(mapping: Mapping, query: Query) -> ListPlan | None:
    try:
        return mapping.list_for(query)
    except (UnsupportedFilter, UnsupportedField):
        return None
