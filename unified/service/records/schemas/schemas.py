"""Describes the operations of a connection on a model, as one caller has it."""

from typing import Any

import msgspec

from unified.models import UPSERT, Model, method_class
from unified.models.hidden import Hidden
from unified.service.access.scope.scopes import allows
from unified.service.records.calls.call import Call
from unified.service.records.expand import expandable
from unified.service.records.schemas.json_schemas import json_schema
from unified.service.records.schemas.schema_views import Schema, SchemaField, SchemaFilter, SchemaMethod
from unified.service.records.visibility.boundary.parameters import extent_of, is_closed, refused_parameters
from unified.service.records.visibility.hiding import hidden_of
from unified.service.records.visibility.mapping_lookup import usable_keys
from unified.transform.coverage import FieldCoverage, coverage, shown_paths
from unified.transform.list_options import NO_LIST, ListOptions, list_options
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import one_name
from unified.transform.queries.query import TIMES
from unified.transform.tools import required_filters


def describe_schema(call: Call) -> Schema:
    """Return the model as this caller has it at this account: methods, filters, sorting, expanding, fields and JSON Schema.

    Only what is not refused is in it: hidden fields are listed separately, and what a boundary closes of the list is left out.
    """
    mapping, extent = call.mapping, extent_of(call.visibility.boundary)
    hidden = hidden_of(call.visibility.catalog, mapping, call.visibility.scopes)
    may_call = (one for one in mapping.methods if _may_call(call, one) and not is_closed(mapping, one, extent))
    methods = () if hidden.in_ids else tuple(may_call)
    closed = refused_parameters(mapping, extent)
    takes = list_options(mapping, hidden.unasked, closed) if "list" in methods else NO_LIST
    covered = coverage(mapping)
    required, needed = mapping.write_calls.required("create"), required_filters(mapping)
    fields = (
        SchemaField(
            **_open_parts(call, one, takes, closed, dict(hidden.inside)),
            hidden=False,
            required=one.field in required,
            words=_words(mapping, one.field),
        )
        for one in covered.fields
        if one.field not in hidden.fields
    )
    return Schema(
        provider=mapping.provider.name,
        model=mapping.model.id,
        methods=tuple(SchemaMethod(name=name, method_class=method_class(name)) for name in methods),
        tags=tuple(mapping.tags),
        upsert_by=tuple(usable_keys(mapping, hidden.unasked)) if UPSERT in methods else (),
        filters=tuple(SchemaFilter(**msgspec.structs.asdict(one), required=one.name in needed) for one in takes.filters),
        parameters=tuple(takes.parameters),
        sort=tuple(takes.sort),
        sort_beside_filter=tuple(takes.sort_beside_filter),
        expand=tuple(expandable(call)) if methods else (),
        fields=tuple(fields),
        hidden_fields=tuple(one.name for one in mapping.model.fields if one.name in hidden.fields),
        json_schema=json_schema(mapping.model, hidden),
    )


def _words(mapping: Mapping, name: str) -> tuple[str, ...]:
    """Return the words of an enum that can be written; none for any other field, and for one that cannot be written."""
    enum = next(one.enum for one in mapping.model.fields if one.name == name)
    methods = [one for one in ("create", "update") if name in mapping.write_calls.writable(one)]
    words = {word for one in methods for word in mapping.write_calls.writable_words(one).get(name, enum)}
    return tuple(word for word in enum if word in words)


def _may_call(call: Call, method: str) -> bool:
    return allows(call.principal.scopes, call.mapping.model, method, call.mapping.tags)


def _open_parts(
    call: Call, covered: FieldCoverage, takes: ListOptions, closed: frozenset[str], inside: dict[str, Hidden]
) -> dict[str, Any]:
    """Return the coverage of a field, without what this caller does not have of it."""
    name, takes_any = covered.field, bool(takes.filters or takes.parameters)
    filtered = (one for one in covered.filtered if takes_any and _parameter(call.mapping.model, name, one) not in closed)
    shown: dict[str, Any] = {
        "filtered": () if name in inside else tuple(filtered),
        "sorted": name in {word.removeprefix("-") for word in takes.sort},
    }
    if name in inside:
        shown["paths"] = shown_paths(call.mapping, name, inside[name])
    if name in call.visibility.boundary.naming(call.mapping.model).own:
        shown |= {"read": False, "paths": ()}
    return msgspec.structs.asdict(covered) | shown


def _parameter(model: Model, field: str, operator: str) -> str:
    return operator if operator in TIMES else f"filter.{one_name(field, model)}" + ("" if operator == "eq" else f".{operator}")
