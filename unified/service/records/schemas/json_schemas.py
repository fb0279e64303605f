"""The JSON Schema of a model's records as one caller sees them."""

from typing import Any

import msgspec

from unified.models import Model
from unified.models.field import Field
from unified.models.hidden import Hidden

Schema = dict[str, Any]


def json_schema(model: Model, hidden: Hidden) -> Schema:
    """Return the JSON Schema (2020-12) of a model without the hidden fields of its records and of the records in them."""
    schema = msgspec.json.schema(model.struct)
    definitions = dict(schema["$defs"])
    _prune(definitions, schema["$ref"].rpartition("/")[2], model.fields, hidden)
    used = _used(schema["$ref"], definitions, set())
    return {**schema, "$defs": {name: one for name, one in definitions.items() if name in used}}


def _prune(definitions: Schema, name: str, fields: tuple[Field, ...], hidden: Hidden) -> None:
    """Take hidden fields out of a definition, and of those that its fields refer to."""
    whole, inside = definitions[name], dict(hidden.inside)
    shown = {key: one for key, one in whole["properties"].items() if key not in hidden.fields}
    needed = [key for key in whole.get("required", []) if key not in hidden.fields]
    definitions[name] = {**whole, "properties": shown, "required": needed}
    for field in fields:
        if field.name in inside and field.struct is not None:
            _prune(definitions, field.struct.__name__, field.nested, inside[field.name])


def _used(value: Any, definitions: Schema, seen: set[str]) -> set[str]:
    """Return the names of the definitions that a value refers to, directly or not."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _used(one, definitions, seen)
    elif isinstance(value, str) and value.startswith("#/$defs/"):
        name = value.rpartition("/")[2]
        if name not in seen:
            seen.add(name)
            _used(definitions[name], definitions, seen)
    return seen
