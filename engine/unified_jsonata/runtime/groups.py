"""Grouping values by key, and putting them in order."""

from collections.abc import Callable, Sequence
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.function import Function
from unified_jsonata.runtime.functions.higher_order import merge_sorted, sort_by
from unified_jsonata.runtime.numbers import units
from unified_jsonata.runtime.values import NUMBERS, STRINGS, Raw, appended, letter
from unified_jsonata.undefined import UNDEFINED

Pairs = Sequence[tuple[Callable[[Any], Any], Callable[[Any], Any]]]


def key_of(key: Any) -> Any:
    """Return the key of an object; T1003 when it exists and is not a string."""
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
    if len(pairs) == 1:
        return _group_by(budget, items or (UNDEFINED,), *pairs[0])
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


def _group_by(budget: Budget, items: Sequence[Any], key: Callable[[Any], Any], value: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the groups of a single pair."""
    groups: dict[str, Any] = {}
    for item in budget.loop(items):
        found = key(item)
        if type(found) is not str and key_of(found) is UNDEFINED:
            continue
        groups[found] = _gathered(budget, groups[found], item) if found in groups else item
    return {one: made for one, data in groups.items() if (made := value(_array(data))) is not UNDEFINED}


class _Gathered(list[Any]):
    """The values of one key so far; a separate class, so that it can be added to."""


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
    return _compared_one_by_one(budget, decorated, directions)


def _compared_one_by_one(budget: Budget, decorated: list[Any], directions: tuple[bool, ...]) -> list[Any]:
    after = merge_sorted(budget, decorated, lambda left, right: _compare(left[0], right[0], directions) > 0)
    return [item for _, item in after]


def ordered_by(budget: Budget, items: Sequence[Any], key: Callable[[Any], Any], falling: bool) -> Any:
    """Return the items in the order of their only keys, as `ordered` does."""
    if len(items) < 2:  # noqa: PLR2004 - in order
        return list(items)
    keys = [key(item) for item in budget.loop(items, 4)]
    if _uniform(keys):
        return _by(items, keys, falling)
    return _compared_one_by_one(budget, [((key,), item) for key, item in zip(keys, items, strict=True)], (falling,))


def first_by(budget: Budget, items: Sequence[Any], key: Callable[[Any], Any], falling: bool) -> Any:
    """Return the first of the items in the order of their only keys; UNDEFINED when there is none."""
    if len(items) < 2:  # noqa: PLR2004 - in order
        return items[0] if items else UNDEFINED
    keys = [key(item) for item in budget.loop(items, 4)]
    if _uniform(keys):
        keys = _sortable(keys)
        return items[keys.index(max(keys) if falling else min(keys))]
    return _compared_one_by_one(budget, [((key,), item) for key, item in zip(keys, items, strict=True)], (falling,))[0]


def sorted_by(budget: Budget, values: list[Any], key: Callable[[Any], Any], falling: bool, comparison: Function) -> Any:
    """Evaluate `$sort` with a comparison of the keys of two values, which decides where keys are not all of one kind."""
    if len(values) < 2 or Raw in map(type, values):  # noqa: PLR2004 - in order
        return sort_by(budget, values, comparison)
    try:
        keys = [key(value) for value in budget.loop(values, 4)]
    except Failure as failure:
        if failure.code.startswith("U"):
            raise
        keys = [None]
    if not _uniform(keys):
        return sort_by(budget, values, comparison)
    budget.items(len(values))
    return _by(values, keys, falling)


def _by(items: Sequence[Any], keys: list[Any], falling: bool) -> list[Any]:
    return [items[at] for at in sorted(range(len(keys)), key=_sortable(keys).__getitem__, reverse=falling)]


def _sortable(keys: list[Any]) -> list[Any]:
    """Return keys of one kind as Python compares them in the language's order."""
    return keys if type(keys[0]) is not str or all(map(str.isascii, keys)) else list(map(units, keys))


def _is_nan(key: Any) -> bool:
    return bool(key != key)  # noqa: PLR0124 - not a number


def _uniform(column: list[Any]) -> bool:
    """Return whether the keys are all strings or all numbers, so that Python's order is the language's."""
    kinds = set(map(type, column))
    return kinds == STRINGS or (kinds <= NUMBERS and not any(map(_is_nan, column)))


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
    if not all(text or letter(value) == "n" for text, value in zip(texts, (left, right), strict=True)):
        raise Failure("T2008")
    if texts[0] is not texts[1]:
        raise Failure("T2007")
    if left == right:
        return 0
    before = units(left) < units(right) if texts[0] else left < right
    return -1 if before is not descending else 1
