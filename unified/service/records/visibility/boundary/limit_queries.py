"""Conditions of scopes in the provider's own filters: they are added to a query where the list call applies them exactly.

A caller's condition on the same field stays. Where the provider can have one of the two only, it gets that of the scope, and
the caller's is tested here.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from unified.catalog.filter_rows import Operator
from unified.models import MODELS, Model
from unified.service.access.conditions.implication import implies
from unified.service.records.visibility.boundary.example_queries import is_always_given, needing, plan_if_any
from unified.service.records.visibility.boundary.record_limit import RecordLimit, RelatedLimit
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filter_table import TIMES, parameter
from unified.transform.queries.query import Filter, Query

NAMING = frozenset({"eq", "in"})
"""Operators by which a condition names records."""


def times_of(query: Query, parameters: Iterable[str]) -> Iterator[Filter]:
    """Yield the time parameters that are not filters, such as `updated_after`, as conditions."""
    for name in parameters:
        for field, own in TIMES.items():
            for operator, written in own.items():
                if written == name and getattr(query, name) is not None:
                    yield Filter(field=field, operator=operator, value=getattr(query, name))


def meets_limit(limit: RecordLimit, applied: Iterable[Filter]) -> bool:
    """Return whether all records that fulfil some conditions fulfil those of the scope; one on the id names the inside."""
    model, known = MODELS[limit.model], tuple(applied)
    if any(one.field == "id" and one.operator in NAMING for one in known):
        return True
    named = {related for one in known for related in related_by(limit, one, model)}
    return named == set(limit.related) and all_implied(limit.filters, known, model)


def all_implied(wanted: Iterable[Filter], known: Iterable[Filter], model: Model) -> bool:
    """Return whether every record that fulfils the known conditions surely fulfils all of the wanted ones."""
    present = tuple(known)
    return all(any(implies(one, each, model) for one in present) for each in wanted)


def related_by(limit: RecordLimit | None, condition: Filter, model: Model) -> Iterator[RelatedLimit]:
    """Yield what is met if the records that a condition names do so, of what related records must fulfil."""
    if limit is not None and limit.related and condition.operator in NAMING:
        field = field_of(condition.field, model)
        yield from (one for one in limit.related if one.ids_in == field and not one.is_listed)


def narrowed_by_limit(mapping: Mapping, limit: RecordLimit, query: Query) -> Query:
    """Return the query with the scope's conditions: as the provider's filters, where these combine with what is asked already.

    The others are conditions of the query too, but are not sent to the provider: the list call that is chosen must give what
    they test.
    """
    asked, known = query.requested(), mapping.list_calls.native_filters
    unsure = frozenset(one for one in limit.needs if one != "id" and not is_always_given(mapping, one))
    query = _needing(mapping.model, query, (*limit.given, *limit.naming, *unsure), unsure)
    local: list[Filter] = []
    pushed: frozenset[str] = frozenset()
    for wanted in limit.filters:
        if field_of(wanted.field, mapping.model) in unsure:
            local.append(wanted)
            continue
        for form in _forms(mapping.model, wanted):
            name = parameter(form.field, form.operator)
            wider = _with(mapping.model, query, form) if name in known and name not in query.here else None
            plan = None if wider is None else plan_if_any(mapping, wider)
            if wider is not None and plan is not None and pushed | {name} <= plan.native:
                query, pushed = wider, pushed | {name}
                break
        else:
            local.append(wanted)
    names = frozenset(one.parameter for one in local)
    query = msgspec.structs.replace(query, filters=(*query.filters, *local), here=query.here | names)
    return msgspec.structs.replace(query, unspoken=query.requested() - asked)


def _needing(model: Model, query: Query, fields: Iterable[str], unsure: frozenset[str]) -> Query:
    """Return a query whose records have some fields.

    A call that applies conditions on an unsure field may not give it, so they are tested here.
    """
    own = {one.parameter for one in query.filters if field_of(one.field, model) in unsure}
    query = msgspec.structs.replace(query, here=query.here | own)
    for name in dict.fromkeys(fields):
        query = needing(query, name, model)
    return query


def _forms(model: Model, wanted: Filter) -> Iterator[Filter]:
    """Yield a condition in the forms that mean the same, as providers often have one of them only."""
    yield wanted
    field = next(one for one in model.fields if one.name == field_of(wanted.field, model))
    if wanted.operator == "eq":
        yield _form(wanted, "in", (str(wanted.value),))
    elif wanted.operator == "in" and isinstance(wanted.value, tuple) and len(wanted.value) == 1:
        yield _form(wanted, "eq", wanted.value[0])
    elif field.kind == "date" and wanted.operator in _NEXT_DAY and _DAY.fullmatch(str(wanted.value)):
        operator, days = _NEXT_DAY[wanted.operator]
        yield _form(wanted, operator, (date.fromisoformat(str(wanted.value)) + timedelta(days=days)).isoformat())


def _form(wanted: Filter, operator: Operator, value: str | tuple[str, ...]) -> Filter:
    return Filter(field=wanted.field, operator=operator, value=value)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NEXT_DAY: dict[Operator, tuple[Operator, int]] = {"lt": ("lte", -1), "lte": ("lt", 1), "gt": ("gte", 1), "gte": ("gt", -1)}
"""Comparisons of whole days by another operator, and how many days the bound moves."""


def _with(model: Model, query: Query, wanted: Filter) -> Query | None:
    """Return the query with one more condition; None if it has one under the same name that cannot be joined with it."""
    name = parameter(wanted.field, wanted.operator)
    present = next((one for one in _conditions(query) if parameter(one.field, one.operator) == name), None)
    if present is None:
        return _with_new(query, wanted)
    if implies(present, wanted, model):
        return query
    return _with_new(_without(query, present), wanted) if implies(wanted, present, model) else None


def _conditions(query: Query) -> list[Filter]:
    return [*query.filters, *times_of(query, query.requested())]


def _without(query: Query, present: Filter) -> Query:
    name = parameter(present.field, present.operator)
    if name in query.requested() and not name.startswith("filter."):
        return msgspec.structs.replace(query, **{name: None})
    return msgspec.structs.replace(query, filters=tuple(one for one in query.filters if one.parameter != present.parameter))


def _with_new(query: Query, wanted: Filter) -> Query:
    """Return the query with a condition that it does not have; the caller's equality on the same field is tested here."""
    name = parameter(wanted.field, wanted.operator)
    if not name.startswith("filter."):
        return msgspec.structs.replace(query, **{name: str(wanted.value)})
    equal = {one.parameter for one in query.filters if one.field == wanted.field and one.operator == "eq"}
    return msgspec.structs.replace(query, filters=(*query.filters, wanted), here=query.here | (equal - {wanted.parameter}))
