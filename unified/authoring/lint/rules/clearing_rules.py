"""The rule for updates that clear what the body does not name, found by writing every field by itself."""

from collections.abc import Iterator
from typing import Any

import msgspec

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.errors.error import UnifiedError
from unified.errors.names import known_names
from unified.models import Field
from unified.transform.mapping import Mapping
from unified.transform.prepared_write import checked_write, provider_body
from unified.transform.writes.sample_values import samples_of

Place = tuple[str | int, ...]


class Leaves(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a body that hold a value, and those that hold what clears one."""

    full: frozenset[Place]
    empty: frozenset[Place]


def leaves_of(body: Any, clearing: tuple[Any, ...], place: Place = ()) -> Iterator[tuple[Place, bool]]:
    """Yield the place of each value in a body, and whether it is one of those that clear."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from leaves_of(value, clearing, (*place, name))
    elif isinstance(body, list) and body:
        for value in body:
            yield from leaves_of(value, clearing, (*place, "[]"))
    else:
        yield place, body in clearing


def _written(mapping: Mapping, body: dict[str, Any]) -> Leaves | None:
    """Return what an update sends for a body; None where it refuses it."""
    try:
        write = checked_write(mapping, "update", body, {"account": {"settings": {}}}, {"id": "12"})
        sent = provider_body(mapping, write, write.bindings)
    except UnifiedError:
        return None
    forms = (mapping.nulls.usual, *mapping.nulls.by_key.values())
    found = [] if sent is msgspec.UNSET else list(leaves_of(sent, (None, [], *forms)))
    full = frozenset(place for place, clears in found if not clears)
    return Leaves(full=full, empty=frozenset(place for place, _ in found) - full)


def _clearing(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    if "update" not in mapping.operations:
        return
    fields = [field for field in mapping.model.fields if field.name in mapping.write_calls.writable("update")]
    sent = {field.name: _all(mapping, field) for field in fields}
    for name, own in sent.items():
        others = {place for other, leaves in sent.items() if other != name for place in leaves.full}
        unasked = sorted(own.empty & others, key=str)
        if unasked:
            shown = known_names("/".join(map(str, place)) for place in unasked)
            message = (
                f"an update of `{name}` alone also clears {shown}, which other fields write: "
                "leave out what the body does not name (`$exists(field) ? …`)"
            )
            yield Found(place=_place(mapping), message=message, key=True)


def _all(mapping: Mapping, field: Field) -> Leaves:
    """Return what all samples of a field write together: a place that any of them fills is the field's own."""
    found = [one for sample in samples_of(field) if (one := _written(mapping, {field.name: sample})) is not None]
    full: frozenset[Place] = frozenset().union(*(one.full for one in found))
    return Leaves(full=full, empty=frozenset().union(*(one.empty for one in found)) - full)


def _place(mapping: Mapping) -> Place:
    return ("update", "body") if mapping.operations["update"].body is not None else ("write",)


CLEARING_RULES: tuple[Rule, ...] = (
    Rule(
        code="M074",
        title="clears what is not named",
        explanation="A missing key of a body is left alone; an update that sends null for it deletes a customer's value.",
        check=_clearing,
    ),
)
"""Rules on what updates send."""
