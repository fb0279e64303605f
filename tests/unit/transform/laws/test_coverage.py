"""What the coverage table says is what happens, over all mappings: conditions, orders and fields that can be written."""

import pytest

from tests.cases import showcase
from tests.unit.transform.laws.bodies import fields_of_method, value_of
from tests.unit.transform.laws.test_filters import LISTS
from tests.unit.transform.laws.writes import base_of, each_write, path_of, settings_of, tried
from unified.errors.error import UnifiedError
from unified.errors.requests import UnsupportedField, UnsupportedFilter
from unified.transform.coverage import coverage
from unified.transform.prepared_write import checked_write
from unified.transform.queries.filter_options import time_field
from unified.transform.queries.query import OPERATORS, TIMES
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import first_page

EACH = pytest.mark.parametrize(
    "mapping",
    showcase(LISTS, lambda one: one.provider.name, ids=lambda one: f"{one.provider.name} {one.model.id}"),
)
MOMENT = "2026-03-01T09:00:00Z"


def conditions(field):
    """Yield operator and queries for each condition on a field: with each word of an enum, as some words may be the provider's."""
    words = range(max(len(field.enum), 1))
    values = [value_of(field, turn) for turn in words]
    values = [text(one[0] if isinstance(one, list) else one) for one in values if not isinstance(one, dict)]
    if field.nested:
        return
    for operator in OPERATORS:
        asked = [one if operator == "eq" else {operator: f"{one},{one}" if operator == "in" else one} for one in values]
        yield operator, [{"filter": {field.name: one}} for one in asked]
    for name in TIMES:
        if time_field(name) == field.name:
            yield name, [{name: MOMENT}]


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter(field, operator):
    if operator in TIMES:
        return operator
    return f"filter.{field.name}" + ("" if operator == "eq" else f".{operator}")


@EACH
def test_each_condition_is_applied_where_the_table_says(mapping):
    """By the provider where an operator is listed, by Unified or not at all elsewhere; what is sent shows which."""
    table = {one.field: one for one in coverage(mapping).fields}
    plain = sent(mapping, {})
    for field in mapping.model.fields:
        for operator, queries in conditions(field):
            name, said = parameter(field, operator), operator in table[field.name].filtered
            plans = [plan for one in queries if (plan := plan_of(mapping, one)) is not None]
            assert plans or not said, f"{name} is said to be applied by the provider, and refused"
            native = [plan for plan in plans if name in plan.native]
            if said and not native:
                assert together(mapping, table, name, queries), f"{name} is said to be applied by the provider, and never is"
                continue
            assert bool(native) == said, f"{name}: said {said}, applied by the provider {bool(native)}"
            assert all(name in plan.native | plan.remaining for plan in plans), f"{name} is applied by no one"
            if any(name in plan.remaining or plan.operation.before for plan in native):
                continue  # Unified compares the records too, or more than the query decides what is sent
            asked = [sent(mapping, one) for one in queries]
            if plain is not None and said and None not in asked:
                assert any(one != plain for one in asked), f"{name} changes nothing of the request"


def together(mapping, table, name, queries):
    """Whether the provider applies a condition together with another one that it applies, such as that of a record's place."""
    fields = {one.name: one for one in mapping.model.fields}
    others = [
        query
        for one in table.values()
        if one.filtered
        for operator, several in conditions(fields[one.field])
        if operator in one.filtered
        for query in several
    ]
    plans = (plan_of(mapping, merged(query, other)) for query in queries for other in others)
    return any(plan is not None and name in plan.native for plan in plans)


def merged(one, other):
    return {**one, **other, "filter": {**one.get("filter", {}), **other.get("filter", {})}}


def plan_of(mapping, given):
    """How a condition is applied; None where it is refused."""
    try:
        return mapping.list_for(query_from_object({**path_of(mapping), **given}, mapping.model))
    except UnsupportedFilter:
        return None


def sent(mapping, given):
    """The first request of a list; None if it needs more than its query, or refuses it."""
    query = query_from_object({**path_of(mapping), **given}, mapping.model)
    try:
        return first_page(mapping, query, {"account": {"settings": settings_of(mapping)}})
    except UnifiedError:
        return None


@EACH
def test_each_order_is_possible_where_the_table_says(mapping):
    """Alone or with a condition, in one direction or in both; an order of any other field is refused."""
    withs = companions(mapping)
    for field in coverage(mapping).fields:
        possible = [one for one in ("", "-") if sorts(mapping, f"{one}{field.field}", withs)]
        assert bool(possible) == field.sorted, field.field


def companions(mapping):
    """No condition, and each that the provider applies: some providers order only what was searched for."""
    fields = {one.name: {name: given[0] for name, given in conditions(one) if given} for one in mapping.model.fields}
    native = [fields[one.field].get(name, {}) for one in coverage(mapping).fields for name in one.filtered]
    return [{}, {"updated_after": MOMENT}, {"search": "a"}, *native]


def sorts(mapping, order, withs):
    alone = {**path_of(mapping), "sort": order}
    return any(plan_of(mapping, {**alone, **given}) is not None for given in withs)


@each_write()
def test_each_field_can_be_written_where_the_table_says(mapping, method):
    """A field that is listed is not refused as such; any other one is."""
    table = {one.field: getattr(one, f"{method}d") for one in coverage(mapping).fields}
    base = base_of(mapping, method)
    sendable = {one.name: one for one in fields_of_method(mapping, method)}
    for field in mapping.model.fields:
        if field.access == "ro" or field.kind in {"map", "any"}:
            continue
        if table[field.name]:
            if field.name in sendable:
                tried(mapping, method, {**base, field.name: value_of(field)})  # its own refusals name the field, or it fails
            continue
        with pytest.raises(UnsupportedField, match=f"`{field.name}`"):
            checked_write(mapping, method, {**base, field.name: value_of(field)}, {"account": {"settings": {}}}, {})


def test_the_laws_find_what_they_are_for(monkeypatch):
    """A table that promises more, or less, than there is, is found."""
    mapping = next(one for one in LISTS if any("eq" in field.filtered for field in coverage(one).fields))
    monkeypatch.setitem(vars(mapping.list_calls), "native_filters", frozenset())
    with pytest.raises(AssertionError, match="said False, applied by the provider True"):
        test_each_condition_is_applied_where_the_table_says(mapping)
