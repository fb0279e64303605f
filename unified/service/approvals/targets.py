"""The records that a waiting write is about: the one that it changes, or those that a new one belongs to, as a comment does.

An id alone says nothing to people, so each has its present name, if the viewer may read the record.
"""

import asyncio
from collections.abc import Collection, Iterator

import msgspec

from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.service.access.consent import with_consent
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import allows
from unified.service.accounts.accounts import account_for_call
from unified.service.approvals.comparison import name_fields, name_of
from unified.service.approvals.fixed_fields import fixed_fields
from unified.service.approvals.payload import ApprovalPayload, read_payload
from unified.service.approvals.views import ShownTarget
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.visibility.hiding import hidden_of
from unified.service.records.visibility.mapping_lookup import mapping_if_any
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.store.approvals import ApprovalRow
from unified.telemetry.recording import record_problem
from unified.transform.mapping import Mapping
from unified.transform.queries.query import Query

SECONDS_TO_READ = 2.0
"""How long whoever asks again and again what became of a write waits for names; without them the answer is the same."""


async def named_references(
    services: Services, viewer: Principal, account: AccountRow, payload: ApprovalPayload, fixed: Collection[str]
) -> tuple[ShownTarget, ...]:
    """Return the records that the fixed fields of a new record name.

    They are read as whoever looks: what it may not read, or what cannot be read, has no name.
    """
    found = []
    for target in _references(payload, fixed):
        read = await _as_read(services, viewer, account, target, needs_name=True)
        found.append(target if read is None else read)
    return tuple(found)


async def readable_targets(services: Services, viewer: Principal, row: ApprovalRow) -> tuple[ShownTarget, ...]:
    """Return the records that a waiting write is about; those that the viewer may not read are left out."""
    payload = await read_payload(services, row) if row.status == "pending" else None
    if payload is None:
        return ()
    try:
        account = await account_for_call(services, row.tenant_id, row.account_id)
    except UnifiedError:
        return ()
    mapping = mapping_if_any(services.catalog, account.provider, payload.model)
    about = () if mapping is None else _targets(payload, mapping)
    found = []
    try:
        async with asyncio.timeout(SECONDS_TO_READ):
            found = [await _as_read(services, viewer, account, one) for one in about]
    except TimeoutError as late:
        record_problem(late)
    return tuple(one for one in found if one is not None)


def _targets(payload: ApprovalPayload, mapping: Mapping) -> tuple[ShownTarget, ...]:
    if payload.record_id is not None:
        return (ShownTarget(field="id", model=payload.model, id=payload.record_id),)
    return tuple(_references(payload, fixed_fields(mapping, payload.method, payload.by)))


def _references(payload: ApprovalPayload, fixed: Collection[str]) -> Iterator[ShownTarget]:
    if payload.record_id is not None:
        return
    for field in MODELS[payload.model].fields:
        target = payload.body.get(field.name)
        if field.name in fixed and field.reference in MODELS and isinstance(target, str):
            yield ShownTarget(field=field.name, model=field.reference, id=target)


async def _as_read(
    services: Services, viewer: Principal, account: AccountRow, target: ShownTarget, *, needs_name: bool = False
) -> ShownTarget | None:
    """Return the record with its name; None if the viewer may not read it, or it cannot be read.

    With `needs_name`, a record is not read if the viewer may not see its name.
    """
    model, catalog, scopes = MODELS[target.model], services.catalog, with_consent(viewer, account).scopes
    mapping = mapping_if_any(catalog, account.provider, target.model)
    if mapping is None or not allows(scopes, model, "get", mapping.tags):
        return None  # before a read is noted in the trail
    hidden = hidden_of(catalog, mapping, scopes).fields
    names = name_fields(model, hidden)
    if needs_name and not names:
        return None
    try:
        related = await open_call(services, viewer, account.id, target.model, "get")
        record = await get_record(related, target.id, Query(fields=("id", *names)))
    except UnifiedError:
        return None
    return msgspec.structs.replace(target, name=name_of(model, record, hidden))
