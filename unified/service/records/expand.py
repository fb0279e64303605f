"""`expand=owner,account`: related records beside their ids, each read once, a bounded number at a time."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from unified.errors import NotFound, UnsupportedField, ValidationFailed, known_names
from unified.models import MODELS, Field, Model
from unified.service.records.call import Call
from unified.service.records.provider_calls import open_call
from unified.service.records.reading import get_record, list_records
from unified.transform.query import Filter, Query

MAX_RELATED = 200
"""Different related records for one answer."""
MAX_CONCURRENCY = 8


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """One name that can be expanded."""

    name: str
    field: str
    model: str
    is_list: bool
    owned_by: str | None = None
    """The field of the related model that holds this record's id, for records read by a list."""


def relations(model: Model) -> Mapping[str, Relation]:
    """Return what can be expanded: `owner` for `owner_id`, `contacts` for `contact_ids`, `employments` for the list of them.

    A name that is a field already, as `status` for `status_id`, becomes that of the related model: `ticket_status`.
    """
    return _relations(model.id)


@cache
def _relations(model_id: str) -> Mapping[str, Relation]:
    model = MODELS[model_id]
    fields = {field.name for field in model.fields}
    related = [one for field in model.fields if (one := _relation(model, field)) is not None]
    return {one.name: one for one in (_renamed(one, fields) for one in related)}


def _renamed(relation: Relation, fields: set[str]) -> Relation:
    if relation.owned_by is not None or relation.name not in fields:
        return relation
    return msgspec.structs.replace(relation, name=MODELS[relation.model].singular)


def _relation(model: Model, field: Field) -> Relation | None:
    if field.reference is not None and field.name.endswith("_id"):
        return Relation(name=field.name.removesuffix("_id"), field=field.name, model=field.reference, is_list=False)
    if field.reference is not None and field.name.endswith("_ids"):
        return Relation(name=_plural(field.name.removesuffix("_ids")), field=field.name, model=field.reference, is_list=True)
    owned = MODELS.get(f"{model.category}.{field.name}")
    if owned is not None and field.is_list and any(one.name == f"{model.singular}_id" for one in owned.fields):
        return Relation(name=field.name, field="id", model=owned.id, is_list=True, owned_by=f"{model.singular}_id")
    return None


def _plural(role: str) -> str:
    return f"{role[:-1]}ies" if role.endswith("y") else f"{role}s"


async def expand(call: Call, records: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the records with each name's related records added; the id fields stay as they are.

    Raises:
        UnsupportedField, FieldHidden: as `check_expand` says.
        ValidationFailed: there are more than `MAX_RELATED` related records.
        Forbidden, OutsideResources, UnifiedError: a related record may not be read, or cannot be.
    """
    check_expand(call, names)
    known = relations(call.mapping.model)
    for name in names:
        records = await _expanded(call, records, known[name])
    return records


def check_expand(call: Call, names: tuple[str, ...]) -> None:
    """Refuse names that cannot be expanded, before the records themselves are read.

    Raises:
        UnsupportedField: the model has no such relation.
        FieldHidden: the ids of the related records are hidden.
    """
    if not names:
        return
    known = relations(call.mapping.model)
    for name in names:
        if name not in known:
            raise UnsupportedField(f"{call.mapping.model.id}: cannot expand `{name}`. Possible: {known_names(known) or 'none'}")
    fields = [asked_fields(known[name], call.mapping.model) for name in names]
    call.visibility.check_fields(frozenset().union(*fields))


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
    method = "list" if relation.owned_by else "get"
    related = await open_call(call.services, call.principal, call.account.id, relation.model, method) if wanted else None
    gate = asyncio.Semaphore(MAX_CONCURRENCY)

    async def fetch(record_id: str) -> Any:
        async with gate:
            return await _fetch(related, record_id, relation) if related is not None else None

    answers = await asyncio.gather(*(fetch(one) for one in wanted))
    by_id = dict(zip(wanted, answers, strict=True))
    return [{**record, relation.name: _value(record, relation, by_id)} for record in records]


def _ids(record: dict[str, Any], relation: Relation) -> list[str]:
    value = record.get(relation.field)
    return [one for one in (value if isinstance(value, list) else [value]) if one is not None]


async def _fetch(related: Call, record_id: str, relation: Relation) -> Any:
    try:
        if relation.owned_by is None:
            return await get_record(related, record_id, Query())
        query = Query(filters=(Filter(field=relation.owned_by, value=record_id),), limit=MAX_RELATED)
        return (await list_records(related, query)).data
    except NotFound:
        return None


def _value(record: dict[str, Any], relation: Relation, by_id: dict[str, Any]) -> Any:
    related = [by_id[one] for one in _ids(record, relation)]
    if relation.owned_by:
        return (related[0] if related else None) or []
    if relation.is_list:
        return [one for one in related if one is not None]
    return related[0] if related else None
