"""The `$name` functions that mappings can use in JSONata in addition to the language's own; see docs/functions.md."""

from collections.abc import Callable
from typing import Any

from unified.transform.functions import adf, choose, literals, numbers, refusals, text, times
from unified.transform.functions.registry import FUNCTIONS, Function, function

FAMILIES = (choose, refusals, times, numbers, text, adf, literals)
"""Modules with functions, in the order of the page; importing them fills the registry."""


def callables() -> dict[str, Callable[..., Any]]:
    """Return the functions by name without `$`, as the engine binds them."""
    return {name: one.call for name, one in FUNCTIONS.items()}


__all__ = ["FAMILIES", "FUNCTIONS", "Function", "callables", "function"]
