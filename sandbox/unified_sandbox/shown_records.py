"""Records planted as the provider shows them, where a stand-in stores another form.

The stand-in derives the stored values from the record where it can: by its file, or by fields of the same name. What it
would still show otherwise is kept separately, key by key, and shown in its place until the record itself changes there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from unified_sandbox.messages import Record
from unified_sandbox.planting import Shape, fitted, shape_of
from unified_sandbox.standin import State

ABSENT: Final = object()
"""A key that is not shown."""
Show = Callable[[Record], Any]
"""Makes of a stored record what the provider shows."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which the records of a resource are shown."""

    show: Show
    shape: Shape

    def takes(self, record: Record) -> bool:
        """Return whether a record is of this form: it has keys of it only, with values of its types."""
        known = self.shape.needed.keys() | self.shape.optional.keys()
        return record.keys() <= known and _fits(record, self.shape)


def form_shape(show: Show, rows: Mapping[str, Record], *, nullable: bool) -> Shape | None:
    """Return what a form makes of the first records; None where it needs more than the record, or shows no objects."""
    try:
        found = [show(one) for one in rows.values()]
    except Exception:  # noqa: BLE001 - an expression that reads the path or the query of its route
        return None
    if not found or not all(isinstance(one, dict) for one in found):
        return None
    return shape_of(found, nullable=nullable)


def chosen_forms(record: Record, stored: Shape, forms: Iterable[Form]) -> list[Form]:
    """Return the forms that a record may be shown in; none for the stored form, and where it fits none.

    A part of a record that fits both is one of the stored form: the rest is filled in as the first records have it.
    """
    is_stored = record.keys() <= stored.needed.keys() | stored.optional.keys() and _fits(record, stored)
    return [one for one in forms if one.takes(record) and (not is_stored or record.keys() >= one.shape.needed.keys())]


def same_fields(record: Record, stored: Shape) -> Record:
    """Return the fields that are stored under the name and in the form in which they are shown."""
    known = stored.needed | stored.optional
    return {name: value for name, value in record.items() if name in known and _fits(value, known[name])}


def _fits(value: Any, shape: Shape) -> bool:
    try:
        fitted(value, shape)
    except ValueError:
        return False
    return True


def keep_shown(state: State, resource: str, id_: str, record: Record, forms: Sequence[Form]) -> None:
    """Keep what a planted record shows otherwise than its stored form does, with the values behind it."""
    shown = [form.show(state[resource][id_]) for form in forms]
    state.shown.setdefault(resource, {})[id_] = {
        name: ([one.get(name, ABSENT) for one in shown], value) for name, value in record.items()
    }


def as_planted(state: State, resource: str, id_: str, shown: Any) -> Any:
    """Return a record as it was planted, with the parts that are still shown as they were then."""
    kept = state.shown.get(resource, {}).get(id_)
    if not kept or not isinstance(shown, dict):
        return shown
    return shown | {name: value for name, (stood, value) in kept.items() if shown.get(name, ABSENT) in stood}
