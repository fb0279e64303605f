"""The step between mappings and the API: a record leaves only in the shape of its common model."""

from typing import Any

from unified.errors.providers import MappingFailed
from unified.models.conversion.conversion import converter_for, locate
from unified.models.conversion.value_error import ValueMismatch
from unified.models.registry import Model
from unified.models.target import NAME_PARTS, Target


def conform(
    model: Model,
    record: dict[str, Any],
    *,
    keep: frozenset[str] | None = None,
    country: str | None = None,
    optional: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return a mapping's record as the model's JSON object, with every field present and in the model's order.

    Args:
        model: the common model.
        record: what the mapping returned.
        keep: the fields to check and return; None for all.
        country: the account's country (ISO 3166-1 alpha-2), for phone numbers in national format.
        optional: required fields that may be null here, because only the request knows them and there is none.

    Raises:
        MappingFailed: a value does not fit; names the model, the JSON pointer, what was expected and the type that came.
    """
    convert = converter_for(Target(struct=model.struct, region=country, keep=keep, optional=optional))
    try:
        return convert(record)
    except ValueMismatch as problem:
        place = locate(problem).pointer or "/"
        raise MappingFailed(f"{model.id} {place}: {problem.problem}") from None


def needed_fields(model: Model, keep: frozenset[str]) -> frozenset[str]:
    """Return the fields that a mapping must evaluate to fill `keep`: `name` needs its parts, for example."""
    sources = {field.name: _sources(field.name, field.remote_of) for field in model.fields}
    known = sources.keys()
    return keep | {source for name in keep & known for source in sources[name] if source in known}


def _sources(name: str, remote_of: str | None) -> set[str]:
    if remote_of is not None:
        return {remote_of}
    if name == "remote_id":
        return {"id"}
    return {source for sources in NAME_PARTS.get(name, ()) for source in sources}
