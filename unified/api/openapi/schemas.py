"""JSON Schemas of all models: what is read, what create and update take, with real constraints and examples."""

from typing import Any

import msgspec

from unified.api.openapi.examples import example_body, example_record
from unified.models import MODELS, FieldDefinition, Model

REF = "#/components/schemas/"
Schema = dict[str, Any]


def component(model: Model) -> str:
    """Return the name of a model's schema, such as `CrmContact`."""
    return model.category.capitalize() + model.struct.__name__


def model_schemas() -> dict[str, Schema]:
    """Every schema of the unified models."""
    found: dict[str, Schema] = {}
    for category in dict.fromkeys(one.category for one in MODELS.values()):
        found |= _category_schemas(category)
    for model in MODELS.values():
        found |= _bodies(model, found[component(model)])
    return found


def _category_schemas(category: str) -> dict[str, Schema]:
    """Schemas of one category; names get the category before them, since Account and User occur in several."""
    prefix = category.capitalize()
    models = [one for one in MODELS.values() if one.category == category]
    kinds = [*(one.struct for one in models), FieldDefinition]
    _, components = msgspec.json.schema_components(kinds, ref_template=f"{REF}{prefix}{{name}}")
    found = {f"{prefix}{name}": schema for name, schema in components.items()}
    for model in models:
        schema = found[component(model)]
        schema["required"] = list(schema["properties"])
        schema["examples"] = [example_record(model)]
    return found


def _bodies(model: Model, schema: Schema) -> dict[str, Schema]:
    found = {}
    for method in ("create", "update"):
        if method in model.operations:
            found[f"{component(model)}{method.capitalize()}"] = _body(model, schema, method)
    return found


def _body(model: Model, schema: Schema, method: str) -> Schema:
    takes = {"create": {"rw", "c"}, "update": {"rw"}}[method]
    names = [one.name for one in model.fields if one.access in takes and one.name != "mapped_fields"]
    needed = [one.name for one in model.fields if one.required and one.name in names and one.kind != "map" and not one.is_list]
    body: Schema = {
        "type": "object",
        "description": f"{model.singular.replace('_', ' ').capitalize()}: what a {method} takes. "
        + ("Only the keys given are changed; null clears." if method == "update" else "Keys that are left out are not set."),
        "properties": {name: schema["properties"][name] for name in names} | {"remote_fields": _REMOTE_FIELDS},
        "additionalProperties": False,
        "examples": [example_body(model, method)],
    }
    return body | ({"required": needed} if needed and method == "create" else {})


_REMOTE_FIELDS: Schema = {"type": "object", "description": "Laid over the provider's payload, in the provider's own names."}


def list_schema(model: Model) -> Schema:
    """One page of a model."""
    return {
        "type": "object",
        "required": ["data", "next_cursor", "meta"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": REF + component(model)}},
            "next_cursor": {"type": ["string", "null"], "description": "Opaque; send it back as `cursor` with the same query."},
            "meta": {"$ref": f"{REF}ListMeta"},
        },
    }


LIST_META: Schema = {
    "type": "object",
    "required": ["provider", "model", "warnings"],
    "properties": {
        "provider": {"type": "string", "examples": ["hubspot"]},
        "model": {"type": "string", "examples": ["crm.contacts"]},
        "warnings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "fields": {"type": "array", "items": {"type": "string"}, "description": "The fields that it is about."},
                    "records": {"type": "array", "items": {"type": "string"}, "description": "Ids of the records with these."},
                },
            },
        },
    },
}
