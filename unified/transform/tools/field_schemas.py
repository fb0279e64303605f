"""A field as a small JSON Schema (2020-12): no references, no patterns, nothing that needs the network."""

from typing import Any

from unified.models import Field
from unified.transform.tools.descriptions import bounded

Schema = dict[str, Any]
_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "object": "object", "map": "object"}
"""JSON types of kinds; every other kind is text."""
_FORMATS = {"date": "date", "datetime": "date-time"}


def scalar(field: Field) -> Schema:
    """What one condition on the field is compared with."""
    if field.enum:
        return {"type": "string", "enum": list(field.enum)}
    if field.nested or field.kind in {"any", "map"}:
        return {"type": "string"}
    return _typed(field)


def written(field: Field, *, nullable: bool, at_most: int | None = None) -> Schema:
    """What a create or update takes; `null` is among it where it clears the field."""
    made = _value(field, with_enum=True)
    if field.is_list:
        made = {"type": "array", "items": made} | ({} if at_most is None else {"maxItems": at_most})
    return _or_null(made) if nullable and not field.required else made


def read(field: Field) -> Schema:
    """What a record holds: null as well, since no provider has everything and a record may be cut."""
    made = _value(field, with_enum=False)
    return _or_null({"type": "array", "items": made} if field.is_list else made)


def described(made: Schema, text: str) -> Schema:
    """The schema with the description of its field, cut to a bound."""
    return {**made, "description": bounded(text)} if text else made


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
        inner = {one.name: written(one, nullable=False) for one in field.nested}
        return {"type": "object", "properties": inner, "additionalProperties": False}
    return {"type": "object", "properties": {one.name: read(one) for one in field.nested}}


def _typed(field: Field) -> Schema:
    form = _FORMATS.get(field.kind)
    return {"type": _TYPES.get(field.kind, "string")} | ({"format": form} if form else {})


def _or_null(made: Schema) -> Schema:
    if "type" not in made:
        return made
    with_null = {**made, "type": [made["type"], "null"]}
    return {**with_null, "enum": [*made["enum"], None]} if "enum" in made else with_null
