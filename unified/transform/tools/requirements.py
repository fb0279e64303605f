"""Finds the requirements of a call, conditions of a list and fields of a write, and whether a scope hides one of them."""

from unified.models import MAKING, UPSERT, Field
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import fields_in
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of

NEVER_SHOWN = frozenset({"remote_data"})
"""Fields that no tool returns: raw records are for programs."""


def visible_fields(mapping: Mapping, hidden: frozenset[str]) -> tuple[Field, ...]:
    """Return the fields that the mapping fills and the scope shows, in the order of the model."""
    shown = mapping.filled - hidden - NEVER_SHOWN - ({"mapped_fields"} - _written_keys(mapping))
    return tuple(field for field in mapping.model.fields if field.name in shown)


def _written_keys(mapping: Mapping) -> frozenset[str]:
    return frozenset(write.key for write in mapping.record.analysis.writes or ())


def body_fields(mapping: Mapping, method: str, hidden: frozenset[str]) -> tuple[Field, ...]:
    """Return the fields that a create, update or custom method can send and the scope shows."""
    known = mapping.write_calls.writable(method) - {"id", *mapping.model.path_parameters}
    access = {"create": {"rw", "c"}, "update": {"rw"}, UPSERT: {"rw"}}.get(method, {"rw", "c", "ro"})
    fields = (field for field in mapping.model.fields if field.name in known and field.access in access)
    return tuple(field for field in fields if field.name not in hidden)


def required_fields(mapping: Mapping, method: str) -> tuple[str, ...]:
    """Return the fields that the mapping, its path or the model require in a body, in the order of the model."""
    names = set(mapping.write_calls.required(method)) - {"id", *mapping.model.path_parameters}
    if method in MAKING:
        required = {one.name for one in mapping.model.fields if one.required and one.access != "ro" and one.kind != "map"}
        names |= required & mapping.write_calls.writable(method)
    return tuple(field.name for field in mapping.model.fields if field.name in names)


def required_filters(mapping: Mapping) -> frozenset[str]:
    """Return the conditions that every list call requires, because its path contains them or `required` lists them."""
    last = len(mapping.lists) - 1
    calls = (one for i, one in enumerate(mapping.lists) if i == last or one.when is not None or not one.call.name)
    needed = [frozenset().union(*(needed_filters(part) for part in mapping.list_calls.chained(one))) for one in calls]
    return frozenset.intersection(*needed) - set(mapping.model.path_parameters) if needed else frozenset()


def needed_filters(operation: Operation) -> frozenset[str]:
    """Return the conditions without which one list call cannot be made."""
    calls = (operation, *operation.before.values())
    names = (name for one in calls for name in fields_in(one.path, one.results) if name != operation.parent)
    return frozenset((*operation.call.required, *names))


def blocked_by(mapping: Mapping, method: str, hidden: frozenset[str]) -> tuple[str, ...]:
    """Return what a call requires and the scope hides; such a tool could only fail and must not be offered."""
    needed = required_filters(mapping) if method == "list" else required_fields(mapping, method)
    keys = {field_of(one, mapping.model) for one in mapping.keys} if method == UPSERT else set[str]()
    gone = {name for name in needed if name in hidden or field_of(name, mapping.model) in hidden}
    return tuple(sorted(gone | keys if keys <= hidden else gone))
