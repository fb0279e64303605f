"""The provider's own fields of a model, each with its common fields, as one caller sees them."""

from typing import Any

import msgspec

from unified.errors.providers import MappingFailed, NotSupported, ProviderMalformed
from unified.models import FieldDefinition
from unified.service.records.calls.all_pages import read_all_pages
from unified.service.records.calls.call import Call
from unified.service.records.calls.prefetch import build_with_results, names_read, prefetch, with_results
from unified.service.records.schemas.field_options import CommonFields, narrow_options
from unified.transform.calls.operation import Operation, scalar_text
from unified.transform.coverage import provider_paths
from unified.transform.records.record_mapper import RecordMapper
from unified_jsonata import UNDEFINED


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
    hidden = call.visibility.hidden
    shown = [one for one in definitions if not hidden.intersection(common.get(one.key, ()))]
    return msgspec.to_builtins(await narrow_options(call.visibility, shown, common))  # type: ignore[no-any-return]


async def _field_objects(
    call: Call, operation: Operation, values: dict[str, Any], needed: frozenset[str]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the provider's objects of all pages, and the bindings with what the record expression needs."""
    wanted = prefetch(call, operation, values)
    request, bindings = await build_with_results(
        wanted, call.bindings(values), lambda known: operation.request(values, known, values)
    )
    bindings = await with_results(wanted, needed | names_read(operation), bindings)
    objects, is_complete = await read_all_pages(
        call, operation, request, bindings, lambda one: call.send(one, operation, safe=True)
    )
    if not is_complete:
        raise ProviderMalformed(f"{operation.where}: more than {len(objects)} fields; expected a bounded number")
    return objects, bindings


def _definition(shape: RecordMapper, item: Any, bindings: dict[str, Any], common: CommonFields) -> FieldDefinition:
    values = shape.expression.evaluate(item, bindings)
    if values is UNDEFINED or not isinstance(values, dict):
        raise MappingFailed(f"{shape.where}: `record` of `fields` must give one object")
    try:
        definition = msgspec.convert(_as_texts({name: one for name, one in values.items() if one is not None}), FieldDefinition)
    except msgspec.ValidationError as problem:
        place = str(problem).rpartition(" - at ")[2]
        raise MappingFailed(f"{shape.where}: a field definition does not fit at {place}") from None
    return msgspec.structs.replace(definition, common_field=next(iter(common.get(definition.key, ())), None))


def _as_texts(value: Any) -> Any:
    """Return the value with numbers as text: keys and options of some providers are numbers, and no part is one here."""
    if isinstance(value, dict):
        return {name: _as_texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_texts(one) for one in value]
    return scalar_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _common_fields(call: Call) -> CommonFields:
    """Return the common fields by provider key, which is the path below `reads.under`, or one of its steps.

    The first is the one to name; the others are made of the same key.
    """
    whole: dict[str, dict[str, None]] = {}
    steps: dict[str, dict[str, None]] = {}
    first: dict[str, str] = {}
    under = tuple((call.mapping.reads_rules.under or "").split("."))
    for field in call.mapping.model.fields:
        for path in provider_paths(call.mapping, field.name):
            parts = [step for step in path.split(".") if step not in under]
            whole.setdefault(".".join(parts), {})[field.name] = None
            for key in (*parts[:1], *parts[-1:]):
                steps.setdefault(key, {})[field.name] = None
            for key in (".".join(parts), *parts[:1], *parts[-1:]):
                first.setdefault(key, field.name)
    return {key: tuple(dict.fromkeys((name, *(whole.get(key) or steps[key])))) for key, name in first.items()}
