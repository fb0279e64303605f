"""The `$name` functions that mapping authors use in JSONata beside the language's own; `docs/functions.md` lists them."""

from collections.abc import Callable
from typing import Any

from unified.transform.functions import adf, choose, literals, numbers, text, times
from unified.transform.functions.registry import FUNCTIONS, Function, function

FAMILIES = (choose, times, numbers, text, adf, literals)
"""Modules whose functions are offered, in the order of the page; importing them fills the registry."""


def callables() -> dict[str, Callable[..., Any]]:
    """Name without `$` -> callable, as the engine binds them."""
    return {name: one.call for name, one in FUNCTIONS.items()}


__all__ = ["FAMILIES", "FUNCTIONS", "Function", "callables", "function"]
