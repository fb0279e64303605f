"""Records inside of a record: those outside the boundary are left out of every record."""

from collections.abc import Mapping
from typing import Any

from unified.models import MODELS, Model
from unified.models.containment import Containment, nested_models
from unified.service.records.visibility.boundary.boundary import ids_in
from unified.service.records.visibility.boundary.membership import BoundaryCheck, all_inside, relates
from unified.service.records.visibility.boundary.record_limit import RecordLimit

Nested = tuple[tuple[str, Model], ...]
"""Fields with records of another model, and that model, if some of these may lie outside."""


def nested_records(check: BoundaryCheck) -> Nested:
    """Return the fields of a model in which records may lie outside."""
    found = ((name, MODELS[model_id]) for name, model_id in nested_models(check.model.id))
    return tuple((name, model) for name, model in found if check.boundary.places(model))


async def without_outside_records(check: BoundaryCheck, record: dict[str, Any], nested: Nested | None = None) -> dict[str, Any]:
    """Return a record that lies inside without those in its fields that do not; for many records, `nested` is found once."""
    kept = {}
    for name, model in nested_records(check) if nested is None else nested:
        if record.get(name):
            kept[name] = [one for one in record[name] if await _is_inside(check, model, record, one)]
    return {**record, **kept} if kept else record


async def _is_inside(check: BoundaryCheck, model: Model, outer: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    if check.boundary.closed(model):
        return False
    limit = check.boundary.limit(model)
    if limit is not None and not await _meets(check, limit, outer, nested):
        return False
    for rule in check.boundary.rules(model):
        if not await _fulfils(check, rule, outer, nested):
            return False
    return True


async def _meets(check: BoundaryCheck, limit: RecordLimit, outer: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    """Return whether a nested record meets a condition; one of which not all is known that is tested does not."""
    above = {f"{check.model.singular}_id": outer.get("id")}
    known = {**nested, **{name: value for name, value in above.items() if nested.get(name) is None}}
    if any(known.get(name) is None for name in limit.fields) or not limit.test(known):
        return False
    return await relates(check, limit, known)


async def _fulfils(check: BoundaryCheck, rule: Containment, outer: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    """Return whether a rule places a nested record inside; if it does not name a parent, the record around it is its parent."""
    named = {one for name in rule.fields for one in ids_in(nested.get(name))}
    if named:
        return bool(named & check.boundary.chosen[rule.resource])
    for parent in rule.parents:
        ids = ids_in(nested.get(parent.field))
        if ids and not _is_outer(check.model, outer, parent.model, ids):
            return await all_inside(check, [(parent.model, one) for one in ids])
        if ids:
            return True
    return rule.container_optional or any(parent.model == check.model.id for parent in rule.parents)


def _is_outer(model: Model, outer: Mapping[str, Any], parent: str, ids: list[str]) -> bool:
    return parent == model.id and ids == [outer.get("id")]
