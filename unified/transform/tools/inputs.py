"""Input schemas of tools: the arguments of one method of one mapping, as a closed JSON Schema object."""

import msgspec

from unified.models import MAKING, UPSERT, Field, Model
from unified.models.hidden import Hidden, Inside
from unified.transform.calls.methods import METHODS
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filter_options import FilterOption, time_field
from unified.transform.queries.query import MAX_LIMIT, OPERATORS, TIMES
from unified.transform.record_metadata import shows_version
from unified.transform.records.record_version import MAX_VERSION
from unified.transform.tools.field_schemas import Schema, condition_value, with_description, write_schema
from unified.transform.tools.requirements import body_fields, required_fields, required_filters, visible_fields

MAX_ID = 256
ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
VERSION: Schema = {"type": "string", "minLength": 1, "maxLength": 3 * MAX_VERSION}
CUSTOM_PREFIX = "custom_fields."
MAX_CHOICES = 50
"""Values of an `in` condition."""
FIELDS_WITH_OWN_ARGUMENT = frozenset({"remote_id", "created_at", "updated_at", "is_deleted"})
"""Base fields with a separate argument, such as `updated_after` and `include_deleted`."""
LONG_TEXT_FIELDS = frozenset({"description", "description_html", "content", "body", "body_html", "details", "employee_note"})
"""Long texts, which no one filters by their full value; these and URLs are offered only where the provider filters by them."""


def input_schema(
    mapping: Mapping,
    method: str,
    hidden: frozenset[str],
    refused_parameters: frozenset[str] = frozenset(),
    inside: Inside = (),
) -> Schema:
    """Return the schema of a method's arguments, without hidden fields and refused parameters."""
    hides = Hidden(fields=hidden, inside=inside)
    path = {
        name: with_description(ID, f"Name of the {name} that the records belong to.") for name in mapping.model.path_parameters
    }
    if method == "list":
        return _closed(
            {**path, **_list(mapping, hides, refused_parameters)}, [*path, *(["filter"] if required_filters(mapping) else [])]
        )
    known = {} if method in MAKING else {"id": with_description(ID, f"Id of the {mapping.model.singular.replace('_', ' ')}.")}
    more = {"fields": _fields(mapping, hidden)} if method == "get" else {}
    if method not in {"get", "delete"}:
        more = _body(mapping, method, hides.unasked)
    if method == UPSERT:
        known = {"by": _key(mapping, hides.unasked)}
    needed = [name for name in required_fields(mapping, method) if name in more]
    if "id" in known and method != "get" and shows_version(mapping, hidden, is_partial=bool(inside)):
        known["version"] = with_description(
            VERSION, "Version of the record as it was read; a record changed since is left alone."
        )
    return _closed({**path, **known, **more}, [*path, *(name for name in known if name != "version"), *needed])


def _key(mapping: Mapping, hidden: frozenset[str]) -> Schema:
    names = [one for one in mapping.keys if field_of(one, mapping.model) not in hidden]
    return {"type": "string", "enum": names, "description": "External key by which the provider finds the record."}


def _closed(properties: Schema, required: list[str]) -> Schema:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _list(mapping: Mapping, hides: Hidden, refused_parameters: frozenset[str]) -> Schema:
    native, hidden = mapping.list_calls.native_filters, hides.unasked
    schema: Schema = {
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "description": "Maximum number of records to return."},
        "cursor": {"type": "string", "description": "next_cursor of the previous page; keep the other arguments."},
    }
    times = (name for name in TIMES if name in native or time_field(name) in mapping.filled)
    shown = (name for name in times if time_field(name) not in hidden and name not in refused_parameters)
    schema |= {name: {"type": "string", "format": "date-time"} for name in shown}
    filters = filter_schemas(mapping, hidden, refused_parameters)
    if filters:
        needed = [name for name in filters if name in required_filters(mapping)]
        schema["filter"] = {**_closed(filters, needed), "description": "Conditions; a record must meet all of them."}
    if "search" in native - refused_parameters and not hidden & {field.name for field in mapping.model.fields}:
        schema["search"] = {"type": "string", "description": "Text to search for."}
    if words := mapping.list_calls.sort_words(hidden, refused_parameters):
        schema["sort"] = _sort(mapping, words)
    schema["fields"] = _fields(mapping, hides.fields)
    if "is_deleted" not in hidden and ("include_deleted" in native or "is_deleted" in mapping.filled):
        schema["include_deleted"] = {"type": "boolean"}
    return schema


def _sort(mapping: Mapping, words: tuple[str, ...]) -> Schema:
    schema: Schema = {"type": "string", "enum": list(words)}
    names = dict.fromkeys(word.removeprefix("-") for word in words)
    alone = {word.removeprefix("-") for word in words if mapping.list_calls.sorts_alone(word)}
    limited = ", ".join(name for name in names if name not in alone)
    return {**schema, "description": f"{limited}: only with a filter or search."} if limited else schema


def _fields(mapping: Mapping, hidden: frozenset[str]) -> Schema:
    names = [field.name for field in visible_fields(mapping, hidden)]
    items: Schema = {"type": "string", "enum": names}
    if "custom_fields" in names:
        custom = {
            "type": "string",
            "minLength": len(CUSTOM_PREFIX) + 1,
            "description": f"{CUSTOM_PREFIX}NAME: a custom field",
        }
        items = {"anyOf": [items, custom]}
    return {"type": "array", "items": items, "description": "Return only these fields; id is always included."}


def _body(mapping: Mapping, method: str, hidden: frozenset[str]) -> Schema:
    """Return the schemas of fields to write. Null clears a field on update, unless a create requires the field."""
    words = mapping.write_calls.writable_words(method)
    fields = [msgspec.structs.replace(one, enum=words.get(one.name, one.enum)) for one in body_fields(mapping, method, hidden)]
    not_nullable = required_fields(mapping, "create") if method == "update" else [field.name for field in fields]
    schemas = {
        field.name: with_description(
            write_schema(field, nullable=field.name not in not_nullable, max_items=_most(mapping, method, field)),
            field.description,
        )
        for field in fields
    }
    return schemas if method in METHODS else schemas | _extra_arguments(mapping, method, hidden)


def _most(mapping: Mapping, method: str, field: Field) -> int | None:
    """Return how many entries of a list the provider keeps; None if that is not limited. The external key has one."""
    if method == UPSERT and {field_of(one, mapping.model) for one in mapping.keys} == {field.name}:
        return 1
    return max(len(mapping.at_most_one[field.name]), 1) if field.name in mapping.at_most_one else None


def _extra_arguments(mapping: Mapping, method: str, hidden: frozenset[str]) -> Schema:
    """Return the arguments of a custom method that are not fields of the model, such as the note of a cancellation."""
    known = {field.name for field in mapping.model.fields} | {"id", "write"} | hidden
    known |= set(mapping.id_template.names()) if mapping.id_template else set()
    reads = [one for call in mapping.calls_of(method) if call.body is not None for one in call.body.analysis.reads]
    names = sorted({one.path[0] for one in reads if one.path and str(one.path[0]).isidentifier()} - known)
    return {name: {"type": "string"} for name in names}


def filter_schemas(mapping: Mapping, hidden: frozenset[str], refused_parameters: frozenset[str] = frozenset()) -> Schema:
    """Return name → schema of each condition that uses no hidden field and no refused parameter.

    They are those of `ListCalls.listed_filters`. Of what only Unified applies, the operators but `eq` are left out, and so are
    conditions that no one makes, to keep the schema short.
    """
    model, needed = mapping.model, required_filters(mapping)
    listed = mapping.list_calls.listed_filters(hidden, refused_parameters).filters
    compared = {one.name for one in listed if _is_compared(one, model, refused_parameters)}
    order = {field.name: position for position, field in enumerate(model.fields)}
    offered = sorted(listed, key=lambda one: (order.get(one.field, len(order)), one.name))
    return {
        one.name: _condition(one, model, one.name in compared, one.name in needed)
        for one in offered
        if (one.native or one.name in compared) and one.name not in model.path_parameters
    }


def _is_compared(option: FilterOption, model: Model, refused_parameters: frozenset[str]) -> bool:
    """Return whether a tool offers a condition that the provider need not apply."""
    if not option.emulated or f"filter.{option.name}" in refused_parameters:
        return False
    field = next(one for one in model.fields if one.name == option.field)
    return field.name not in FIELDS_WITH_OWN_ARGUMENT | LONG_TEXT_FIELDS and field.kind != "url"


def _condition(option: FilterOption, model: Model, compared: bool, needed: bool) -> Schema:
    name, native = option.name, option.native
    field = next((one for one in model.fields if one.name == option.field), None)
    value: Schema = {"type": "string"} if field is None else condition_value(field)
    operators = {
        operator: {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_CHOICES} if operator == "in" else value
        for operator in OPERATORS
        if operator in native and operator != "eq"
    }
    if field is not None and field.name != name:
        value = {**value, "description": f"Compared with {field.name}."}
    if needed or not operators:
        return value
    several: Schema = {"type": "object", "properties": operators, "minProperties": 1, "additionalProperties": False}
    return {"anyOf": [value, several]} if compared or "eq" in native else several
