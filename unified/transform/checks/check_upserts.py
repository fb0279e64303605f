"""The rules for the upserts of a mapping: each finds a record by a key that it sends, and says whether the record is new."""

from collections.abc import Iterator

from unified.errors.configuration import CatalogError
from unified.errors.names import did_you_mean, known_names
from unified.models import UPSERT, needed_methods
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of, one_name


def upsert_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield every problem of the upserts of a mapping, in the order of the file."""
    if UPSERT not in mapping.choices:
        return
    missing = [f"`{one}`" for one in needed_methods(UPSERT) if one not in mapping.choices]
    if missing:
        message = f"an upsert needs {' and '.join(missing)} in this file: it does what they do, in one request"
        yield mapping.file.source.error((UPSERT,), message, key=True)
    for operation in mapping.choices[UPSERT]:
        yield from _key(mapping, operation)
        yield from _answer(mapping, operation)


def _key(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a key that is not a field, or that the call does not send."""
    key, fields = operation.by or "", {field.name: field for field in mapping.model.fields}
    name = field_of(key, mapping.model)
    right = one_name(key, mapping.model)
    if name and right != key:
        message = f"the key of an upsert has the name of the filter on the same field: rename `{key}` to `{right}`"
        yield mapping.file.source.error((UPSERT, key), message, key=True)
    elif not name:
        known = [one_name(one, mapping.model) for one, field in fields.items() if field.access == "rw"]
        message = f"{mapping.model.id} has no field `{key}` to find a record by.{did_you_mean(key, known)} "
        yield mapping.file.source.error((UPSERT, key), message + f"Known: {known_names(known)}", key=True)
    elif fields[name].access != "rw" or name not in mapping.write_calls.read_by(operation):
        sent = known_names(mapping.write_calls.read_by(operation)) or "nothing"
        message = f"`{name}` is not sent by this call, so the provider cannot find the record by it. Sent: {sent}"
        yield mapping.file.source.error((UPSERT, key), message, key=True)


def _answer(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report an answer that does not say whether the record is new, or which record it is."""
    if operation.is_new is None:
        message = "an upsert needs `is_new`: `$status = 201`, what the answer says, or `null` if it does not say it"
        yield mapping.file.source.error(operation.place, message, key=True)
    if operation.call.read_back and operation.new_id is None and operation.find_new is None:
        message = "`read_back` needs `new_id`, the id of the record"
        yield mapping.file.source.error((*operation.place, "read_back"), message, key=True)
