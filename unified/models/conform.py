"""The door between mappings and the API: what a mapping made is given out only in the shape of its model."""

from typing import Any

from unified.errors import MappingFailed
from unified.models.conversion_plan import NAME_PARTS, fill, plan_for
from unified.models.registry import Model
from unified.models.value_error import ValueMismatch


def conform(
    model: Model,
    record: dict[str, Any],
    *,
    keep: frozenset[str] | None = None,
    country: str | None = None,
    optional: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Give the model's plain JSON object for what a mapping made: every field there, in the model's order.

    With `keep`, only those fields are checked and given. `country` (alpha-2) is the account's own, for phone numbers
    in national form. `optional` names required fields that may be null here: only the request knows them, and a body is
    mapped without one. Raises MappingFailed naming the model, the place, what was expected and the type that came.
    """
    try:
        return fill(plan_for(model.struct, country, keep, optional), record)
    except ValueMismatch as problem:
        raise MappingFailed(f"{model.id} {problem.pointer or '/'}: {problem.problem}") from None


def needed_fields(model: Model, keep: frozenset[str]) -> frozenset[str]:
    """Give the fields a mapping must evaluate so that `keep` comes out whole: `name` needs its parts, and so on."""
    sources = {field.name: _sources(field.name, field.remote_of) for field in model.fields}
    known = sources.keys()
    return keep | {source for name in keep & known for source in sources[name] if source in known}


def _sources(name: str, remote_of: str | None) -> set[str]:
    if remote_of is not None:
        return {remote_of}
    if name == "remote_id":
        return {"id"}
    return {source for sources in NAME_PARTS.get(name, ()) for source in sources}
