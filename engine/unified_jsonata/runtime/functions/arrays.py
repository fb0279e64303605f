"""Functions of arrays that call no function."""

from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.numbers import units
from unified_jsonata.runtime.values import Raw, Sequence, appended, is_number, same
from unified_jsonata.still import chance
from unified_jsonata.undefined import UNDEFINED

COMPARABLE = frozenset((str, int))
"""Kinds of values that are the same when Python takes them for equal."""


def count(_: Budget, values: Any) -> int:
    """Evaluate `$count`."""
    return 0 if values is UNDEFINED else len(values)


def append(budget: Budget, left: Any, right: Any) -> Any:
    """Evaluate `$append`."""
    found = appended(left, right)
    if isinstance(found, list):
        budget.items(len(found))
    return found


def reverse(budget: Budget, values: Any) -> Any:
    """Evaluate `$reverse`."""
    if values is UNDEFINED or len(values) < 2:  # noqa: PLR2004 - nothing to turn
        return values
    budget.items(len(values))
    return values[::-1]


def shuffle(budget: Budget, values: Any) -> Any:
    """Evaluate `$shuffle`."""
    if values is UNDEFINED or len(values) < 2:  # noqa: PLR2004 - nothing to mix
        return values
    budget.items(len(values))
    mixed: list[Any] = chance().sample(values, len(values))
    return mixed


def distinct(budget: Budget, values: Any) -> Any:
    """Evaluate `$distinct`: the first of equal values; of a sequence one that unwraps."""
    if not isinstance(values, list) or len(values) < 2:  # noqa: PLR2004 - nothing to compare
        return values
    budget.items(len(values))
    if COMPARABLE.issuperset(map(type, values)):
        return Raw(dict.fromkeys(values)) if isinstance(values, Sequence) else list(dict.fromkeys(values))
    seen: set[Any] = set()
    found: list[Any] = Raw() if isinstance(values, Sequence) else []
    containers: list[Any] = []
    for value in values:
        if isinstance(value, (list, dict)):
            budget.spend(len(containers))
            if any(same(value, one) for one in containers):
                continue
            containers.append(value)
        else:
            key = (isinstance(value, bool), value)
            if key in seen and value == value:  # noqa: PLR0124 - what is not a number equals nothing
                continue
            seen.add(key)
        found.append(value)
    return found


def sort(budget: Budget, values: Any) -> Any:
    """Evaluate `$sort` without a function: numbers or strings; D3070 for anything else."""
    if values is UNDEFINED or len(values) < 2:  # noqa: PLR2004 - nothing to order
        return values
    budget.items(len(values))
    if all(type(value) is str for value in values):
        return sorted(values, key=None if all(map(str.isascii, values)) else units)
    if all([is_number(value) for value in values]):  # noqa: C419 - an infinite number is an error behind a text too
        return sorted(values)
    raise Failure("D3070", token="sort")


def zipped(budget: Budget, *arrays: Any) -> Any:
    """Evaluate `$zip`: as long as the shortest; empty when an argument is not there."""
    if any(array is UNDEFINED for array in arrays):
        return []
    size = min(map(len, arrays), default=0)
    budget.items(size * (len(arrays) + 1))
    return [list(one) for one in zip(*arrays, strict=False)]
