"""When two values of JSON are the same value: types count, the order of keys does not."""

from typing import Any


def same(one: Any, other: Any, *, unordered: bool = False) -> bool:
    """Whether two values are equal as JSON: true is not 1, 1 is 1.0. UNDEFINED is equal to itself only.

    `unordered` compares outer arrays as multisets.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and (_same_items(one, other) if unordered else all(map(same, one, other)))
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return False
    return _kind(one) == _kind(other) and (bool(one == other) or (one != one and other != other))  # noqa: PLR0124 - NaN is NaN


def _same_items(one: list[Any], other: list[Any]) -> bool:
    left = list(other)
    for item in one:
        at = next((at for at, candidate in enumerate(left) if same(item, candidate)), None)
        if at is None:
            return False
        del left[at]
    return True


def _kind(value: Any) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
