"""Refuses writes before anything is requested from the provider."""

from collections.abc import Iterable
from typing import Any

from unified.errors.requests import InvalidId, ValidationFailed
from unified.models import BODIES, MAKING, UPSERT, validate_input
from unified.service.records.calls.call import Call
from unified.service.records.reading.versions import check_version
from unified.service.records.writing.upserts import check_upsert, key_fields
from unified.service.records.writing.write import Write, prepare
from unified.telemetry.recording import record_fields
from unified.transform.prepared_write import PreparedWrite, check_body
from unified.transform.queries.asked_fields import names_of_body
from unified.transform.writes.write import refuse_missing

MAX_VALUES = 10_000
"""Values of a body at all levels together: each is checked, mapped and sent, while no one else has a turn."""


def check_write(call: Call, write: Write) -> PreparedWrite:
    """Refuse an invalid write before anything is requested from the provider; return a valid one, ready to be planned.

    Raises:
        NotSupported: the provider has no such method.
        ValidationFailed, ReadOnlyField, UnsupportedField, FieldHidden: the body does not fit, or something is missing.
        OutsideModels, OutsideResources: it links to a model that is not reached, or a new record does not say where it goes.
        InvalidId: the id or a path parameter is not a segment of a path.
        NotSupported: the write names a version, and the mapping knows none.
    """
    mapping = call.mapping
    reached = mapping.custom_keys.reached(write.body)
    record_fields(names_of_body(write.body, (*reached, *key_fields(call, write.by)), mapping.model))
    mapping.calls_of(write.method)  # before the body: a method that the provider does not have is named first
    _refuse_many_values(write)
    if write.method == UPSERT:
        check_upsert(call, write.by, write.body)
    if write.method in BODIES:
        validate_input(mapping.model, write.body, operation=BODIES[write.method], hidden=call.visibility.hidden)
    _refuse_empty_and_extra(call, write)
    check_version(call, write.method, write.version)
    call.visibility.fields.refuse_hidden_keys(write.body, reached)
    if write.record_id is None and write.method not in MAKING:
        raise InvalidId(f"id: expected the id of a record to {write.method}")
    prepared = prepare(call, write)
    check_body(mapping, prepared, hidden=call.visibility.hidden)
    _check_path(call, write, prepared)
    return prepared


def _check_path(call: Call, write: Write, prepared: PreparedWrite) -> None:
    """Refuse what a write names in its path or links to, and a body without a field that its call needs."""
    operation, values = prepared.operation, prepared.path_values
    call.mapping.check_path(values)
    call.visibility.check_links(values)
    if write.method in MAKING:
        call.visibility.check_place({**write.path, **write.body})
    refuse_missing({**write.body, **values}, call.mapping.write_calls.required_by(operation), call.mapping.model.id)
    operation.check_values(values, required=True)
    for step in operation.after:
        step.check_values(values, required=False)  # a later step must not be refused once the provider accepted the first


def _refuse_many_values(write: Write) -> None:
    """Raise ValidationFailed for a body with more values than a write may have."""
    level: list[Any] = [write.body]
    left = MAX_VALUES
    while level:
        left -= sum(len(one) for one in level)
        if left < 0:
            raise ValidationFailed(
                f"body: expected at most {MAX_VALUES} values at all levels together, got more; write fewer at a time"
            )
        level = [inner for one in level for inner in _values(one) if isinstance(inner, dict | list)]


def _values(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _refuse_empty_and_extra(call: Call, write: Write) -> None:
    """Raise ValidationFailed for an update that changes nothing, and for a delete with a body."""
    if write.method == "update" and not write.body:
        raise ValidationFailed(f"body: expected at least one field of {call.mapping.model.id} to change")
    if write.method == "delete" and write.body:
        raise ValidationFailed(f"body: delete of {call.mapping.model.id} takes none")
