"""Reads a mapping's warnings about single records: fields that the provider reports incompletely."""

from typing import Any, Literal, get_args

import msgspec

from unified.errors.names import known_names
from unified.errors.providers import MappingFailed
from unified_jsonata import UNDEFINED

Code = Literal["redacted", "withheld", "incomplete"]
WORDS: dict[str, str] = {
    "redacted": "the provider has removed a part of {0} for good",
    "withheld": "the provider does not show {0} to the connected user",
    "incomplete": "the provider gives only a part of {0}",
}
"""The message of each code; `{0}` are the fields."""
EXPECTED = f'expected {{"code": …, "fields": […]}}, or a list of them; codes: {known_names(get_args(Code))}'


class RecordNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One warning about one record."""

    code: Code
    fields: tuple[str, ...]


def notes_of(value: Any, known: frozenset[str], where: str) -> tuple[RecordNote, ...]:
    """Return the warnings that the expression `warnings` gives for a record; `known` are the fields of its model.

    Raises:
        MappingFailed: It gives something else.
    """
    listed = [] if value is UNDEFINED or value is None else value if isinstance(value, list) else [value]
    try:
        found = tuple(msgspec.convert(_with_list(one), RecordNote) for one in listed)
    except msgspec.ValidationError:
        raise MappingFailed(f"{where}: `warnings`: {EXPECTED}") from None
    unknown = sorted({name for one in found for name in one.fields} - known)
    if unknown:
        raise MappingFailed(f"{where}: `warnings`: the model has no field `{unknown[0]}`. Known: {known_names(known)}")
    return tuple(one for one in found if one.fields)


def _with_list(one: Any) -> Any:
    """Return an entry with `fields` as a list: one field alone is a list of it, as everywhere in the language."""
    is_alone = isinstance(one, dict) and isinstance(one.get("fields"), str)
    return {**one, "fields": [one["fields"]]} if is_alone else one
