"""Small questions that compiled code asks about values."""

from collections.abc import Mapping, Sequence
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.calls import run
from unified_jsonata.runtime.functions.table import BUILTINS
from unified_jsonata.runtime.paths import joined
from unified_jsonata.runtime.values import FEW, NUMBERS, OBJECTS, STRINGS, UNBOUND, settle
from unified_jsonata.undefined import UNDEFINED


def all_s(value: Any) -> bool:
    """Return whether a value is an array of strings."""
    return isinstance(value, list) and STRINGS.issuperset(map(type, value))


def all_n(value: Any) -> bool:
    """Return whether a value is an array of numbers."""
    return isinstance(value, list) and NUMBERS.issuperset(map(type, value))


def all_o(value: Any) -> bool:
    """Return whether a value is an array of objects."""
    return isinstance(value, list) and OBJECTS.issuperset(map(type, value))


def joined_strings(budget: Budget, value: Any, between: str, context: Any) -> Any:
    """Evaluate `$join`; T0412 for other than strings."""
    if isinstance(value, list):
        try:
            if len(value) > FEW:
                budget.room(sum(map(len, value)) + len(between) * len(value))
            found = between.join(value)
        except TypeError:
            return run(budget, BUILTINS["join"], (value, between), context)
        budget.room(len(found))
        return found
    if value is UNDEFINED or type(value) is str:
        return value
    return run(budget, BUILTINS["join"], (value, between), context)


def joined_list(budget: Budget, found: list[Any], between: str, context: Any) -> Any:
    """Evaluate `$join` of what a path has found, before that is unwrapped; most often it is strings."""
    try:
        if len(found) > FEW:
            budget.room(sum(map(len, found)) + len(between) * len(found))
        joined_text = between.join(found)
    except TypeError:
        return joined_strings(budget, joined(found), between, context)
    budget.room(len(joined_text))
    return joined_text if found else UNDEFINED


def drop(built: dict[str, Any]) -> None:
    """Take what is missing out of an object being built."""
    for key in [key for key, value in built.items() if value is UNDEFINED]:
        del built[key]


def first(items: Sequence[Any]) -> Any:
    """Return the first value, UNDEFINED when there is none."""
    return items[0] if items else UNDEFINED


def entries(value: Any, name: str, implied: bool) -> Mapping[str, Any]:
    """Return the object that `$each` and `$sift` go through; T0410 for anything else, T0411 when it was the context."""
    if isinstance(value, dict):
        return value
    if value is UNDEFINED:
        return {}
    raise Failure("T0411" if implied else "T0410", f"of ${name}", name)


def evaluated(budget: Budget, source: Any, focus: Any, around: Mapping[str, Any], bound: Mapping[str, Any]) -> Any:
    """Evaluate `$eval`: the variables around it are visible to the expression."""
    if source is UNDEFINED:
        return UNDEFINED
    if not isinstance(source, str):
        raise Failure("T0410", "argument 1 of $eval", "eval")
    visible = {name: value for name, value in around.items() if value is not UNBOUND}
    return budget.evaluate(source, settle(focus), {**bound, **visible})
