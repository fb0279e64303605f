"""Names of the records that a new one is made for, such as the ticket of a comment: an id alone says nothing to people."""

from collections.abc import Collection

from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.service.access.consent import with_consent
from unified.service.access.principals import Principal
from unified.service.access.scopes import allows
from unified.service.approvals.comparison import name_fields, name_of
from unified.service.approvals.payload import ApprovalPayload
from unified.service.records.calls.call import Call
from unified.service.records.opening import open_call
from unified.service.records.reading.getting import get_record
from unified.service.records.visibility.hiding import hidden_of
from unified.service.records.visibility.mapping_lookup import mapping_if_any
from unified.transform.queries.query import Query


async def target_names(call: Call, approver: Principal, payload: ApprovalPayload, fixed: Collection[str]) -> dict[str, str]:
    """Return the present names of the records that a new record's fixed fields name, by field.

    They are read as the approver: what it may not read, or what cannot be read, has no name.
    """
    if payload.record_id is not None:
        return {}
    found: dict[str, str] = {}
    for field in call.mapping.model.fields:
        target = payload.body.get(field.name)
        if field.name in fixed and field.reference in MODELS and isinstance(target, str):
            name = await _name(call, approver, field.reference, target)
            found |= {} if name is None else {field.name: name}
    return found


async def _name(call: Call, approver: Principal, model_id: str, record_id: str) -> str | None:
    model, catalog, scopes = MODELS[model_id], call.services.catalog, with_consent(approver, call.account).scopes
    mapping = mapping_if_any(catalog, call.account.provider, model_id)
    if mapping is None or not allows(scopes, model, "get", mapping.tags):
        return None  # before a read is noted in the trail
    hidden = hidden_of(catalog, mapping, scopes).fields
    names = name_fields(model, hidden)
    if not names:
        return None
    try:
        related = await open_call(call.services, approver, call.account.id, model_id, "get")
        record = await get_record(related, record_id, Query(fields=("id", *names)))
    except UnifiedError:
        return None
    return name_of(model, record, hidden)
