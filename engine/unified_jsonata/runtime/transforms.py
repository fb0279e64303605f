"""Changing a copy of a value."""

from collections.abc import Callable
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.calls import call
from unified_jsonata.runtime.function import Function
from unified_jsonata.runtime.functions.objects import clone
from unified_jsonata.runtime.signature import signature
from unified_jsonata.undefined import UNDEFINED

Part = Callable[[Any], Any]


def transform(budget: Budget, copy: Any, pattern: Part, update: Part, delete: Part | None) -> Function:
    """Return a function that clones what it is given and changes what the pattern finds in the clone.

    `copy` is the value of `$clone`, None when it has not. T2013 when that is not a function, T2011 when an
    update is not an object, T2012 when a deletion is not a string or array of strings.
    """

    def change(value: Any) -> Any:
        if value is UNDEFINED:
            return UNDEFINED
        if copy is not None and not isinstance(copy, Function):
            raise Failure("T2013")
        copied = clone(budget, value) if copy is None else call(budget, copy, (value,), None)
        found = pattern(copied)
        matches = found if isinstance(found, list) else [] if found is UNDEFINED else [found]
        own = _objects(budget, copied)
        for match in budget.loop(matches, 2):
            changes = _changes(update(match))
            removed = () if delete is None else _names(delete(match))
            if id(match) in own:  # a pattern may lead out of the copy, into the document, which is not ours to change
                match.update(changes)
                for name in removed:
                    match.pop(name, None)
        return copied

    checked = signature("<(oa):o>")
    return Function(lambda *given: change(*checked.arguments(given, None)), 1, takes=1_000)


def _objects(budget: Budget, copied: Any) -> set[int]:
    """Return the identities of the objects in a copy."""
    found: set[int] = set()
    waiting = [copied]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and id(value) not in found:
            budget.spend(len(value) + 1)
            found.add(id(value))
            waiting.extend(value.values())
        elif isinstance(value, list):
            budget.spend(len(value))
            waiting.extend(value)
    return found


def _changes(changes: Any) -> dict[str, Any]:
    if changes is UNDEFINED:
        return {}
    if not isinstance(changes, dict):
        raise Failure("T2011")
    return changes


def _names(names: Any) -> list[str]:
    if names is UNDEFINED:
        return []
    listed = names if isinstance(names, list) else [names]
    if not all(isinstance(name, str) for name in listed):
        raise Failure("T2012")
    return listed
