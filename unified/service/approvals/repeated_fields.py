"""Requests that repeat what was read of a record: they must not show an approver a field that is hidden from it."""

from typing import Any

from unified.errors.access import FieldHidden
from unified.service.access.principals import Principal
from unified.service.approvals.authority import viewer_of
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Plan
from unified.transform.mapping import Mapping
from unified.transform.queries.query import Query

NAMELESS = frozenset({"*", "**", "id", "name", "value", "values", "type", "label", "key"})
"""Last steps of a provider's path that mean nothing by themselves; the step before them does."""


def require_nothing_hidden(call: Call, approver: Principal, plan: Plan) -> None:
    """Refuse a plan that repeats what was read from the record, and so would show a field hidden from the approver.

    Raises:
        FieldHidden: a planned request contains such a field.
    """
    hidden = viewer_of(call, approver).hidden.fields
    operations = (*call.mapping.calls_of(call.method), *(one.operation for one in plan.requests))
    if not (hidden and any(one.before for one in operations)):
        return
    sent = {key for one in plan.requests for key in _keys(one.request.body)}
    shown = sorted(name for name in hidden if _natives(call.mapping, name) & sent)
    if shown:
        raise FieldHidden(f"{call.mapping.model.id}: the request would show fields hidden from this key: {', '.join(shown)}")


def _keys(value: Any) -> set[str]:
    """Return every key of a body, at any depth."""
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    if isinstance(value, dict):
        return value.keys() | {key for one in value.values() for key in _keys(one)}
    return set()


def _natives(mapping: Mapping, name: str) -> set[str]:
    """Return the provider's names of what a field is read from."""
    if "get" not in mapping.methods:
        return set()
    paths = _paths(mapping, name) - _paths(mapping, "id")
    return {next((step for step in reversed(path) if step not in NAMELESS), "") for path in paths} - {""}


def _paths(mapping: Mapping, name: str) -> set[tuple[str, ...]]:
    """Return the paths that the calls which read a record use for a field."""
    shapes = (mapping.shape(one, Query(fields=(name,))) for one in mapping.calls_of("get"))
    return {read.path for shape in shapes for read in shape.expression.analysis.reads}
