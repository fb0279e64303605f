"""Keeps writes inside the boundary: everything that the body and the planned requests name must be inside.

The planned requests are read back as if they were the provider's answer; that finds what the names of the caller's body become,
in whatever field or shape.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unified.catalog.wire import ProviderRequest
from unified.errors.access import OutsideResources
from unified.models.containment import references
from unified.service.records.visibility.boundary.boundary import ids_in
from unified.service.records.visibility.boundary.limited_writes import (
    require_met_by_new,
    require_others_unmoved,
    require_related_after,
)
from unified.service.records.visibility.boundary.membership import BoundaryCheck, all_inside, refuse_closed
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import Query


def require_some_place(check: BoundaryCheck, body: Mapping[str, Any]) -> None:
    """Require that a new record says where it goes, before anything is requested.

    Raises:
        OutsideResources: it names no place, or a new record of this model would lie outside.
    """
    refuse_closed(check)
    model = check.model
    for rule in check.rules:
        if rule.fields == ("id",):
            raise OutsideResources(f"{model.id}: a new one would lie outside the resources chosen for this account")
        if not any(ids_in(body.get(name)) for name in rule.needs):
            raise OutsideResources(
                f"{model.id}: a new one needs a place among the chosen resources: set {' or '.join(rule.needs)}"
            )
    require_met_by_new(check, body)


async def require_target(check: BoundaryCheck, body: Mapping[str, Any], *, creates: bool) -> None:
    """Require that a write names only what is inside; a new record must name its place, and a change must not clear it.

    Raises:
        OutsideResources: it names a resource or a parent that is outside or unknown, or would leave the inside.
    """
    model = check.model
    require_others_unmoved(check, body, creates=creates)
    if creates:
        require_some_place(check, body)
        await require_related_after(check, body, body)
    for resource, ids in check.boundary.chosen.items():
        for name in references(model, resource):
            if name in body and (not set(ids_in(body[name])) <= ids or (not creates and not ids_in(body[name]))):
                raise OutsideResources(f"{model.id}: `{name}` may name only resources chosen for this account")
    await _require_links(check, body)


def refuse_moving_out(check: BoundaryCheck, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Refuse a change that would take a record out of a resource that the caller does not see.

    Raises:
        OutsideResources: a reference that the body changes names resources outside now.
    """
    for resource, ids in check.boundary.chosen.items():
        for name in references(check.model, resource):
            if name in body and set(ids_in(record.get(name))) - ids:
                raise OutsideResources(f"{check.model.id}: `{name}` names resources outside, so it cannot be changed here")


async def require_sent_inside(
    check: BoundaryCheck, planned: Iterable[tuple[Operation, ProviderRequest]], bindings: dict[str, Any]
) -> None:
    """Require that planned requests name only records inside.

    Raises:
        OutsideResources: one of them names a resource or a parent outside.
    """
    for operation, request in planned:
        for named in _read_back(check, operation, request.body, bindings):
            await _require_named_inside(check, named)


async def _require_named_inside(check: BoundaryCheck, named: Mapping[str, Any]) -> None:
    """Raise OutsideResources when a record names a resource or a parent that is outside; one that does not name any passes."""
    model = check.model
    for resource, ids in check.boundary.chosen.items():
        own = ("id",) if model.id == resource else ()
        for name in (*references(model, resource), *own):
            if not set(ids_in(named.get(name))) <= ids:
                raise OutsideResources(f"{model.id}: `{name}` of what would be sent lies outside the chosen resources")
    await _require_links(check, named)


async def _require_links(check: BoundaryCheck, body: Mapping[str, Any]) -> None:
    """Raise OutsideResources for a named record that is outside or unknown: the answer is the same for both."""
    for link in check.boundary.links(check.model):
        if not await all_inside(check, [(link.model, one) for one in ids_in(body.get(link.field))]):
            raise OutsideResources(f"{check.model.id}: `{link.field}` names a record outside the chosen resources")


def _read_back(
    check: BoundaryCheck, operation: Operation, body: Any, bindings: dict[str, Any]
) -> Iterator[dict[str, list[str]]]:
    """Yield ids by field, of a body as a whole and of its content: a record may be under a key, or in a list."""
    boundary, model = check.boundary, check.model
    names = tuple(dict.fromkeys((*boundary.needs(model), *boundary.names(model))))
    shape = check.mapping.shape(operation, Query(fields=("id", *names)))
    for item in _objects(body):
        values = shape.found(item, bindings)
        yield {name: ids for name in names if (ids := _as_ids(values.get(name)))}


def _objects(body: Any) -> Iterator[dict[str, Any]]:
    inner = list(body.values()) if isinstance(body, dict) else [body]
    for one in (body, *inner, *(entry for value in inner if isinstance(value, list) for entry in value)):
        if isinstance(one, dict):
            yield one


def _as_ids(value: Any) -> list[str]:
    """Return ids as records have them: numbers become text."""
    listed = value if isinstance(value, list) else [value]
    return [str(one) for one in listed if isinstance(one, str | int) and not isinstance(one, bool) and one != ""]
