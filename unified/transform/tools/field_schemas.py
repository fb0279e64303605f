"""Fields as small JSON Schemas (2020-12), without references, patterns or anything that needs the network."""

from typing import Any

from unified.models import Field
from unified.transform.tools.descriptions import truncate

Schema = dict[str, Any]
_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "object": "object", "map": "object"}
"""Kind to JSON type; every other kind is text."""
_FORMATS = {"date": "date", "datetime": "date-time"}


def condition_value(field: Field) -> Schema:
    """Return the schema of a value that a condition compares the field with."""
    if field.enum:
        return {"type": "string", "enum": list(field.enum)}
    if field.nested or field.kind in {"any", "map"}:
        return {"type": "string"}
    return _typed(field)


def write_schema(field: Field, *, nullable: bool, max_items: int | None = None) -> Schema:
    """Return the schema of a value to write; `nullable` adds null, which clears the field."""
    schema = _value(field, with_enum=True)
    if field.is_list:
        schema = {"type": "array", "items": schema} | ({} if max_items is None else {"maxItems": max_items})
    return _or_null(schema) if nullable and not field.required else schema


def read_schema(field: Field) -> Schema:
    """Return the schema of a value in a record: null is allowed, since providers lack fields and a record may be cut."""
    schema = _value(field, with_enum=False)
    return _or_null({"type": "array", "items": schema} if field.is_list else schema)


def with_description(schema: Schema, text: str) -> Schema:
    """Return the schema with a description, cut to `MAX_FIELD_TEXT`."""
    return {**schema, "description": truncate(text)} if text else schema


def _value(field: Field, *, with_enum: bool) -> Schema:
    if field.kind == "any":
        return {}
    if field.nested:
        return _object(field, with_enum=with_enum)
    if field.enum and with_enum:
        return {"type": "string", "enum": list(field.enum)}
    return _typed(field) if with_enum else {"type": _TYPES.get(field.kind, "string")}


def _object(field: Field, *, with_enum: bool) -> Schema:
    if with_enum:
        inner = {one.name: write_schema(one, nullable=False) for one in field.nested}
        return {"type": "object", "properties": inner, "additionalProperties": False}
    return {"type": "object", "properties": {one.name: read_schema(one) for one in field.nested}}


def _typed(field: Field) -> Schema:
    form = _FORMATS.get(field.kind)
    return {"type": _TYPES.get(field.kind, "string")} | ({"format": form} if form else {})


def _or_null(schema: Schema) -> Schema:
    if "type" not in schema:
        return schema
    with_null = {**schema, "type": [schema["type"], "null"]}
    return {**with_null, "enum": [*schema["enum"], None]} if "enum" in schema else with_null
