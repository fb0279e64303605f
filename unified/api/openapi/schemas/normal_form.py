"""The form that every schema of the document has, whatever made it, so that all generators read it alike.

msgspec and Litestar describe the same type in different ways, and generators differ in what they understand. This form is
what all of them do: no titles, which become names of types and clash; no defaults, which clients would send; null as one of
the types of a value (`type: [string, null]`, with `format` next to it), and next to a reference in `anyOf`; enumerations that
say that they are text; open objects that say that they are open.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]
NULL: Schema = {"type": "null"}
_DROPPED = frozenset({"title", "default"})


def normal_form(schema: Mapping[str, Any]) -> Schema:
    """Return a schema, and all within it, in the form of the document."""
    found = {key: value for key, value in schema.items() if key not in _DROPPED}
    if "properties" in found:
        found["properties"] = normal_forms(found["properties"])
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = normal_form(found[key]) or True
    if not found.get("required", True):
        del found["required"]
    return _open(_with_one_value(_with_choices(found)))


def normal_forms(schemas: Mapping[str, Any]) -> dict[str, Schema]:
    """Return schemas by name, each in the form of the document."""
    return {name: normal_form(one) for name, one in schemas.items()}


def or_null(schema: Schema) -> Schema:
    """Return a schema that also takes null."""
    return _with_choices({"anyOf": [schema, NULL]})


def described(properties: Mapping[str, Schema], *, required: Iterable[str], description: str = "") -> Schema:
    """Return the schema of an object of a response: other keys may be added to it later."""
    found: Schema = {"type": "object", "required": list(required), "properties": dict(properties)}
    return {"description": description, **found} if description else found


def _with_choices(schema: Schema) -> Schema:
    choices = schema.pop("oneOf", None) or schema.pop("anyOf", None)
    if choices is None:
        return schema
    forms = [inner for one in choices for inner in _choices_of(normal_form(one))]
    rest = [one for one in forms if one != NULL]
    if len(rest) == 1 and len(rest) == len(forms):
        return {**rest[0], **schema}
    if len(rest) == 1 and isinstance(rest[0].get("type"), str) and not {"enum", "const", "properties"} & set(rest[0]):
        return {**rest[0], **schema, "type": [rest[0]["type"], "null"]}
    return {**schema, "anyOf": [*rest, *([NULL] if len(rest) < len(forms) else [])]}


def _choices_of(schema: Schema) -> list[Schema]:
    """Return the choices of a schema that is nothing but a choice; otherwise itself."""
    return schema["anyOf"] if set(schema) == {"anyOf"} else [schema]


def _with_one_value(schema: Schema) -> Schema:
    values = schema.get("enum")
    if values is None:
        return schema
    if len(values) > 1:
        return {"type": "string", **schema}
    return {"type": "string", **{key: one for key, one in schema.items() if key != "enum"}, "const": values[0]}


def _open(schema: Schema) -> Schema:
    kinds = schema.get("type", ())
    is_object = "object" in ((kinds,) if isinstance(kinds, str) else kinds)
    if not is_object or {"properties", "additionalProperties"} & set(schema):
        return schema
    return {**schema, "additionalProperties": True}
