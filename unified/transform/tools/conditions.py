"""The conditions that a list tool takes: what the provider does itself, and equality that is tested on the records."""

from unified.models import Field, Model
from unified.transform.filters import comparable, essentials, field_of
from unified.transform.mapping import Mapping
from unified.transform.query import OPERATORS
from unified.transform.tools.needs import required_filters
from unified.transform.tools.values import Schema, scalar

MAX_CHOICES = 50
"""Values of an `in`."""
BETTER_ASKED = frozenset({"remote_id", "created_at", "updated_at", "is_deleted"})
"""Base fields that have an argument of their own, such as `updated_after` and `include_deleted`."""
LONG_TEXTS = frozenset({"description", "description_html", "content", "body", "body_html", "details", "employee_note"})
"""Nobody asks for a text by the whole of it; this and addresses are offered only where the provider does the condition."""


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
