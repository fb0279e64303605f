"""Functions of objects that call no function."""

from typing import Any

from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.function import Function
from unified_jsonata.runtime.values import Raw
from unified_jsonata.undefined import UNDEFINED


def keys(budget: Budget, value: Any) -> Any:
    """Evaluate `$keys`: of an array those of its objects, each once."""
    return Raw(_keys(budget, value))


def _keys(budget: Budget, value: Any) -> dict[str, None]:
    if isinstance(value, dict):
        budget.spend(len(value))
        return dict.fromkeys(value)
    found: dict[str, None] = {}
    if isinstance(value, list):
        budget.spend(len(value))
        for item in value:
            found.update(_keys(budget, item))
    return found


def lookup(budget: Budget, value: Any, key: Any) -> Any:
    """Evaluate `$lookup`: of an array the values of all its objects."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    budget.spend(len(value))
    found = Raw()
    for item in value:
        one = lookup(budget, item, key)
        if isinstance(one, list):
            budget.spend(len(one))
            found.extend(one)
        elif one is not UNDEFINED:
            found.append(one)
    return found


def merge(budget: Budget, values: Any) -> Any:
    """Evaluate `$merge`: of equal keys the last."""
    if values is UNDEFINED:
        return UNDEFINED
    found: dict[str, Any] = {}
    for value in values:
        budget.spend(len(value))
        found.update(value)
    return found


def spread(budget: Budget, value: Any) -> Any:
    """Evaluate `$spread`: an object for each key; other values are returned unchanged."""
    if isinstance(value, dict):
        budget.items(len(value))
        budget.spend(len(value) * 2)  # an object takes more room than an item
        return Raw({key: one} for key, one in value.items())
    if not isinstance(value, list):
        return value
    budget.spend(len(value))
    found: list[Any] = []
    for item in value:
        one = spread(budget, item)
        if isinstance(one, list):
            found.extend(one)
        elif one is not UNDEFINED:
            found.append(one)
    return found if value else Raw()


def clone(budget: Budget, value: Any) -> Any:
    """Evaluate `$clone`: a copy all the way down."""
    if isinstance(value, list):
        budget.items(len(value))
        return [None if isinstance(item, Function) else clone(budget, item) for item in value]
    if isinstance(value, dict):
        budget.spend(len(value))
        return {key: clone(budget, item) for key, item in value.items() if not isinstance(item, Function)}
    return value
