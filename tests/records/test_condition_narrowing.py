"""How many conditions reach the provider's own filters, of those that it has a filter for, over all installed mappings."""

from collections import Counter
from datetime import date

from tests.world import PROVIDERS, catalog
from unified.models import MODELS
from unified.service.access.scope.scopes import Scope
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.queries import bound_list, narrows
from unified.service.records.visibility.boundary.record_limit import limits_at
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filter_options import comparable
from unified.transform.queries.filter_table import TIMES
from unified.transform.queries.query import OPERATORS, Filter, Query
from unified.transform.tools import required_filters

DAY = date(2026, 11, 30)
GOAL = 0.8
VALUES = {"datetime": "2026-01-01T00:00:00Z", "date": "2026-01-01", "due": "2026-01-01", "boolean": "true", "number": "5"}
VALUES |= {"integer": "5", "country": "DE", "currency": "EUR"}


def native_conditions(mapping):
    """Field and operator of each condition that some list call of a mapping applies."""
    known = comparable(mapping.model, mapping.filled)
    for name in sorted(mapping.list_calls.native_filters):
        field, _, operator = name.removeprefix("filter.").partition(".")
        if name.startswith("filter.") and field_of(field, mapping.model) in known and (operator or "eq") in OPERATORS:
            yield field, operator or "eq"
    for field, own in TIMES.items():
        yield from ((field, one) for one, name in own.items() if name in mapping.list_calls.native_filters and field in known)


def value_for(mapping, name, operator):
    field = next(one for one in mapping.model.fields if one.name == field_of(name, mapping.model))
    value = field.enum[0] if field.enum else VALUES.get(field.kind, "a")
    return [value] if operator == "in" else value


def is_pushed(mapping, name, operator):
    records = {mapping.model.id: {name: {operator: value_for(mapping, name, operator)}}}
    boundary = Boundary(limits=limits_at(catalog(), mapping.provider.name, (Scope(records=records),), DAY, lambda: None))
    assert not boundary.closed(MODELS[mapping.model.id])
    needed = tuple(Filter(field=one, value="0") for one in sorted(required_filters(mapping)))
    return narrows(mapping, boundary, bound_list(mapping, boundary, Query(filters=needed)))


def test_most_conditions_that_a_provider_has_a_filter_for_reach_it():
    asked, pushed = Counter(), Counter()
    for provider in PROVIDERS:
        for mapping in catalog().offered(provider):
            if "list" in mapping.operations and not mapping.model.container_unknown:
                for name, operator in native_conditions(mapping):
                    asked[provider] += 1
                    pushed[provider] += is_pushed(mapping, name, operator)
    total, reached = sum(asked.values()), sum(pushed.values())
    print(f"{reached} of {total} conditions ({reached / total:.1%}) are applied by the provider")
    for name in asked:
        print(f"  {name}: {pushed[name]} of {asked[name]}")
    assert reached >= GOAL * total
