"""The boundary of an account: which of its projects, companies, groups … may be seen, and how a record is judged by it.

The owner of the account chooses; scopes may narrow it further. It holds for every call of the account, whoever makes it.
What belongs where is read off the models (`unified.models.containment`); a record of which it cannot be told is outside.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from unified.errors import OutsideResources, UnsupportedFilter
from unified.models import MODELS, Model
from unified.models.containment import Containment, Parent, containment_rule, references
from unified.service.access.scopes import Scopes, chosen_of

OUTSIDE = "the record lies outside the resources chosen for this account"
MAX_PARENTS = 100
"""Different records around those of one answer that are looked up to tell where they belong."""
MAX_CONCURRENCY = 8
RecordRef = tuple[str, str]
"""Model and id of a record around others."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen ids by kind of resource; all kinds that a record has to do with must agree."""

    chosen: Mapping[str, frozenset[str]] = {}
    judged: dict[RecordRef, bool] = msgspec.field(default_factory=dict)
    """Parents that were looked up for this request, and whether they are inside."""

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.chosen)

    def rules(self, model: Model) -> tuple[Containment, ...]:
        """What the records of a model are judged by."""
        found = (containment_rule(model.id, resource) for resource in self.chosen)
        return tuple(one for one in found if one is not None)

    def links(self, model: Model) -> tuple[Parent, ...]:
        """Fields that name records which are judged themselves: parents, and others such as a ticket's `parent_id`."""
        others = ((one.name, MODELS[one.reference]) for one in model.fields if one.reference in MODELS)
        return tuple(
            Parent(field=name, model=other.id) for name, other in others if other.id not in self.chosen and self.rules(other)
        )

    def concerns(self, model: Model) -> bool:
        """Whether a write of this model has to do with the boundary."""
        return bool(self.rules(model) or self.links(model) or self.names(model))

    def names(self, model: Model) -> tuple[str, ...]:
        """Every field that names a resource, or a record that is judged."""
        named = [name for resource in self.chosen for name in references(model, resource)]
        return tuple(dict.fromkeys((*named, *(one.field for one in self.links(model)))))

    def needs(self, model: Model) -> tuple[str, ...]:
        """Fields of a record that must be read to judge it, or to leave out what it names of the outside."""
        named = (name for resource in self.chosen for name in references(model, resource))
        return tuple(dict.fromkeys((*(name for rule in self.rules(model) for name in rule.needs), *named)))

    def trimmed(self, model: Model, record: dict[str, Any]) -> dict[str, Any]:
        """The record without ids of resources that were not chosen."""
        for resource, ids in self.chosen.items():
            for name in references(model, resource):
                if name in record:
                    record = {**record, name: _kept(record[name], ids)}
        return record


def _kept(value: Any, ids: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [one for one in value if one in ids]
    return value if value in ids else None


class BoundaryCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What judges the records of one model."""

    model: Model
    boundary: Boundary
    look_up: Callable[[str, str], Awaitable[bool]]
    """Whether the record with a model and id is inside, asked from the provider."""


def boundary_of(resources: Mapping[str, Iterable[str]] | None, scopes: Scopes) -> Boundary:
    """The boundary that an account and the caller's scopes make together."""
    chosen = {model: frozenset(ids) for model, ids in (resources or {}).items()}
    for scope in scopes:
        for model, one in chosen_of(scope).items():
            ids = frozenset(one.ids)
            chosen[model] = chosen[model] & ids if model in chosen else ids
    return Boundary(chosen=chosen)


async def contains(judge: BoundaryCheck, record: Mapping[str, Any]) -> bool:
    """Whether a record is inside; looks up what is around it where it does not name a resource."""
    for rule in judge.boundary.rules(judge.model):
        if not await _inside(judge, rule, record):
            return False
    return True


async def _inside(judge: BoundaryCheck, rule: Containment, record: Mapping[str, Any]) -> bool:
    named = {one for name in rule.fields for one in ids_in(record.get(name))}
    if named or not rule.parents:
        return bool(named & judge.boundary.chosen[rule.resource]) or (rule.container_optional and not named)
    for parent in rule.parents:
        around = ids_in(record.get(parent.field))
        if around:
            return any([await _holds(judge, parent.model, one) for one in around])
    return rule.container_optional


def ids_in(value: Any) -> list[str]:
    """The ids that a reference names."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


async def _holds(judge: BoundaryCheck, model_id: str, record_id: str) -> bool:
    """Whether a record around others is inside; asked once for a request."""
    place = (model_id, record_id)
    if place not in judge.boundary.judged:
        judge.boundary.judged[place] = await judge.look_up(model_id, record_id)
    return judge.boundary.judged[place]


async def look_up_parents(judge: BoundaryCheck, records: Iterable[Mapping[str, Any]]) -> None:
    """Look up what is around these records, several at a time; UnsupportedFilter when that is too much for one answer."""
    rules = [rule for rule in judge.boundary.rules(judge.model) if rule.parents]
    wanted = {
        (parent.model, one)
        for record in records
        for rule in rules
        if not any(ids_in(record.get(name)) for name in rule.fields)
        for parent in rule.parents[:1]
        for one in ids_in(record.get(parent.field))
    } - set(judge.boundary.judged)
    if len(wanted) + len(judge.boundary.judged) > MAX_PARENTS:
        raise UnsupportedFilter(
            f"{judge.model.id}: this account has a boundary, and these records belong to more than {MAX_PARENTS} "
            f"others: name one, as filter[{rules[0].parents[0].field}]"
        )
    await all_inside(judge, sorted(wanted))


def refuse_foreign_id(judge: BoundaryCheck, record_id: str) -> None:
    """Raise OutsideResources for a resource that was not chosen, before anything is asked."""
    ids = judge.boundary.chosen.get(judge.model.id)
    if ids is not None and record_id not in ids:
        raise OutsideResources(OUTSIDE)
    if any(rule.container_unknown for rule in judge.boundary.rules(judge.model)):
        raise OutsideResources(f"{judge.model.id}: it cannot be told to which of the chosen resources these belong")


async def all_inside(judge: BoundaryCheck, places: Iterable[RecordRef]) -> bool:
    """Whether every one of these records is inside, asked from the provider where it is not known yet."""
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def ask(place: RecordRef) -> bool:
        async with gate:
            return await _holds(judge, *place)

    return all(await asyncio.gather(*(ask(one) for one in dict.fromkeys(places))))


async def require_target(judge: BoundaryCheck, body: Mapping[str, Any], *, creates: bool) -> None:
    """Raise OutsideResources when a write names a resource or a parent that is outside, or would leave the inside.

    A new record must name where it goes; a change must not clear it, nor name anything outside.
    """
    model = judge.model
    if creates:
        require_some_place(judge, body)
    for resource, ids in judge.boundary.chosen.items():
        for name in references(model, resource):
            if name in body and (not set(ids_in(body[name])) <= ids or (not creates and not ids_in(body[name]))):
                raise OutsideResources(f"{model.id}: `{name}` may name only resources chosen for this account")
    await _require_links(judge, body)


def require_some_place(judge: BoundaryCheck, body: Mapping[str, Any]) -> None:
    """Raise OutsideResources for a new record that does not say where it goes, before anything is asked."""
    model = judge.model
    for rule in judge.boundary.rules(model):
        if rule.fields == ("id",):
            raise OutsideResources(f"{model.id}: a new one would lie outside the resources chosen for this account")
        if not any(ids_in(body.get(name)) for name in rule.needs):
            raise OutsideResources(
                f"{model.id}: name where it goes, one of {', '.join(rule.needs)}, among the chosen resources"
            )


async def require_named_inside(judge: BoundaryCheck, named: Mapping[str, Any]) -> None:
    """Raise OutsideResources when a record names a resource or a parent that is outside; one that names none is let pass."""
    model = judge.model
    for resource, ids in judge.boundary.chosen.items():
        own = ("id",) if model.id == resource else ()
        for name in (*references(model, resource), *own):
            if not set(ids_in(named.get(name))) <= ids:
                raise OutsideResources(f"{model.id}: `{name}` of what would be sent lies outside the chosen resources")
    await _require_links(judge, named)


async def _require_links(judge: BoundaryCheck, body: Mapping[str, Any]) -> None:
    """Raise OutsideResources for a named record that is outside or unknown: the answer is the same for both."""
    for link in judge.boundary.links(judge.model):
        if not await all_inside(judge, [(link.model, one) for one in ids_in(body.get(link.field))]):
            raise OutsideResources(f"{judge.model.id}: `{link.field}` names a record outside the chosen resources")


def refuse_moving_out(judge: BoundaryCheck, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Raise OutsideResources when a change would take a record out of a resource that the caller does not see."""
    for resource, ids in judge.boundary.chosen.items():
        for name in references(judge.model, resource):
            if name in body and set(ids_in(record.get(name))) - ids:
                raise OutsideResources(f"{judge.model.id}: `{name}` names resources outside, so it cannot be changed here")
