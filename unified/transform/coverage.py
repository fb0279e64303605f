"""Derives the coverage of a mapping from its expressions: the fields read, written, filtered and sorted, with their sources."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from unified.models import Field
from unified.models.hidden import Hidden
from unified.transform.compilation.custom_function import custom_roots
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import one_name
from unified.transform.queries.filter_options import time_field
from unified.transform.queries.query import TIMES, shown_parameter
from unified.transform.records.revealed_fields import overlap
from unified_jsonata.analysis import Write

OWN_KEYS = frozenset({"custom_fields", "mapped_fields"})
"""Fields with a customer's own keys."""


class FieldCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a common model at one provider."""

    field: str
    """Name of the field."""
    read: bool
    """Whether records have it."""
    created: bool
    """Whether a create takes it."""
    updated: bool
    """Whether an update takes it."""
    filtered: tuple[str, ...]
    """Operators that the provider applies itself."""
    sorted: bool
    """Whether lists can be in its order."""
    paths: tuple[str, ...]
    """The provider's paths of the field."""
    sensitivity: str
    """Its sensitivity class."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider."""

    provider: str
    """Name of the provider, such as `hubspot`."""
    model: str
    """The model, such as `crm.contacts`."""
    methods: tuple[str, ...]
    """The methods that the provider has."""
    upsert_by: tuple[str, ...]
    """External keys by which the provider creates or updates a record, for `upsert`."""
    filters: tuple[str, ...]
    """Conditions that the provider applies itself, as written in a URL."""
    fields: tuple[FieldCoverage, ...]
    """The fields of the model."""


def coverage(mapping: Mapping) -> Coverage:
    """Derive the coverage of a compiled mapping."""
    return Coverage(
        provider=mapping.provider.name,
        model=mapping.model.id,
        methods=mapping.methods,
        upsert_by=mapping.keys,
        filters=tuple(sorted(shown_parameter(name) for name in mapping.list_calls.native_filters)),
        fields=tuple(_field(mapping, field) for field in mapping.model.fields),
    )


def provider_paths(mapping: Mapping, field: str) -> tuple[str, ...]:
    """Return the provider paths from which a field is built."""
    writes = mapping.record.analysis.writes or ()
    paths = {".".join(read.path) for write in writes if write.key == field for read in write.reads}
    return tuple(sorted(paths - {""}))


def shown_paths(mapping: Mapping, field: str, hidden: Hidden) -> tuple[str, ...]:
    """Return the provider paths from which a field with records is built, without those of what is hidden of them."""
    writes = mapping.record.analysis.writes or ()
    return tuple(sorted({path for one in writes if one.key == field for path in _shown(one.nested, hidden)} - {""}))


def _shown(writes: Iterable[Write], hidden: Hidden) -> Iterator[str]:
    inside = dict(hidden.inside)
    for one in (write for write in writes if write.key not in hidden.fields):
        if one.key in inside:
            yield from _shown(one.nested, inside[one.key])
        else:
            yield from (".".join(read.path) for read in one.reads)


def repeated(mapping: Mapping, hidden: frozenset[str]) -> frozenset[str]:
    """Return the fields with a customer's own keys that repeat what one of the hidden fields is built from.

    A field that is searched for among a customer's own keys, such as a birthday by the kind of a key, is one of these.
    """
    if not hidden:
        return frozenset()
    writes = mapping.record.analysis.writes or ()
    known = {read.path for write in writes if write.key in hidden for read in write.reads} - {()}
    roots = custom_roots(mapping.record)
    searched = {read.path for write in writes if write.key in hidden - OWN_KEYS for read in write.reads} & (roots - {()})
    own = {(write.key, read.path) for write in writes if write.key in OWN_KEYS for read in write.reads}
    inner = {(name, path) for name, path in own if path not in roots | {()}}
    found = {name for name, path in inner if any(overlap(path, one) for one in known)}
    return frozenset(found | {name for name, path in own if path in searched})


def _field(mapping: Mapping, field: Field) -> FieldCoverage:
    return FieldCoverage(
        field=field.name,
        read=field.name in mapping.filled and field.name not in {"mapped_fields", "remote_data"},
        created=field.name in mapping.write_calls.writable("create"),
        updated=field.name in mapping.write_calls.writable("update"),
        filtered=_operators(mapping, field.name),
        sorted=field.name in mapping.list_calls.sortable,
        paths=provider_paths(mapping, field.name),
        sensitivity=field.sensitivity,
    )


def _operators(mapping: Mapping, name: str) -> tuple[str, ...]:
    native = mapping.list_calls.native_filters
    condition = one_name(name, mapping.model)
    parts = [one.split(".") for one in native]
    operators = [part[2] if len(part) > 2 else "eq" for part in parts if part[:2] == ["filter", condition]]  # noqa: PLR2004
    times = [one for one in TIMES if one in native and time_field(one) == name]
    return tuple(sorted(operators + times))


def as_objects(covered: Coverage) -> dict[str, dict[str, Any]]:
    """Return the coverage of each field as plain JSON, by field."""
    return {one.field: msgspec.to_builtins(one) for one in covered.fields}
