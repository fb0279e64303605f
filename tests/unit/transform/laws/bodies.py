"""Valid bodies for every mapping, from the fields of its model: what the laws of writing are tried on."""

import re
from collections.abc import Iterator
from typing import Any

from unified.models import Field
from unified.transform.mapping import Mapping

WORDS = ("first", "second", "third")
IDS = ("101", "202", "303")
"""Ids of digits, which every product accepts."""
TYPES = frozenset({"type", "is_primary", "role"})
"""Keys of an entry that say which entry it is, and are no value of their own."""


def value_of(field: Field, turn: int = 0) -> Any:
    """Return a valid value of a field; each turn gives another one, as far as its kind has several."""
    one = _one(field, turn)
    return [one] if field.is_list else one


def _one(field: Field, turn: int) -> Any:
    if field.nested:
        return {one.name: value_of(one, turn) for one in field.nested if one.access != "ro" and one.name not in TYPES}
    if field.enum:
        return field.enum[turn % len(field.enum)]
    values = VALUES.get(field.kind)
    return values[turn % len(values)] if values else f"{field.name} {WORDS[turn]}"


VALUES: dict[str, tuple[Any, ...]] = {
    "id": IDS,
    "integer": (60, 120, 180),
    "number": (7, 8.5, 9),
    "boolean": (True, False),
    "datetime": ("2026-03-01T09:00:00Z", "2026-03-02T10:00:00Z", "2026-03-03T11:00:00Z"),
    "date": ("2026-03-01", "2026-03-02", "2026-03-03"),
    "due": ("2026-03-01", "2026-03-02", "2026-03-03"),
    "country": ("DE", "FR", "GB"),
    "currency": ("EUR", "USD", "GBP"),
    "url": ("https://one.example/first", "https://two.example/second", "https://three.example/third"),
    "map": ({}, {}, {}),
}
"""Kind to values; text is made of the field's name."""


def entries_of(field: Field) -> Iterator[list[Any]]:
    """Yield lists of two different entries of the same kind: without a type, and of each type that entries can have."""
    first, second = _one(field, 0), _one(field, 1)
    yield [first, second]
    types = next((one.enum for one in field.nested if one.name == "type"), ())
    yield from ([{**first, "type": word}, {**second, "type": word}] for word in types)


def fields_of_method(mapping: Mapping, method: str) -> Iterator[Field]:
    """Yield the fields that a caller can write, without the provider's own keys and values of any form."""
    writable = mapping.write_calls.writable(method)
    closed = {"ro", "c"} if method == "update" else {"ro"}
    for field in mapping.model.fields:
        if field.name in writable and field.access not in closed and field.kind not in {"map", "any"}:
            yield field


def required_of(mapping: Mapping, method: str) -> dict[str, Any]:
    """Return the body with what every write must have: nothing for an update."""
    if method == "update":
        return {}
    needed = {
        *mapping.write_calls.required(method),
        *(one.name for one in mapping.model.fields if one.required and one.access != "ro"),
    }
    body = {one.name: value_of(one) for one in fields_of_method(mapping, method) if one.name in needed}
    return {
        **body,
        **{name: [one] if isinstance(body[name], list) else one for name, one in _composite(mapping, method) if name in body},
    }


def _composite(mapping: Mapping, method: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of which a path takes parts, with an id in the form of the model that they refer to."""
    for name, template in mapping.operation(method).references.items():
        yield name, re.sub(r"\{[^}]*\}", IDS[0], template.template)
