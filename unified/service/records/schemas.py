"""What a connection can do with a model, and the provider's own fields behind it."""

from typing import Any

import msgspec

from unified.errors.providers import MappingFailed, NotSupported, ProviderMalformed
from unified.jsonata import UNDEFINED
from unified.models import UPSERT, FieldDefinition, Model, method_class
from unified.service.access.scopes import allows
from unified.service.records.all_pages import read_all_pages
from unified.service.records.boundary.parameters import is_closed, refused_parameters, sizes_of
from unified.service.records.call import Call
from unified.service.records.expand import expandable
from unified.service.records.mapping_lookup import usable_keys
from unified.service.records.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.schema_views import Schema, SchemaField, SchemaFilter, SchemaMethod
from unified.transform.coverage import FieldCoverage, coverage, provider_paths
from unified.transform.filter_names import one_name
from unified.transform.list_options import NO_LIST, ListOptions, list_options
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation, scalar_text
from unified.transform.query import TIMES
from unified.transform.record_mapper import RecordMapper
from unified.transform.tools import required_filters


def describe_schema(call: Call) -> Schema:
    """Return the model as this caller has it at this account: methods, filters, sorting, expanding, fields and JSON Schema.

    Only what is not refused is in it: hidden fields are listed separately, and what a boundary closes of the list is left out.
    """
    mapping, sizes = call.mapping, sizes_of(call.visibility.boundary)
    methods = [one for one in mapping.methods if _may_call(call, one) and not is_closed(mapping, one, sizes)]
    closed = refused_parameters(mapping, sizes)
    takes = list_options(mapping, call.visibility.hidden, closed) if "list" in methods else NO_LIST
    covered = coverage(mapping)
    required, needed = mapping.required("create"), required_filters(mapping)
    fields = (
        SchemaField(
            **_open_parts(mapping.model, one, takes, closed),
            hidden=False,
            required=one.field in required,
            words=_words(mapping, one.field),
        )
        for one in covered.fields
        if one.field not in call.visibility.hidden
    )
    return Schema(
        provider=mapping.provider.name,
        model=mapping.model.id,
        methods=tuple(SchemaMethod(name=name, method_class=method_class(name)) for name in methods),
        tags=tuple(mapping.tags),
        upsert_by=tuple(usable_keys(mapping, call.visibility.hidden)) if UPSERT in methods else (),
        filters=tuple(SchemaFilter(**msgspec.structs.asdict(one), required=one.name in needed) for one in takes.filters),
        parameters=tuple(takes.parameters),
        sort=tuple(takes.sort),
        sort_beside_filter=tuple(takes.sort_beside_filter),
        expand=tuple(expandable(call)),
        fields=tuple(fields),
        hidden_fields=tuple(one.name for one in mapping.model.fields if one.name in call.visibility.hidden),
        json_schema=_json_schema(call),
    )


def _words(mapping: Mapping, name: str) -> tuple[str, ...]:
    """Return the words of an enum that can be written; none for any other field, and for one that cannot be written."""
    enum = next(one.enum for one in mapping.model.fields if one.name == name)
    methods = [one for one in ("create", "update") if name in mapping.writable(one)]
    words = {word for one in methods for word in mapping.writable_words(one).get(name, enum)}
    return tuple(word for word in enum if word in words)


def _may_call(call: Call, method: str) -> bool:
    return allows(call.principal.scopes, call.mapping.model, method, call.mapping.tags)


def _open_parts(model: Model, covered: FieldCoverage, takes: ListOptions, closed: frozenset[str]) -> dict[str, Any]:
    """Return the coverage of a field, without conditions and orders that this caller does not have."""
    takes_any = bool(takes.filters or takes.parameters)
    filtered = (one for one in covered.filtered if takes_any and _parameter(model, covered.field, one) not in closed)
    is_sorted = covered.field in {word.removeprefix("-") for word in takes.sort}
    return msgspec.structs.asdict(covered) | {"filtered": tuple(filtered), "sorted": is_sorted}


def _parameter(model: Model, field: str, operator: str) -> str:
    return operator if operator in TIMES else f"filter.{one_name(field, model)}" + ("" if operator == "eq" else f".{operator}")


def _json_schema(call: Call) -> dict[str, Any]:
    """Return the model's JSON Schema without hidden fields."""
    schema = msgspec.json.schema(call.mapping.model.struct)
    name = schema["$ref"].rpartition("/")[2]
    whole = schema["$defs"][name]
    shown = {key: one for key, one in whole["properties"].items() if key not in call.visibility.hidden}
    needed = [key for key in whole.get("required", []) if key not in call.visibility.hidden]
    return {**schema, "$defs": {**schema["$defs"], name: {**whole, "properties": shown, "required": needed}}}


async def list_field_definitions(call: Call, path: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the provider's own fields of a model, each with its common field; `path` are the model's path parameters.

    Raises:
        NotSupported: the provider does not list its fields.
        MappingFailed: an answer does not fit.
    """
    operation = call.mapping.definitions
    if operation is None or operation.record is None:
        raise NotSupported(f"{call.mapping.provider.title} does not list its fields of {call.mapping.model.id}")
    values = path or {}
    call.mapping.check_path(values)
    rules = call.mapping.reads_rules
    shape = RecordMapper(model=call.mapping.model, where=operation.where, expression=operation.record, rules=rules)
    objects, bindings = await _field_objects(call, operation, values, shape.variables())
    common = _common_fields(call)
    definitions = [_definition(shape, item, bindings, common) for item in objects]
    return [one for one in definitions if one["common_field"] not in call.visibility.hidden]


async def _field_objects(
    call: Call, operation: Operation, values: dict[str, Any], needed: frozenset[str]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the provider's objects of all pages, and the bindings with what the record expression needs."""
    wanted = prefetch(call, operation, values)
    request, bindings = await build_with_results(
        wanted, call.bindings(values), lambda known: operation.request(values, known, values)
    )
    bindings = await with_results(wanted, needed | names_read(operation), bindings)
    objects, is_complete = await read_all_pages(operation, request, bindings, lambda one: call.send(one, operation, safe=True))
    if not is_complete:
        raise ProviderMalformed(f"{operation.where}: more than {len(objects)} fields; expected a bounded number")
    return objects, bindings


def _definition(shape: RecordMapper, item: Any, bindings: dict[str, Any], common: dict[str, str]) -> dict[str, Any]:
    values = shape.expression.evaluate(item, bindings)
    if values is UNDEFINED or not isinstance(values, dict):
        raise MappingFailed(f"{shape.where}: `record` of `fields` must give one object")
    try:
        definition = msgspec.convert(_as_texts({name: one for name, one in values.items() if one is not None}), FieldDefinition)
    except msgspec.ValidationError as problem:
        place = str(problem).rpartition(" - at ")[2]
        raise MappingFailed(f"{shape.where}: a field definition does not fit at {place}") from None
    return msgspec.to_builtins(msgspec.structs.replace(definition, common_field=common.get(definition.key)))  # type: ignore[no-any-return]


def _as_texts(value: Any) -> Any:
    """Return the value with numbers as text: keys and options of some providers are numbers, and no part is one here."""
    if isinstance(value, dict):
        return {name: _as_texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_texts(one) for one in value]
    return scalar_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _common_fields(call: Call) -> dict[str, str]:
    """Return the common field by provider key, which is the path below `reads.under`, or one of its steps."""
    common: dict[str, str] = {}
    under = tuple((call.mapping.reads_rules.under or "").split("."))
    for field in call.mapping.model.fields:
        for path in provider_paths(call.mapping, field.name):
            steps = [step for step in path.split(".") if step not in under]
            for key in (".".join(steps), *steps[:1], *steps[-1:]):
                common.setdefault(key, field.name)
    return common
