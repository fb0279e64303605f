"""Upserts: the provider itself creates a record, or updates the one that has the same external key. Nothing is searched for.

A key is called as the condition on the same field is: `email` is the address in the one entry of `emails`.
"""

from collections.abc import Sequence
from typing import Any

from unified.catalog.wire import ProviderAnswer
from unified.errors.error import FieldProblem
from unified.errors.names import did_you_mean, known_names
from unified.errors.providers import MappingFailed
from unified.errors.requests import UnsupportedField, ValidationFailed
from unified.models import REMOTE_FIELDS, Model
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.queries.filter_names import field_of, filter_names
from unified_jsonata import UNDEFINED


def choose_key(calls: Sequence[Operation], by: Any, model: Model) -> Operation:
    """Return the call of an upsert by this key.

    Raises:
        ValidationFailed: There is none; the message names the keys that there are.
    """
    known = [one.by for one in calls if one.by is not None]
    key = key_meant(model, by, known)
    return next(one for one in calls if one.by == key)


def key_meant(model: Model, by: Any, known: Sequence[str]) -> str:
    """Return the key that a name means: `emails` is `email`, as in filters.

    Raises:
        ValidationFailed: It means none of the known ones; the message names these.
    """
    named = filter_names(model).get(by) if isinstance(by, str) else None
    names = {by} if named is None else {by, named.name, *named.also}
    found = next((one for one in known if one in names), None)
    if found is None:
        raise unknown_key(model, by, known)
    return found


def unknown_key(model: Model, by: Any, known: Sequence[str]) -> ValidationFailed:
    """Return the refusal of a key that no upsert is made by; `known` are those that there are."""
    expected = f"expected the external key of the record, one of {known_names(known)}"
    hint = did_you_mean(by, known) if isinstance(by, str) else ""
    problem = FieldProblem(pointer="by", code="invalid" if by else "required", message=f"{expected}.{hint}")
    return ValidationFailed(f"{model.id}: by: {expected}.{hint}", errors=(problem,))


def require_key(model: Model, by: str, body: dict[str, Any]) -> None:
    """Require that a body says by one value which record it is about.

    With several values, a provider may find another record by each, and `remote_fields` could name another value.

    Raises:
        ValidationFailed: It has none, or several.
        UnsupportedField: It has `remote_fields`.
    """
    if REMOTE_FIELDS in body:
        message = "an upsert takes none, as they could name another record: send them with an update"
        problem = FieldProblem(pointer=f"/{REMOTE_FIELDS}", code="unsupported_field", message=message)
        raise UnsupportedField(f"{model.id}: {REMOTE_FIELDS}: {message}", errors=(problem,))
    name, keys = field_of(by, model), key_values(model, by, body)
    if len(keys) == 1 and isinstance(keys[0], str | int) and str(keys[0]).strip():
        return
    part = "" if name == by else f" with its `{by}`"
    is_list = any(one.name == name and one.is_list for one in model.fields)
    expected = f"exactly one entry of `{name}`{part}" if is_list else f"a value of `{name}`"
    problem = FieldProblem(pointer=f"/{name}", code="required" if not keys else "invalid", message=f"expected {expected}")
    raise ValidationFailed(
        f"{model.id}: an upsert by {by} finds the record by the body: expected {expected}", errors=(problem,)
    )


def key_values(model: Model, by: str, body: dict[str, Any]) -> list[Any]:
    """Return the values of the key in a body."""
    value = body.get(field_of(by, model))
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return [one.get(by) if isinstance(one, dict) else one for one in entries]


def was_created(operation: Operation, answer: ProviderAnswer, bindings: Bindings) -> bool | None:
    """Return whether the provider created the record of an upsert, as its answer says; None where it does not say.

    Raises:
        MappingFailed: `is_new` fails, or gives something else than true, false or null.
    """
    if operation.is_new is None:
        return None
    known = {**bindings, "headers": answer.headers, "status": answer.status}
    value = operation.evaluate(operation.is_new, answer.body, known, "is_new")
    if value is UNDEFINED or value is None:
        return None
    if isinstance(value, bool):
        return value
    raise MappingFailed(f"{operation.where}: `is_new` must give true, false or null")
