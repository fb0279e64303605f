"""The arguments of a tool as a closed JSON Schema object, made for one method of one mapping."""

from unified.errors import UnsupportedFilter
from unified.models import Field, Model
from unified.transform.filters import comparable, essentials, field_of, time_field
from unified.transform.mapping import METHODS, Mapping
from unified.transform.query import MAX_LIMIT, OPERATORS, TIMES, Query, Sort
from unified.transform.tools.field_schemas import Schema, described, scalar, written
from unified.transform.tools.requirements import body_fields, required_fields, required_filters, visible_fields

MAX_ID = 256
ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
OWN_PREFIX = "custom_fields."
MAX_CHOICES = 50
"""Values of an `in`."""
BETTER_ASKED = frozenset({"remote_id", "created_at", "updated_at", "is_deleted"})
"""Base fields that have an argument of their own, such as `updated_after` and `include_deleted`."""
LONG_TEXTS = frozenset({"description", "description_html", "content", "body", "body_html", "details", "employee_note"})
"""Nobody asks for a text by the whole of it; this and addresses are offered only where the provider does the condition."""


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


def conditions(mapping: Mapping, hidden: frozenset[str], barred: frozenset[str] = frozenset()) -> Schema:
    """Name → schema of each condition on something that the scope shows and the boundary lets pass."""
    native = _native(mapping, barred)
    model = mapping.model
    named = {field.name: _condition_name(field, model) for field in _compared(mapping) if f"filter.{field.name}" not in barred}
    compared = set(named.values())
    doubled = {name for name, better in named.items() if name != better}
    offered = {*native, *compared} - doubled - set(model.path_parameters)
    shown = {name for name in offered if not {name, field_of(name, model)} & hidden}
    order = {field.name: place for place, field in enumerate(model.fields)}
    names = sorted(shown, key=lambda name: (order.get(field_of(name, model), len(order)), name))
    needed = required_filters(mapping)
    return {name: _condition(name, model, native.get(name, frozenset()), name in compared, name in needed) for name in names}


def _native(mapping: Mapping, barred: frozenset[str]) -> dict[str, frozenset[str]]:
    """Name → operators that some list call does itself; a name that is no word is nobody's condition."""
    found: dict[str, set[str]] = {}
    for parameter in mapping.native_filters - barred:
        first, _, rest = parameter.partition(".")
        name, _, operator = rest.partition(".")
        if first == "filter" and name.isascii() and name.isidentifier():
            found.setdefault(name, set()).add(operator or "eq")
    return {name: frozenset(operators) for name, operators in found.items()}


def _compared(mapping: Mapping) -> list[Field]:
    names = comparable(mapping.model, mapping.filled) - BETTER_ASKED - LONG_TEXTS
    return [field for field in mapping.model.fields if field.name in names and field.kind != "url"]


def _condition_name(field: Field, model: Model) -> str:
    """`email` for the list `emails`; the field's own name where that is something else."""
    inner = next(iter(essentials(field)), "") if field.nested else ""
    return inner if inner and field.is_list and field_of(inner, model) == field.name else field.name


def _condition(name: str, model: Model, native: frozenset[str], compared: bool, needed: bool) -> Schema:
    field = next((one for one in model.fields if one.name == field_of(name, model)), None)
    value: Schema = {"type": "string"} if field is None else scalar(field)
    operators = {
        operator: {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_CHOICES} if operator == "in" else value
        for operator in OPERATORS
        if operator in native and operator != "eq"
    }
    if field is not None and field.name != name:
        value = {**value, "description": f"Of {field.name}."}
    if needed or not operators:
        return value
    several: Schema = {"type": "object", "properties": operators, "minProperties": 1, "additionalProperties": False}
    return {"anyOf": [value, several]} if compared or "eq" in native else several
