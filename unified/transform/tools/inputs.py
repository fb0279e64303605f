"""The arguments of a tool as a closed JSON Schema object, made for one method of one mapping."""

from unified.errors import UnsupportedFilter
from unified.transform.filters import time_field
from unified.transform.mapping import METHODS, Mapping
from unified.transform.query import MAX_LIMIT, TIMES, Query, Sort
from unified.transform.tools.conditions import conditions
from unified.transform.tools.needs import body_fields, required_fields, required_filters, visible_fields
from unified.transform.tools.values import Schema, described, written

MAX_ID = 256
ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
OWN_PREFIX = "custom_fields."


def input_schema(mapping: Mapping, method: str, hidden: frozenset[str], barred: frozenset[str] = frozenset()) -> Schema:
    """The arguments of a method, without anything that the scope hides, or that the account's boundary bars from a list."""
    path = {name: described(ID, f"Which {name} the records are of.") for name in mapping.model.path_parameters}
    if method == "list":
        return _closed({**path, **_list(mapping, hidden, barred)}, [*path, *(["filter"] if required_filters(mapping) else [])])
    known = {} if method == "create" else {"id": described(ID, f"Id of the {mapping.model.singular.replace('_', ' ')}.")}
    more = {"fields": _fields(mapping, hidden)} if method == "get" else {}
    if method not in {"get", "delete"}:
        more = _body(mapping, method, hidden)
    needed = [name for name in required_fields(mapping, method) if name in more]
    return _closed({**path, **known, **more}, [*path, *known, *needed])


def _closed(properties: Schema, required: list[str]) -> Schema:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _list(mapping: Mapping, hidden: frozenset[str], barred: frozenset[str]) -> Schema:
    native = mapping.native_filters
    made: Schema = {
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "description": "At most so many records."},
        "cursor": {"type": "string", "description": "next_cursor of the page before."},
    }
    times = (name for name in TIMES if name in native or time_field(name) in mapping.filled)
    shown = (name for name in times if time_field(name) not in hidden and name not in barred)
    made |= {name: {"type": "string", "format": "date-time"} for name in shown}
    filters = conditions(mapping, hidden, barred)
    if filters:
        needed = [name for name in filters if name in required_filters(mapping)]
        made["filter"] = {**_closed(filters, needed), "description": "Conditions that all must hold."}
    if "search" in native - barred and not hidden & {field.name for field in mapping.model.fields}:
        made["search"] = {"type": "string", "description": "Free text to look for."}
    if sortable := sorted(name for name in mapping.sortable - hidden if f"sort.{name}" not in barred):
        made["sort"] = _sort(mapping, sortable)
    made["fields"] = _fields(mapping, hidden)
    if "is_deleted" not in hidden and ("include_deleted" in native or "is_deleted" in mapping.filled):
        made["include_deleted"] = {"type": "boolean"}
    return made


def _sort(mapping: Mapping, names: list[str]) -> Schema:
    made: Schema = {"type": "string", "enum": [word for name in names for word in (name, f"-{name}")]}
    bound = ", ".join(name for name in names if not _sorts_alone(mapping, name))
    return {**made, "description": f"{bound}: only together with a filter or search."} if bound else made


def _sorts_alone(mapping: Mapping, name: str) -> bool:
    """Whether the list is sorted by a field without any condition; some providers sort in their search only."""
    try:
        mapping.list_for(Query(sort=Sort(field=name)))
    except UnsupportedFilter:
        return False
    return True


def _fields(mapping: Mapping, hidden: frozenset[str]) -> Schema:
    names = [field.name for field in visible_fields(mapping, hidden)]
    items: Schema = {"type": "string", "enum": names}
    if "custom_fields" in names:
        own = {
            "type": "string",
            "minLength": len(OWN_PREFIX) + 1,
            "description": f"{OWN_PREFIX}NAME: one of the provider's own",
        }
        items = {"anyOf": [items, own]}
    return {"type": "array", "items": items, "description": "Only these fields; the id is always there."}


def _body(mapping: Mapping, method: str, hidden: frozenset[str]) -> Schema:
    """Fields to write. An update clears with null, but not what a create must have."""
    single = mapping.file.document.single
    fields = body_fields(mapping, method, hidden)
    kept = required_fields(mapping, "create") if method == "update" else [field.name for field in fields]
    made = {
        field.name: described(
            written(field, nullable=field.name not in kept, at_most=1 if field.name in single else None), field.description
        )
        for field in fields
    }
    return made if method in METHODS else made | _words(mapping, method, hidden)


def _words(mapping: Mapping, method: str, hidden: frozenset[str]) -> Schema:
    """Words of a custom method that are no field of the model, such as the note of a cancellation."""
    operation = mapping.operation(method)
    known = {field.name for field in mapping.model.fields} | {"id", "write"} | hidden
    known |= set(mapping.id_template.names()) if mapping.id_template else set()
    read = operation.body.analysis.reads if operation.body is not None else ()
    names = sorted({one.path[0] for one in read if one.path and str(one.path[0]).isidentifier()} - known)
    return {name: {"type": "string"} for name in names}
