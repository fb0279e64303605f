"""Whether a record lies inside a boundary; where that is said by others, such as what it belongs to, they are looked up.

A look-up reads the other record by the service's own authority, and its result goes to no one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.access import OutsideResources
from unified.errors.requests import UnsupportedFilter
from unified.models import Model
from unified.models.containment import Containment
from unified.service.records.visibility.boundary.boundary import CLOSED, Boundary, RecordRef, ids_in
from unified.service.records.visibility.boundary.record_limit import RecordLimit, RelatedLimit
from unified.transform.mapping import Mapping as ModelMapping

MAX_PARENTS = 100
"""Different parents of the records of one answer that are looked up."""
MAX_CONCURRENCY = 8
MAX_ANSWERS = 20
"""Different answers that one `LookupCache` keeps; others are requested each time."""


class LookupCache:
    """Answers that the look-ups of one request share, such as a company's own fields, which each would request again."""

    def __init__(self) -> None:
        self._answers: dict[bytes, ProviderAnswer] = {}
        self._locks: dict[bytes, asyncio.Lock] = {}

    async def get(self, request: ProviderRequest, send: Callable[[], Awaitable[ProviderAnswer]]) -> ProviderAnswer:
        """Return the answer to a read, sent once however many want it at the same time; a failure is not kept."""
        key = msgspec.json.encode(request)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._answers:
                return self._answers[key]
            answer = await send()
            if len(self._answers) < MAX_ANSWERS:
                self._answers[key] = answer
            return answer


class BoundaryCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The rules and look-ups that place the records of one model."""

    mapping: ModelMapping
    boundary: Boundary
    look_up: Callable[[str | RelatedLimit, str], Awaitable[bool]]
    """Reads a record from the provider and returns whether it is inside, or fulfils what a related record must."""
    owners: Callable[[RelatedLimit], Awaitable[frozenset[str]]]
    """Lists the related records that fulfil what one must, and returns the ids that they name."""

    @property
    def model(self) -> Model:
        """The model of the records."""
        return self.mapping.model

    @property
    def rules(self) -> tuple[Containment, ...]:
        """The rules of that model."""
        return self.boundary.rules(self.model)

    @property
    def limit(self) -> RecordLimit | None:
        """The conditions on that model."""
        return self.boundary.limit(self.model)


async def contains(check: BoundaryCheck, record: Mapping[str, Any]) -> bool:
    """Return whether a record is inside; look up its parents where it names no resource, and related records if they count."""
    limit = check.limit
    if limit is not None and not (limit.test(record) and await relates(check, limit, record)):
        return False
    for rule in check.rules:
        inside = _by_names(rule, check.boundary.chosen[rule.resource], record)
        if not (await _by_parents(check, rule, record) if inside is None else inside):
            return False
    return True


async def relates(check: BoundaryCheck, limit: RecordLimit, record: Mapping[str, Any]) -> bool:
    """Return whether the related records fulfil what one of them must."""
    for one in limit.related:
        ids = ids_in(record.get(one.ids_in))
        if one.is_listed:
            if (await check.owners(one)).isdisjoint(ids):
                return False
        elif not any([await _is_inside(check, one, other) for other in ids]):
            return False
    return True


def placement(check: BoundaryCheck) -> Callable[[Mapping[str, Any]], bool | None]:
    """Return what says of many records whether they are inside; None if that takes other records."""
    rules, limit = tuple((rule, check.boundary.chosen[rule.resource]) for rule in check.rules), check.limit

    def place(record: Mapping[str, Any]) -> bool | None:
        found: bool | None = True
        if limit is not None:
            if not limit.test(record):
                return False
            found = None if limit.related else True
        for rule, chosen in rules:
            inside = _by_names(rule, chosen, record)
            if inside is False:
                return False
            found = found and inside
        return found

    return place


def _by_names(rule: Containment, chosen: frozenset[str], record: Mapping[str, Any]) -> bool | None:
    """Return whether the resources that a record names make it inside; None without any, so that its parents decide."""
    is_named = False
    for name in rule.fields:
        value = record.get(name)
        if value in chosen if isinstance(value, str) else not chosen.isdisjoint(ids_in(value)):
            return True
        is_named = is_named or isinstance(value, str) or bool(ids_in(value))
    return False if is_named else None if rule.parents else rule.container_optional


async def _by_parents(check: BoundaryCheck, rule: Containment, record: Mapping[str, Any]) -> bool:
    for parent in rule.parents:
        parent_ids = ids_in(record.get(parent.field))
        if parent_ids:
            return any([await _is_inside(check, parent.model, one) for one in parent_ids])
    return rule.container_optional


async def _is_inside(check: BoundaryCheck, wanted: str | RelatedLimit, record_id: str) -> bool:
    """Return whether another record is inside, or fulfils what it must; it is looked up once for a request."""
    ref, known = (wanted, record_id), check.boundary.looked_up
    if ref not in known:
        known[ref] = await check.look_up(wanted, record_id)
    return known[ref]


async def look_up_others(check: BoundaryCheck, records: Iterable[Mapping[str, Any]]) -> None:
    """Look up what decides about these records, several at a time, so that `contains` finds it known.

    Raises:
        UnsupportedFilter: there is more than `MAX_PARENTS` for one answer.
    """
    limit, rules = check.limit, [rule for rule in check.rules if rule.parents]
    related = () if limit is None else tuple(one for one in limit.related if not one.is_listed)
    if not rules and not related:
        return
    own = [one for one in records if limit is None or limit.test(one)]
    missing = {
        *_parents(rules, own),
        *((one, other) for one in related for record in own for other in ids_in(record.get(one.ids_in))),
    }
    missing -= set(check.boundary.looked_up)
    if len(missing) + len(check.boundary.looked_up) > MAX_PARENTS:
        names = [rule.parents[0].field for rule in rules] or [one.ids_in for one in related]
        raise UnsupportedFilter(
            f"{check.model.id}: this account has a boundary, and these records belong to more than {MAX_PARENTS} "
            f"others: name one, as filter[{names[0]}]"
        )
    await all_inside(check, sorted(missing, key=str))


def _parents(rules: Iterable[Containment], records: Iterable[Mapping[str, Any]]) -> Iterator[RecordRef]:
    """Yield the first parents of records that name no resource themselves."""
    return (
        (parent.model, one)
        for record in records
        for rule in rules
        if not any(ids_in(record.get(name)) for name in rule.fields)
        for parent in rule.parents[:1]
        for one in ids_in(record.get(parent.field))
    )


async def all_inside(check: BoundaryCheck, refs: Iterable[RecordRef]) -> bool:
    """Return whether every one of these records is inside; look up those that are not known yet."""
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def is_inside(ref: RecordRef) -> bool:
        async with gate:
            return await _is_inside(check, *ref)

    return all(await asyncio.gather(*(is_inside(one) for one in dict.fromkeys(refs))))


def refuse_closed(check: BoundaryCheck) -> None:
    """Raise OutsideResources for a model that has no record inside, whatever it holds; the text says why."""
    if reason := check.boundary.closed(check.model):
        raise OutsideResources(f"{check.model.id}: {CLOSED}{reason}")


def refuse_foreign_id(check: BoundaryCheck, record_id: str) -> None:
    """Refuse the id of a resource that was not chosen, and models that cannot be placed, before anything is requested.

    Raises:
        OutsideResources: no record with this id can be inside.
    """
    refuse_closed(check)
    ids = check.boundary.chosen.get(check.model.id)
    if ids is not None and record_id not in ids:
        raise OutsideResources(check.boundary.outside)
    if any(rule.container_unknown for rule in check.rules):
        raise OutsideResources(f"{check.model.id}: it cannot be determined to which of the chosen resources these belong")
