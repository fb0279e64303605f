"""Which fields the example of a body has: what one provider needs, chosen so that as many as possible take it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from unified.models import UPSERT, Field, Model
from unified.transform.mapping import Mapping

FEW = 3
"""Fields of an example, unless more are needed."""
Taken = tuple[frozenset[str], frozenset[str]]
"""The fields that a provider needs, and those that it sends."""


def example_fields(model: Model, mappings: Sequence[Mapping], method: str) -> tuple[Field, ...]:
    """Return the fields of a body in the order of the model: no ids of other records, if a provider does without."""
    writes = [one.write_calls for one in mappings if method in one.methods]
    in_path = frozenset(model.path_parameters)
    takes = [(frozenset(one.required(method)) - in_path, one.writable(method) - in_path) for one in writes]
    of_all = frozenset[str].intersection(*(sent for _, sent in takes))
    ids = {one.name for one in model.fields if one.reference is not None}

    def worth(draft: AbstractSet[str]) -> tuple[bool, int, int, int]:
        return bool(draft), -len(draft & ids), sum(needed <= draft <= sent for needed, sent in takes), -len(draft)

    best = max((_draft(model, method, one, of_all) for one in takes), key=worth)
    return tuple(one for one in model.fields if one.name in best)


def _draft(model: Model, method: str, taken: Taken, of_all: AbstractSet[str]) -> set[str]:
    """Return the fields that a provider and the model need, then those that all send; at least one field, if it sends any."""
    needed, sent = taken
    always = {one.name for one in model.fields if one.required and one.kind != "map"} if method == "create" else set()
    plain = [one.name for one in model.fields if _is_plain(one, method) and one.name in sent]
    found = needed | always & sent
    more = [name for name in plain if name in of_all - found][: max(0, FEW - len(found))]
    others = [one.name for one in model.fields if one.name in sent and one.access == "rw"]
    return {*found, *more} or set(plain[:1] or others[:1])


def _is_plain(field: Field, method: str) -> bool:
    """Return whether a value that was made up can be taken: no id, no word of a list, no second form of another field."""
    takes = {"rw", "c"} if method == "create" else {"rw"}
    is_made_up = field.kind in {"string", "number", "integer", "boolean", "datetime", "date"}
    is_known = field.name.endswith(("_html", "type", "status")) or field.remote_of is not None or field.reference is not None
    return method != UPSERT and field.access in takes and is_made_up and not field.is_list and not is_known
