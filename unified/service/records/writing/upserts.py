"""Refuses upserts before anything is sent, and says in the answer whether the record is new.

Which record an upsert changes is known only to the provider, once it has done so. So an upsert is refused wherever the caller
may change some records of the model and not others.
"""

from typing import Any

from unified.catalog.wire import ProviderAnswer
from unified.errors.access import OutsideResources
from unified.errors.providers import MappingFailed
from unified.service.records.calls.call import Call
from unified.service.records.visibility.mapping_lookup import usable_keys
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.queries.filter_names import field_of
from unified.transform.writes.upserts import key_meant, require_key, was_created


def check_upsert(call: Call, by: str | None, body: dict[str, Any]) -> None:
    """Refuse an upsert by its key.

    Raises:
        FieldHidden: the key is a hidden field, of which the answer would tell whether a record has it.
        ValidationFailed, UnsupportedField: there is no such key, or the body does not have exactly one value of it.
        OutsideResources: the model's records belong to resources, of which only some are chosen.
    """
    mapping = call.mapping
    call.visibility.fields.require_shown(key_fields(call, by))
    known = usable_keys(mapping, call.visibility.hidden)
    key = key_meant(mapping.model, by, known)
    if call.visibility.is_bounded:
        raise OutsideResources(
            f"{mapping.model.id}: an upsert could change a record outside the resources chosen for this account, as only the "
            "provider knows which record it finds: use create and update"
        )
    require_key(mapping.model, key, body)


def key_fields(call: Call, by: str | None) -> frozenset[str]:
    """Return the field that the key of an upsert means; none for no key, and for an unknown one."""
    return frozenset({field_of(by or "", call.mapping.model)} - {""})


def was_new(operation: Operation, answer: ProviderAnswer | None, bindings: Bindings) -> bool | None:
    """Return whether the provider created the record; None where it does not say, as it accepted the write in any case."""
    try:
        return None if answer is None else was_created(operation, answer, bindings)
    except MappingFailed:
        return None
