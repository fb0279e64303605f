"""Laws of several conditions at once, over all mappings: each is applied by the provider, or tested here, or refused."""

import itertools

import msgspec

from tests.cases import each
from tests.unit.transform.laws.bodies import IDS, VALUES
from tests.unit.transform.laws.writes import path_of, settings_of
from tests.world import catalog
from unified.errors.error import UnifiedError
from unified.transform.calls.path import names_in
from unified.transform.queries.query import Filter
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import list_request

LISTS = [one for name in catalog().mappings() if "list" in (one := catalog().compiled(*name)).operations]


def value_of(mapping, parameter):
    """A value of a condition, as a query has it."""
    if parameter in {"search", "include_deleted"}:
        return "findme" if parameter == "search" else True
    if not parameter.startswith("filter."):
        return "2026-03-01T09:00:00Z"
    name, _, operator = parameter.removeprefix("filter.").partition(".")
    field = next((one for one in mapping.model.fields if one.name == name), None)
    values = (field.enum if field is not None else ()) or VALUES.get(field.kind if field is not None else "id")
    values = values or (f"{name} text", f"{name} words")
    return {operator: list(values[:2]) if operator == "in" else values[0]} if operator else values[0]


def conditions(mapping):
    """Yield every condition that a provider applies, as parts of a query."""
    for parameter in sorted(mapping.list_calls.native_filters):
        value = value_of(mapping, parameter)
        if parameter.startswith("filter."):
            yield parameter, {"filter": {parameter.removeprefix("filter.").partition(".")[0]: value}}
        else:
            yield parameter, {parameter: value}


def together(*parts):
    """One query of several parts; None where two say the same."""
    found = {}
    for part in parts:
        for key, value in part.items():
            if key == "filter" and key in found and not found[key].keys() & value.keys():
                found[key] = {**found[key], **value}
            elif key in found:
                return None
            else:
                found[key] = value
    return found


def planned(mapping, given):
    """The plan and the first request of each of its calls; None where the query is refused."""
    query = query_from_object({**path_of(mapping), **given}, mapping.model)
    bindings = {"account": {"settings": settings_of(mapping)}}
    try:
        plan = mapping.list_for(query)
        asked = {"native": plan.native, "remaining": plan.remaining}
        requests = [
            list_request(mapping, part, *of_one_parent(part, query), bindings, **asked)
            for part in mapping.list_calls.chained(plan.operation)
        ]
    except UnifiedError:
        return None
    return plan, msgspec.json.encode([[one.path, one.query, one.headers, shown(one.body)] for one in requests])


def of_one_parent(part, query):
    """The query of a list over parents as it is asked of one of them."""
    own = [] if part.parent is None else [Filter(field=part.parent, value=IDS[0])]
    return [msgspec.structs.replace(query, filters=(*query.filters, *own))]


def shown(body):
    return None if body is msgspec.UNSET else body


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_a_condition_with_another_is_applied_or_refused(mapping):
    """`include_deleted` is not looked at beside others: a list that has deleted records anyway need not send it."""
    parts, parents = list(conditions(mapping)), needed(mapping)
    alone = {name: planned(mapping, given) for name, part in parts if (given := together(part, parents)) is not None}
    for one, other in itertools.combinations(parts, 2):
        given = together(one[1], other[1], parents)
        both = None if given is None else planned(mapping, given)
        for (name, _), (beside, part) in ((one, other), (other, one)) if both is not None else ():
            if name != "include_deleted" and alone.get(beside) is not None and name in both[0].native - both[0].remaining:
                assert both[1] != alone[beside][1], f"{name} is dropped beside {part}"


@each("mapping", LISTS, ids=lambda one: f"{one.provider.name} {one.model.id}", by=lambda one: one.provider.name)
def test_an_order_with_a_condition_is_sent_or_refused(mapping):
    """Two orders are never sent as one; one alone may be that in which the list comes anyway."""
    parents, orders = needed(mapping), sorted(mapping.list_calls.sortable)
    for _, part in conditions(mapping):
        asked = [together(part, {"sort": f"{sign}{name}"}, parents) for name in orders for sign in ("", "-")]
        sent = [found[1] for one in asked if one is not None and (found := planned(mapping, one)) is not None]
        assert len(sent) == len(set(sent)), f"orders are dropped beside {part}"


def needed(mapping):
    """The conditions without which nothing is listed."""
    last = mapping.list_calls.chained(mapping.lists[-1])[0]
    names = {name.partition(".")[0] for name in names_of(last)} | set(last.call.required)
    fields = {one.name: one for one in mapping.model.fields}
    found = {name: value_of(mapping, f"filter.{name}") for name in names if name in fields}
    return {"filter": found} if found else {}


def names_of(operation):
    return names_in(operation.path)
