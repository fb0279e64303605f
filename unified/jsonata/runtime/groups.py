"""Grouping values by key, and putting them in order."""

from collections.abc import Callable, Sequence
from typing import Any

from unified.jsonata.errors import Failure
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.functions.higher_order import merge_sorted
from unified.jsonata.runtime.numbers import units
from unified.jsonata.runtime.values import appended, is_number
from unified.jsonata.undefined import UNDEFINED

Pairs = Sequence[tuple[Callable[[Any], Any], Callable[[Any], Any]]]


def key_of(key: Any) -> Any:
    """Return the key of an object; T1003 when it is there and no string."""
    if key is not UNDEFINED and not isinstance(key, str):
        raise Failure("T1003")
    return key


def distinct_keys(*keys: Any) -> None:
    """Refuse an object with the same key twice: D1009."""
    there = [key for key in keys if key is not UNDEFINED]
    if len(set(there)) < len(there):
        raise Failure("D1009")


def items_or_one(value: Any) -> Any:
    """Return what a grouping goes through: of an empty array, or nothing, one UNDEFINED."""
    if isinstance(value, list):
        return value or (UNDEFINED,)
    return (value,)


def only(found: list[Any]) -> list[Any]:
    """Return what a grouping goes through, where each value is an array as written: a single one's values."""
    return found[0] if len(found) == 1 and isinstance(found[0], list) else found


def group(budget: Budget, items: Sequence[Any], pairs: Pairs) -> dict[str, Any]:
    """Return an object of the values for each key; those with equal keys are the context of one value.

    D1009 when two of the pairs give the same key.
    """
    groups: dict[str, tuple[int, Any]] = {}
    for item in budget.loop(items or (UNDEFINED,), len(pairs)):
        for at, (key, _) in enumerate(pairs):
            found = key_of(key(item))
            if found is UNDEFINED:
                continue
            before = groups.get(found)
            if before is not None and before[0] != at:
                raise Failure("D1009")
            groups[found] = (at, item) if before is None else (at, _gathered(budget, before[1], item))
    return {key: value for key, (at, data) in groups.items() if (value := pairs[at][1](_array(data))) is not UNDEFINED}


class _Gathered(list[Any]):
    """The values of one key so far; a class of its own, so that it can be added to."""


def _gathered(budget: Budget, before: Any, item: Any) -> Any:
    if type(before) is _Gathered:
        budget.spend(1)
        if isinstance(item, list):
            before.extend(item)
        elif item is not UNDEFINED:
            before.append(item)
        return before
    found = appended(before, item)
    return _Gathered(found) if isinstance(found, list) else found


def _array(data: Any) -> Any:
    return list(data) if type(data) is _Gathered else data


def ordered(budget: Budget, items: Sequence[Any], keys: Callable[[Any], tuple[Any, ...]], directions: tuple[bool, ...]) -> Any:
    """Return the items in the order of their keys; `directions` are true where descending. Missing keys come last.

    T2008 for keys that are neither numbers nor strings, T2007 for keys of both kinds.
    """
    if len(items) < 2:  # noqa: PLR2004 - in order
        return list(items)
    decorated = [(keys(item), item) for item in budget.loop(items, 4)]
    if all(_uniform([one[0][at] for one in decorated]) for at in range(len(directions))):
        for at in reversed(range(len(directions))):
            decorated.sort(key=_sort_key(decorated, at), reverse=directions[at])
        return [item for _, item in decorated]
    after = merge_sorted(budget, decorated, lambda left, right: _compare(left[0], right[0], directions) > 0)
    return [item for _, item in after]


def _uniform(column: list[Any]) -> bool:
    """Return whether the keys are all strings or all numbers, so that Python's order is the language's."""
    return all(type(key) is str for key in column) or all(type(key) is int or type(key) is float for key in column)


def _sort_key(decorated: list[Any], at: int) -> Callable[[Any], Any]:
    if any(type(one[0][at]) is str and not one[0][at].isascii() for one in decorated):
        return lambda one: units(one[0][at])
    return lambda one: one[0][at]


def _compare(left: tuple[Any, ...], right: tuple[Any, ...], directions: tuple[bool, ...]) -> int:
    for one, other, descending in zip(left, right, directions, strict=True):
        found = _compared(one, other, descending=descending)
        if found:
            return found
    return 0


def _compared(left: Any, right: Any, *, descending: bool) -> int:
    if left is UNDEFINED or right is UNDEFINED:
        return (left is UNDEFINED) - (right is UNDEFINED)
    texts = isinstance(left, str), isinstance(right, str)
    if not all(text or is_number(value) for text, value in zip(texts, (left, right), strict=True)):
        raise Failure("T2008")
    if texts[0] is not texts[1]:
        raise Failure("T2007")
    if left == right:
        return 0
    before = units(left) < units(right) if texts[0] else left < right
    return -1 if before is not descending else 1
