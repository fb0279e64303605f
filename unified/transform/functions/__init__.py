"""The `$name` functions that mappings can use in JSONata in addition to the language's own; see docs/functions.md."""

from typing import Any

from unified.transform.functions import adf, choose, classifiers, graphql, literals, numbers, refusals, text, times, typed
from unified.transform.functions.registry import FUNCTIONS, Function, function
from unified_jsonata.runtime.supplied import NullPasses

FAMILIES = (choose, classifiers, refusals, times, numbers, typed, text, adf, literals, graphql)
"""Modules with functions, in the order of the page; importing them fills the registry."""


NULL_PASSES: dict[str, int] = {
    "lookup": 1,
    **dict.fromkeys(("lowercase", "uppercase", "trim", "length", "substring", "substringBefore", "substringAfter"), 0),
    **dict.fromkeys(("split", "replace", "match", "contains", "number", "round", "floor", "ceil", "abs"), 0),
}
"""Functions of the language that fail on null, but in mappings give null -> the position of the argument."""


def callables() -> dict[str, Any]:
    """Return the functions by name without `$`, as the engine binds them."""
    return {name: one.call for name, one in FUNCTIONS.items()} | {name: NullPasses(at) for name, at in NULL_PASSES.items()}


__all__ = ["FAMILIES", "FUNCTIONS", "NULL_PASSES", "Function", "callables", "function"]
