"""The steps of paths that go through a list, or through a value that is not an object.

Compiled code reads a name from an object by itself and comes here otherwise. `collect` is what fresh sequences are
made with: Sequence, or list where nothing reads the mark.
"""

from collections.abc import Callable
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget, charge
from unified_jsonata.runtime.values import FEW, MARKED, OBJECTS, Cons, Sequence, equal, is_number, truthy
from unified_jsonata.undefined import UNDEFINED

Collect = type[list[Any]]


LISTS = frozenset((list, *MARKED))
"""Kinds of arrays."""


def name(value: Any, key: str, collect: Collect = Sequence) -> Any:
    """Return the step `value.key` for any value."""
    if isinstance(value, dict):
        found = value.get(key, UNDEFINED)
        return joined([found], collect) if isinstance(found, list) and type(found) is not list else found
    if not isinstance(value, list):
        return UNDEFINED
    if len(value) > FEW:
        charge(len(value))
    if OBJECTS.issuperset(map(type, value)):
        try:
            return joined([item[key] for item in value], collect)
        except KeyError:
            pass
    read = [item.get(key, UNDEFINED) if type(item) is dict else _below(item, key) for item in value]
    return joined([one for one in read if one is not UNDEFINED], collect)


def _below(item: Any, key: str) -> Any:
    """Return the name in an item of a list: inner lists are gone through as one value."""
    if not isinstance(item, list):
        return name(item, key)
    charge(len(item))
    found: list[Any] = []
    for inner in item:
        value = _below(inner, key)
        if isinstance(value, list):
            found.extend(value)
        elif value is not UNDEFINED:
            found.append(value)
    return found[0] if len(found) == 1 else Sequence(found) if found else UNDEFINED


def getter(value: Any, collect: Collect = Sequence) -> Callable[[str, Any], Any]:
    """Return the replacement of `value.get` when the value is not a plain object."""
    return lambda key, _: name(value, key, collect)


def joined(found: list[Any], collect: Collect = Sequence) -> Any:
    """Return the value of a last step from what it gave for each item: arrays flattened once, one value unwrapped.

    A single array of the document stays as it is.
    """
    if not found:
        return UNDEFINED
    if len(found) == 1:
        only = found[0]
        if not isinstance(only, list) or type(only) is list:
            return only
    if LISTS.isdisjoint(map(type, found)):
        return collect(found)
    flat = flattened(found)
    if len(flat) == 1:
        return flat[0]
    return collect(flat) if flat else UNDEFINED


def chosen(found: list[Any], source: Any, collect: Collect = Sequence) -> Any:
    """Return the value of a last step with a position behind it.

    What a position selects from nothing counts as an empty array, so that of several items no single array stays as it is.
    """
    if len(found) == 1 and type(found[0]) is list and isinstance(source, (list, tuple)) and len(source) > 1:
        only = found[0]
        return only[0] if len(only) == 1 else collect(only) if only else UNDEFINED
    return joined(found, collect)


def flattened(found: list[Any]) -> list[Any]:
    """Return what goes into the next step: the values of arrays, but of arrays written as a step the arrays."""
    flat: list[Any] = []
    for value in found:
        if isinstance(value, list) and type(value) is not Cons:
            if len(value) > FEW:
                charge(len(value))
            flat.extend(value)
        else:
            flat.append(value)
    charge(len(found))
    return flat


def grouped(context: list[Any]) -> Any:
    """Return the context of an object's values where the context is an array: its values gathered under each key."""
    if len(context) == 1:
        return context[0]
    flat: list[Any] = []
    for item in context:
        if isinstance(item, list):
            charge(len(item))
            flat.extend(item)
        else:
            flat.append(item)
    return flat if context else UNDEFINED


def at(value: Any, position: float) -> Any:
    """Return the predicate of a literal number on one value: counted from the end when negative."""
    if isinstance(value, list):
        place = position.__floor__()
        return value[place] if -len(value) <= place < len(value) else UNDEFINED
    return value if position.__floor__() in (0, -1) else UNDEFINED


def _values_of(value: Any) -> Any:
    """Return the values that predicates are asked about."""
    return value if isinstance(value, (list, tuple)) else () if value is UNDEFINED else (value,)


def picked(budget: Budget, value: Any, positions: tuple[int, ...]) -> list[Any]:
    """Return the values at positions that are the same for all, in their order; negative ones count from the end."""
    values = _values_of(value)
    size = len(values)
    budget.spend(size)
    places = sorted([one + size if one < 0 else one for one in positions])
    return [values[at] for at in places if 0 <= at < size]


def equal_to(budget: Budget, value: Any, key: str, wanted: Any) -> list[Any]:
    """Return the values with a name that is equal to what is wanted."""
    values = _values_of(value)
    budget.spend(len(values))
    kind = type(wanted)
    if wanted is UNDEFINED:
        return []
    if not OBJECTS.issuperset(map(type, values)) or kind not in SIMPLE:
        return [one for one in values if equal(name(one, key), wanted)]
    if kind is str:
        return [one for one in values if one.get(key) == wanted]
    if kind is bool or wanted is None:
        return [one for one in values if one.get(key, UNDEFINED) is wanted]
    return [one for one in values if (found := one.get(key)) == wanted and type(found) is not bool]


SIMPLE = frozenset((str, int, float, bool, type(None)))
"""Kinds of values that Python compares as the language does, but for truth and numbers."""


def selects(chosen: Any, position: int, size: int) -> int:
    """Return how often a predicate's value selects the item at a position: numbers are positions, all else is truth."""
    if is_number(chosen):
        return _place(chosen, size) == position
    if isinstance(chosen, list):
        charge(len(chosen))
    if isinstance(chosen, list) and all(map(is_number, chosen)):
        return sum(_place(one, size) == position for one in chosen)
    return chosen is not UNDEFINED and truthy(chosen)


def _place(number: float, size: int) -> int:
    place = number.__floor__()
    return place + size if place < 0 else place


def values(value: Any, collect: Collect = Sequence) -> Any:
    """Return the step `*` on one value: what an object or array holds, inner arrays flattened to the bottom."""
    if isinstance(value, list):
        held: Any = value
    elif isinstance(value, dict):
        held = value.values()
    else:
        return UNDEFINED
    if len(value) > FEW:
        charge(len(value))
    found: list[Any] = []
    marked = True
    for one in held:
        if isinstance(one, list):
            found.extend(_bottom(one))
            marked = False
        else:
            found.append(one)
    if not marked:
        return found
    return found[0] if len(found) == 1 else collect(found) if found else UNDEFINED


def _bottom(value: list[Any]) -> list[Any]:
    charge(len(value) + 1)
    flat: list[Any] = []
    for item in value:
        if isinstance(item, list):
            flat.extend(_bottom(item))
        else:
            flat.append(item)
    return flat


def descendants(budget: Budget, value: Any, collect: Collect = Sequence) -> Any:
    """Return the step `**` on one value: itself and everything below; arrays only through what they hold."""
    if value is UNDEFINED:
        return UNDEFINED
    found: list[Any] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            budget.spend(len(one) + 1)
            waiting.extend(reversed(one))
            continue
        found.append(one)
        if isinstance(one, dict):
            budget.spend(len(one) + 1)
            waiting.extend(reversed(one.values()))
    if len(found) == 1:
        return found[0]
    return collect(found) if found else UNDEFINED


def span(budget: Budget, low: Any, high: Any) -> Any:
    """Return the values of `low..high`; T2003 and T2004 for other than integers, D2014 for too many."""
    size = span_size(budget, low, high)
    if not size:
        return ()
    budget.items(size)
    return range(int(low), int(high) + 1)


def span_size(budget: Budget, low: Any, high: Any) -> int:
    """Return how many values `low..high` has, without making them; the errors are those of `span`."""
    for side, code in ((low, "T2003"), (high, "T2004")):
        if side is not UNDEFINED and not _is_integer(side):
            raise Failure(code, token="..")
    if low is UNDEFINED or high is UNDEFINED or low > high:
        return 0
    size = int(high) - int(low) + 1
    if size > RANGE:
        raise Failure("D2014", token="..")
    budget.spend(1)
    return size


RANGE = 10_000_000
"""Values of one range, a bound of the language."""


def _is_integer(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and value.is_integer())
