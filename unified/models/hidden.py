"""Describes the parts of a model's records that are hidden from a caller: whole fields, and parts of records in fields."""

from collections.abc import Callable
from typing import Any

import msgspec

from unified.models.field import Field
from unified.models.registry import MODELS, Model

_BY_STRUCT: dict[type[msgspec.Struct], Model] = {one.struct: one for one in MODELS.values()}


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """The hidden parts of the records of one model, or of the objects in one field."""

    fields: frozenset[str] = frozenset()
    """Fields that are empty."""
    inside: tuple[tuple[str, "Hidden"], ...] = ()
    """Fields that are shown, with what is hidden of the records in them."""
    in_ids: tuple[str, ...] = ()
    """Hidden fields that the ids of the records reveal, so that none of the records is shown."""

    @property
    def unasked(self) -> frozenset[str]:
        """Fields that no query may use: the hidden ones, and those with something hidden inside."""
        return self.fields | {name for name, _ in self.inside} if self.inside else self.fields


Hider = Callable[[dict[str, Any]], dict[str, Any]]
"""Returns a record without something that is hidden."""
Inside = tuple[tuple[str, Hidden], ...]
"""Fields with records, and what is hidden of these."""
NOTHING = Hidden()


def model_in(field: Field) -> Model | None:
    """Return the model of the records in a field; None if it holds none."""
    return _BY_STRUCT.get(field.struct) if field.struct is not None else None


def hider_inside(fields: tuple[Field, ...], inside: Inside) -> Hider:
    """Return what leaves out of a record, which has these fields, what is hidden of the records in them."""
    known = {one.name: one.nested for one in fields}
    each = tuple((name, _hider_of(known[name], hidden)) for name, hidden in inside)

    def hide(record: dict[str, Any]) -> dict[str, Any]:
        changed = {name: hide_one(record[name]) for name, hide_one in each if record.get(name)}
        return {**record, **changed} if changed else record

    return hide


def hide_inside(record: dict[str, Any], fields: tuple[Field, ...], inside: Inside) -> dict[str, Any]:
    """Return one record without what is hidden of the records in its fields."""
    return hider_inside(fields, inside)(record)


def _hider_of(fields: tuple[Field, ...], hidden: Hidden) -> Callable[[Any], Any]:
    """Return what does so with the value of one field: a record, or a list of records."""
    empty, deeper = empty_values(fields), hider_inside(fields, hidden.inside)

    def one(entry: Any) -> Any:
        if not isinstance(entry, dict):
            return entry
        return deeper({name: empty.get(name) if name in hidden.fields else held for name, held in entry.items()})

    return lambda value: [one(entry) for entry in value] if isinstance(value, list) else one(value)


def empty_values(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return what fields hold if nothing is known: null, or an empty list."""
    return {field.name: [] if field.is_list else None for field in fields}


def shown_fields(fields: tuple[Field, ...], hidden: Hidden) -> tuple[Field, ...]:
    """Return the descriptions of the fields that are shown, without what is hidden inside of them."""
    inside = dict(hidden.inside)
    return tuple(
        one if one.name not in inside else msgspec.structs.replace(one, nested=shown_fields(one.nested, inside[one.name]))
        for one in fields
        if one.name not in hidden.fields
    )
