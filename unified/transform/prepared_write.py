"""One write of a mapping with all that its call, its paths and its expressions need; and its body as the provider gets it."""

from collections.abc import Collection
from typing import Any

import msgspec

from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.calls.path import path_values
from unified.transform.mapping import Mapping
from unified.transform.writes.write import common_body, merged, refuse_lost, refuse_several, refuse_unwritable
from unified_jsonata import UNDEFINED


class PreparedWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A body with the call that writes it, and the values that the paths and the expressions of that call read."""

    operation: Operation
    body: dict[str, Any]
    """As the caller gives it."""
    common: dict[str, Any]
    """The same as expressions see it: the model's fields only, with `[]` for a list that is null."""
    values: dict[str, Any]
    """The path parameters, and the id with its parts."""
    bindings: Bindings
    """The bindings of expressions besides the body; `$query` has the body and the values."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"PreparedWrite({self.operation.where!r})"

    @property
    def method(self) -> str:
        """The method of the write."""
        return self.operation.method

    @property
    def path_values(self) -> dict[str, Any]:
        """The values in the paths of its calls."""
        return {**path_values(self.common), **self.values}


def prepare_write(
    mapping: Mapping, method: str, body: dict[str, Any], bindings: Bindings, values: dict[str, Any]
) -> PreparedWrite:
    """Choose the call of a write, and work out what it reads; `values` are the path parameters, and the id with its parts.

    Raises:
        NotSupported: The method is not offered.
        ValidationFailed: No upsert is made by this key.
    """
    common = common_body(mapping.model, body)
    seen = {**bindings, "query": {**common, **values}}
    operation = mapping.chosen(method, common, seen)
    return PreparedWrite(operation=operation, body=body, common=common, values=values, bindings=seen)


def checked_write(
    mapping: Mapping, method: str, body: dict[str, Any], bindings: Bindings, values: dict[str, Any]
) -> PreparedWrite:
    """Prepare a write as `prepare_write` does, and check its body; raise as that and `check_body` do."""
    write = prepare_write(mapping, method, body, bindings, values)
    check_body(mapping, write)
    return write


def check_body(mapping: Mapping, write: PreparedWrite, *, hidden: Collection[str] = ()) -> None:
    """Check that the call sends all fields of the body, and that no key sets a field past its own name.

    No refusal lists a `hidden` field.

    Raises:
        UnsupportedField, ValidationFailed: It does not; `errors` lists the fields.
    """
    body, writable = write.body, mapping.write_calls.writable_by(write.operation)
    if write.method in WRITING:
        refuse_unwritable(body, writable, mapping.model, hidden)
        refuse_several(body, mapping.at_most_one, mapping.model.id)
        refuse_lost(body, mapping.write_calls.lost_words(write.operation), mapping.model)
    mapping.custom_keys.refuse_body(body, writable)


def provider_body(mapping: Mapping, write: PreparedWrite, bindings: Bindings) -> Any:
    """Return the provider's body of a write, merged with its `remote_fields`; UNSET when none is sent.

    `bindings` are those of the write with the results of the calls before it.

    Raises:
        UnsupportedField: Its `remote_fields` would replace what the mapping sends.
        ValidationFailed, MappingFailed: An expression refuses a value, or fails.
    """
    written = mapping.written(write.common, bindings) if write.method in WRITING else UNDEFINED
    result = write.operation.payload(write.common, bindings, written)
    remote_fields = write.body.get("remote_fields")
    if result is UNDEFINED:
        return msgspec.UNSET if remote_fields is None else remote_fields
    return merged(result, remote_fields) if remote_fields else result
