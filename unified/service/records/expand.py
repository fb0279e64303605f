"""`expand=owner,account`: related records in addition to their ids, each read once, a bounded number at a time."""

import asyncio
from typing import Any

import msgspec

from unified.errors.access import Forbidden, OutsideResources
from unified.errors.error import UnifiedError
from unified.errors.names import did_you_mean, not_done
from unified.errors.requests import NotFound, UnsupportedField, ValidationFailed
from unified.models import Model
from unified.models.relations import Relation, relations
from unified.service.access.scope.field_rules import refuse_hidden
from unified.service.access.scope.scopes import Scopes, require
from unified.service.records.calls.answer_charges import charge_answer
from unified.service.records.calls.call import Call
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.reading.list_warnings import PARTIAL
from unified.service.records.reading.listing import list_records, next_cursor
from unified.service.records.visibility.boundary.parameters import extent_of, is_closed
from unified.service.records.visibility.hiding import hidden_of, refuse_revealing_ids
from unified.telemetry.recording import record_fields
from unified.transform.catalog import Catalog
from unified.transform.list_options import related_at
from unified.transform.mapping import Mapping
from unified.transform.queries.asked_fields import WHOLE
from unified.transform.queries.query import Filter, Query

MAX_RELATED = 200
"""Different related records for one answer."""
MAX_CONCURRENCY = 8
MAX_ANSWERS = 5
"""Answers of a list that are read for what belongs to one record."""


async def expand(call: Call, records: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the records with each name's related records added; the id fields stay as they are.

    A related record that lies outside the boundary is left out, like one that does not exist.

    Raises:
        UnsupportedField, FieldHidden: as `check_expand` says.
        ValidationFailed: there are more than `MAX_RELATED` related records.
        ScanLimit: whether a related record exists is not known.
        Forbidden, UnifiedError: the related records may not be read, or cannot be.
    """
    check_expand(call, names)
    known = relations(call.mapping.model)
    for name in names:
        records = await _expanded(call, records, known[name])
    return records


def check_expand(call: Call, names: tuple[str, ...]) -> None:
    """Refuse names that cannot be expanded, before the records themselves are read.

    Raises:
        UnsupportedField: there is no such relation, or the provider does not have the related records.
        FieldHidden: the ids of the related records are hidden.
        Forbidden, OutsideResources: the caller may not read the related records.
    """
    for name in names:
        problem = _refusal(call, name)
        if problem is not None:
            raise problem


def expandable(call: Call) -> list[str]:
    """Return the names that this caller can expand at this provider, sorted."""
    return sorted(name for name in relations(call.mapping.model) if _refusal(call, name, named=False) is None)


def _refusal(call: Call, name: str, *, named: bool = True) -> UnifiedError | None:
    """Return why this caller cannot expand a name; None if it can. `named` adds what it can expand to the text."""
    model, visibility = call.mapping.model, call.visibility
    relation = relations(model).get(name)
    shown = frozenset() if relation is None else asked_fields(relation, model)
    offered = {one.model.id: one for one in call.services.catalog.offered(call.mapping.provider.name)}
    if relation is None or (name not in related_at(call.mapping, offered.values()) and not shown & visibility.hidden):
        known = expandable(call) if named else []
        hint = did_you_mean(name, known)
        return UnsupportedField(
            f"{model.id}: cannot expand `{name}`.{hint} Expandable of {model.id}: {', '.join(known) or 'none'}",
            errors=not_done(["expand"], UnsupportedField),
        )
    try:
        visibility.fields.require_shown(shown)
        if relation.name not in call.mapping.filled or not relation.owned_by:
            _require_related(call, relation, offered[relation.model])
    except (Forbidden, OutsideResources) as problem:
        return problem
    return None


def _require_related(call: Call, relation: Relation, related: Mapping) -> None:
    """Require that the caller may read the related records, and that the boundary does not close them all.

    Raises:
        Forbidden, FieldHidden: as `require_related` says.
        OutsideResources: the boundary closes them all.
    """
    require_related(call.services.catalog, call.principal.scopes, relation, related)
    if is_closed(related, relation.method, extent_of(call.visibility.boundary)):
        raise OutsideResources(
            f"{related.model.id}: none of the records can be placed within the resources chosen for this account"
        )


def require_related(catalog: Catalog, scopes: Scopes, relation: Relation, related: Mapping) -> None:
    """Require that scopes allow to read related records.

    Raises:
        Forbidden, FieldHidden: they do not include them, or hide the field by which they are found.
    """
    require(scopes, related.model, relation.method, related.tags)
    hidden = hidden_of(catalog, related, scopes)
    refuse_revealing_ids(related, hidden)
    refuse_hidden(hidden.unasked, frozenset({relation.owned_by or "id"}), related.model)


def asked_fields(relation: Relation, model: Model) -> frozenset[str]:
    """Return the fields that an expansion shows: that of the ids, and that which holds the records, if the model has it."""
    own = {relation.name} & {field.name for field in model.fields} if relation.owned_by else set()
    return frozenset({relation.field, *own})


async def _expanded(call: Call, records: list[dict[str, Any]], relation: Relation) -> list[dict[str, Any]]:
    if relation.owned_by and relation.name in call.mapping.filled:
        return records  # the provider's record brings them already
    wanted = dict.fromkeys(one for record in records for one in _ids(record, relation))
    if len(wanted) > MAX_RELATED:
        raise ValidationFailed(
            f"expand={relation.name}: {len(wanted)} related records, at most {MAX_RELATED}; use a smaller limit"
        )
    related = await _open_related(call, relation) if wanted else None
    if related is not None:
        record_fields(frozenset({WHOLE}))
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def fetch(record_id: str) -> Any:
        async with gate:
            return await _fetch(call, related, record_id, relation) if related is not None else None

    answers = await asyncio.gather(*(fetch(one) for one in wanted))
    if related is not None:
        await charge_answer(related, sum(_count(one) for one in answers), 0)
    by_id = dict(zip(wanted, answers, strict=True))
    return [{**record, relation.name: _value(record, relation, by_id)} for record in records]


def _count(answer: Any) -> int:
    """Return how many records were found for one id."""
    return len(answer) if isinstance(answer, list) else int(answer is not None)


async def _open_related(call: Call, relation: Relation) -> Call:
    return await open_call(call.services, call.principal, call.account.id, relation.model, relation.method)


def _ids(record: dict[str, Any], relation: Relation) -> list[str]:
    value = record.get(relation.field)
    return [one for one in (value if isinstance(value, list) else [value]) if one is not None]


async def _fetch(call: Call, related: Call, record_id: str, relation: Relation) -> Any:
    try:
        if relation.owned_by is None:
            return await get_record(related, record_id, Query())
        return await _owned(call, related, Query(filters=(Filter(field=relation.owned_by, value=record_id),)), relation)
    except (NotFound, OutsideResources):
        return None


async def _owned(call: Call, related: Call, query: Query, relation: Relation) -> list[dict[str, Any]]:
    """Return what belongs to one record, in as many pages as the provider has it in, with a warning if that is not all."""
    found: list[dict[str, Any]] = []
    for _ in range(MAX_ANSWERS):
        page = await list_records(related, msgspec.structs.replace(query, limit=MAX_RELATED))
        found += page.data
        cursor = next_cursor(related, page)
        if cursor is None or len(found) > MAX_RELATED:
            break
        query = msgspec.structs.replace(query, cursor=cursor)
    if cursor is not None or len(found) > MAX_RELATED:
        call.warn("incomplete", f"{relation.name}: of some records, only the first {MAX_RELATED} or fewer are given; list them")
    for code in PARTIAL & related.warnings.keys():
        call.warn(code, f"{relation.name}: {related.warnings[code]}")
    return found[:MAX_RELATED]


def _value(record: dict[str, Any], relation: Relation, by_id: dict[str, Any]) -> Any:
    related = [by_id[one] for one in _ids(record, relation)]
    if relation.owned_by:
        return (related[0] if related else None) or []
    if relation.is_list:
        return [one for one in related if one is not None]
    return related[0] if related else None
