"""Reads the parents of a list call: their model, and the field of its path that the id of each fills."""

from unified.catalog.list_rows import ParentList
from unified.catalog.mapping import Call
from unified.models import MODELS
from unified.transform.calls.path import names_in


def parents_of(call: Call) -> ParentList | None:
    """Return the parents of a list call, of which the model alone may be written; None for other calls."""
    return ParentList(model=call.parents) if isinstance(call.parents, str) else call.parents


def parent_field(model: str, path: str, parents: ParentList | None) -> frozenset[str]:
    """Return the condition that is filled with each parent's id in a list over `parents`; empty in other calls."""
    if parents is None:
        return frozenset()
    names = {one.name for one in MODELS[model].fields if one.reference == parents.model} & set(names_in(path))
    return frozenset(f"filter.{name}" for name in names)
