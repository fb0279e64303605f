"""What a connection can do with a model, and the provider's own fields behind it."""

from typing import Any

import msgspec

from unified.errors import MappingFailed, NotSupported
from unified.jsonata import UNDEFINED
from unified.models import FieldDefinition, method_class
from unified.service.befores import with_befores
from unified.service.calls import Call
from unified.transform.coverage import coverage, provider_paths
from unified.transform.shape import Shape


def describe_schema(call: Call) -> dict[str, Any]:
    """The model as this account's connection has it: per field what can be done with it, and the JSON Schema."""
    mapping = call.mapping
    required = {method: mapping.required(method) for method in ("create", "update")}
    known = {one.field: one for one in coverage(mapping).fields}
    fields = [
        {**msgspec.to_builtins(known[one.name]), "hidden": one.name in call.hidden, "required": one.name in required["create"]}
        for one in mapping.model.fields
    ]
    return {
        "provider": mapping.provider.name,
        "model": mapping.model.id,
        "methods": [{"name": name, "class": method_class(name)} for name in mapping.methods],
        "tags": list(mapping.tags),
        "filters": list(coverage(mapping).filters),
        "fields": fields,
        "json_schema": msgspec.json.schema(mapping.model.struct),
    }


async def list_field_definitions(call: Call, path: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The provider's own fields of a model, each with its common field; NotSupported when the provider does not tell."""
    operation = call.mapping.definitions
    if operation is None or operation.record is None:
        raise NotSupported(f"{call.mapping.provider.title} does not list its fields of {call.mapping.model.id}")
    values = path or {}
    call.mapping.check_path(values)
    bindings = await with_befores(call, operation, frozenset(), values, call.bindings(values))
    answer = await call.send(operation.request(values, bindings, values), operation, safe=True)
    common = _common_fields(call)
    shape = Shape(model=call.mapping.model, where=operation.where, expression=operation.record)
    found = [_definition(shape, item, bindings, common) for item in operation.objects(answer, bindings)]
    return [one for one in found if one["common_field"] not in call.hidden]


def _definition(shape: Shape, item: Any, bindings: dict[str, Any], common: dict[str, str]) -> dict[str, Any]:
    found = shape.expression.evaluate(item, bindings)
    if found is UNDEFINED or not isinstance(found, dict):
        raise MappingFailed(f"{shape.where}: `record` of `fields` must give one object")
    try:
        definition = msgspec.convert({name: value for name, value in found.items() if value is not None}, FieldDefinition)
    except msgspec.ValidationError as problem:
        place = str(problem).rpartition(" - at ")[2]
        raise MappingFailed(f"{shape.where}: a field definition does not fit at {place}") from None
    return msgspec.to_builtins(msgspec.structs.replace(definition, common_field=common.get(definition.key)))  # type: ignore[no-any-return]


def _common_fields(call: Call) -> dict[str, str]:
    """Provider key → common field: the key is the path below `reads.under`, or one of its steps."""
    found: dict[str, str] = {}
    under = tuple((call.mapping.reads_rules.under or "").split("."))
    for field in call.mapping.model.fields:
        for path in provider_paths(call.mapping, field.name):
            steps = [step for step in path.split(".") if step not in under]
            for key in (".".join(steps), *steps[:1], *steps[-1:]):
                found.setdefault(key, field.name)
    return found
