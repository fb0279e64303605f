"""JSON Schemas of the models that are offered: what is read, what create and update take, and one page of each."""

from collections.abc import Mapping
from typing import Any

import msgspec

from unified.api.openapi.schemas.enums import REF, reference, with_named_enumerations
from unified.api.openapi.schemas.examples import example_body, example_record
from unified.api.openapi.schemas.normal_form import Schema, described, normal_form, or_null
from unified.api.openapi.schemas.offers import Offer
from unified.models import BODIES, MODELS, UPSERT, FieldDefinition, Model
from unified.models.relations import Relation, relations

_CURSOR: Schema = {
    "type": ["string", "null"],
    "description": "Opaque; send it back as `cursor` with the same query. Null on the last page.",
}
_OPEN: Schema = {"type": "object", "additionalProperties": True}
_REMOTE_FIELDS: Schema = {**_OPEN, "description": "Laid over the provider's payload, in the provider's own names."}


def component(model: Model) -> str:
    """Return the name of a model's schema, such as `CrmContact`."""
    return model.category.capitalize() + model.struct.__name__


def related(model: Model) -> str:
    """Return the name of a model's schema where `expand` shows its records.

    It is that of the record without what could be expanded of it in turn, as only one step is: pages that show the document
    would follow the relations from model to model without end.
    """
    return f"{component(model)}Related"


def model_schemas(offers: Mapping[str, Offer]) -> dict[str, Schema]:
    """Return every schema of the offered models: records with their parts, bodies and pages."""
    found = _fields_of_providers()
    for category in dict.fromkeys(one.model.category for one in offers.values()):
        found |= with_named_enumerations(_records(category))
    found = {name: _with_related(one) for name, one in found.items()}
    found |= {related(one): found[component(one)] for one in MODELS.values() if component(one) in found}
    for offer in offers.values():
        name = component(offer.model)
        found |= _bodies(offer, found[name])
        found[name] = _with_relations(offer, found[name])
        found[f"{name}Page"] = page(reference(name), meta=reference("ListMeta"))
    return found


def page(item: Schema, **more: Schema) -> Schema:
    """Return the schema of one page of a list."""
    properties: dict[str, Schema] = {
        "data": {"type": "array", "items": item, "description": "The entries of this page."},
        "next_cursor": _CURSOR,
        **more,
    }
    return described(properties, required=properties)


def _fields_of_providers() -> dict[str, Schema]:
    _, found = msgspec.json.schema_components([FieldDefinition], ref_template=f"{REF}{{name}}")
    schemas = with_named_enumerations({name: normal_form(one) for name, one in found.items()})
    return {**schemas, "FieldDefinitionPage": page(reference("FieldDefinition"))}


def _records(category: str) -> dict[str, Schema]:
    """Return the schemas of one category; names get the category before them, since Account and User occur in several."""
    prefix = category.capitalize()
    models = [one for one in MODELS.values() if one.category == category]
    _, found = msgspec.json.schema_components([one.struct for one in models], ref_template=f"{REF}{prefix}{{name}}")
    schemas = {f"{prefix}{name}": normal_form(schema) for name, schema in found.items()}
    for model in models:
        schemas[component(model)] |= {"required": ["id"], "examples": [example_record(model)]}
    return schemas


_RELATED = {reference(component(one))["$ref"]: reference(related(one)) for one in MODELS.values()}


def _with_related(part: Any) -> Any:
    """Return a schema in which records within records are those of relations."""
    if isinstance(part, list):
        return [_with_related(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {**part, **_RELATED.get(part["$ref"], {})}
    return {key: one if key == "examples" else _with_related(one) for key, one in part.items()}


def _with_relations(offer: Offer, record: Schema) -> Schema:
    """Return a record's schema with the records that `expand` adds."""
    known = relations(offer.model)
    more = {name: _related(known[name], providers) for name, providers in offer.takes.expand.items()}
    return {**record, "properties": {**more, **record["properties"]}}


def _related(relation: Relation, providers: tuple[str, ...]) -> Schema:
    record = reference(related(MODELS[relation.model]))
    text = f"Only with `expand={relation.name}`; of {', '.join(providers)}."
    schema: Schema = {"type": "array", "items": record} if relation.is_list else or_null(record)
    return {**schema, "description": text, "readOnly": True}


def _bodies(offer: Offer, record: Schema) -> dict[str, Schema]:
    methods = [one for one in BODIES if one in offer.methods]
    return {f"{component(offer.model)}{method.capitalize()}": _body(offer, record, method) for method in methods}


def _body(offer: Offer, record: Schema, method: str) -> Schema:
    model = offer.model
    takes = {"rw", "c"} if method == "create" else {"rw"}
    fields = [one for one in model.fields if one.access in takes and one.name != "mapped_fields"]
    needed = [one.name for one in fields if one.required and one.kind != "map" and not one.is_list]
    properties: dict[str, Any] = {one.name: record["properties"][one.name] for one in fields}
    properties |= {one.name: or_null(properties[one.name]) for one in fields if one.is_list}
    name = model.singular.replace("_", " ").capitalize()
    body: Schema = {
        "type": "object",
        "description": f"{name}: what {method} takes. {_LEFT_OUT[method]}",
        "properties": properties | ({} if method == UPSERT else {"remote_fields": _REMOTE_FIELDS}),
        "additionalProperties": False,
        "examples": [example_body(offer.examples[method])],
    }
    return body | ({"required": needed} if needed and method != "update" else {})


_LEFT_OUT = {
    "create": "Keys that are left out are not set.",
    "update": "Only the keys given are changed; null clears.",
    UPSERT: "Exactly one value of the external key; of an existing record, only the keys given are changed.",
}
