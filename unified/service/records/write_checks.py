"""What a write is refused for before anything is requested from the provider."""

from unified.errors.requests import InvalidId, ValidationFailed
from unified.models import BODIES, MAKING, UPSERT, validate_input
from unified.service.records.call import Call
from unified.service.records.upserts import check_upsert
from unified.service.records.versions import check_version
from unified.service.records.write import Write, bindings_of, common_body, values_of
from unified.transform.requests import path_values
from unified.transform.write import refuse_missing


def check_write(call: Call, write: Write) -> None:
    """Refuse what cannot be written, before anything is requested from the provider.

    Raises:
        NotSupported: the provider has no such method.
        ValidationFailed, ReadOnlyField, UnsupportedField, FieldHidden: the body does not fit, or something is missing.
        OutsideModels, OutsideResources: it links to a model that is not reached, or a new record does not say where it goes.
        InvalidId: the id or a path parameter is no segment of a path.
        NotSupported: the write names a version, and the mapping knows none.
    """
    mapping = call.mapping
    mapping.calls_of(write.method)  # before the body: a method that the provider does not have is named first
    if write.method == UPSERT:
        check_upsert(call, write.by, write.body)
    if write.method in BODIES:
        validate_input(mapping.model, write.body, operation=BODIES[write.method], hidden=call.visibility.hidden)
    _refuse_empty_and_extra(call, write)
    check_version(call, write.method, write.version)
    call.visibility.check(write.body, mapping.custom_keys.reached(write.body))
    if write.record_id is None and write.method not in MAKING:
        raise InvalidId(f"id: expected the id of a record to {write.method}")
    operation = mapping.check_body(write.method, write.body, bindings_of(call, write), hidden=call.visibility.hidden)
    values = {**path_values(common_body(call, write)), **values_of(call, write)}
    mapping.check_path(values)
    call.visibility.check_links(values)
    if write.method in MAKING:
        call.visibility.check_place({**write.path, **write.body})
    refuse_missing({**write.body, **values}, mapping.required_by(operation), mapping.model.id)
    operation.check_values(values, required=True)
    for step in operation.after:
        step.check_values(values, required=False)  # a later step must not be refused once the provider accepted the first


def _refuse_empty_and_extra(call: Call, write: Write) -> None:
    """Raise ValidationFailed for an update that changes nothing, and for a delete with a body."""
    if write.method == "update" and not write.body:
        raise ValidationFailed(f"body: expected at least one field of {call.mapping.model.id} to change")
    if write.method == "delete" and write.body:
        raise ValidationFailed(f"body: delete of {call.mapping.model.id} takes none")
