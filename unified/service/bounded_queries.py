"""A query within the boundary of its account: narrowed where the provider can do it, refused where it asks for the outside."""

import msgspec

from unified.errors import UnsupportedField, UnsupportedFilter
from unified.models.belonging import Belonging
from unified.service.boundary import Judge, refuse_foreign_filters, refuse_foreign_id
from unified.service.calls import Call
from unified.transform.query import Filter, Query

MOST_ASKED = 50
"""Chosen ids that are put into a request; with more the provider is asked for all, and the rest is left out here."""


async def within_boundary(call: Call, judge: Judge, query: Query) -> Query:
    """The query with the boundary as a filter, where the provider can do it; what it answers is judged all the same.

    Raises OutsideResources when the query itself names a record outside.
    """
    for rule in judge.boundary.rules(call.mapping.model):
        if rule.is_unplaced:
            refuse_foreign_id(judge, "")
        await refuse_foreign_filters(judge, rule, query.filters)
        query = _narrowed(call, query, rule)
    return query


def _narrowed(call: Call, query: Query, rule: Belonging) -> Query:
    """The query with one condition more, if the provider does that itself and everything else still can be done."""
    ids = tuple(sorted(call.boundary.chosen[rule.resource]))
    for name in rule.fields if 0 < len(ids) <= MOST_ASKED and len(rule.fields) == 1 else ():
        if any(one.field == name for one in query.filters):
            continue
        one = Filter(field=name, value=ids[0]) if len(ids) == 1 else Filter(field=name, operator="in", value=ids)
        wider = msgspec.structs.replace(query, filters=(*query.filters, one))
        if one.parameter in call.mapping.native_filters and _does(call, wider, one):
            return wider
    return query


def _does(call: Call, query: Query, condition: Filter) -> bool:
    try:
        return condition.parameter in call.mapping.list_for(query).native
    except (UnsupportedFilter, UnsupportedField):
        return False
