"""Values on their way out: without marks and functions, and not larger than allowed."""

from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.function import Function
from unified_jsonata.undefined import UNDEFINED

ATOMS = frozenset((str, int, float, bool, type(None)))
DEEPEST = 500
"""Levels of a result; encoders of JSON go no deeper than a thousand."""


def plain(value: Any) -> Any:
    """Return a value as JSON: marked lists as lists, UNDEFINED left out.

    A function stays one, so that the caller can refuse it.
    """
    kind = type(value)
    if kind in ATOMS or value is UNDEFINED:
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not UNDEFINED}
    return [plain(item) for item in value if item is not UNDEFINED] if isinstance(value, list) else value


def result(value: Any, most: int) -> Any:
    """Return the result of an evaluation: marks removed, UNDEFINED left out, a function left out of objects and null in arrays.

    U1004 when it holds more than `most` values, counted as often as they would be written, or is nested too deeply.
    """
    return Result(most).part(value, UNDEFINED)


class Result:
    """Counts the values of one result before it is copied. What needs no change is not copied."""

    def __init__(self, most: int) -> None:
        self.left = most

    def part(self, value: Any, function: Any) -> Any:
        """Return a part of the result, or `function` in place of a function."""
        if isinstance(value, Function):
            return function
        self._count(value)
        return self.copied(value, 0)

    def copied(self, value: Any, level: int) -> Any:
        """Return a value without marks; the same object where it has none inside."""
        if isinstance(value, dict):
            return self._object(value, level + 1)
        return self._array(value, level + 1) if isinstance(value, list) else value

    def _count(self, value: Any) -> None:
        """Count a value with all that is inside of it.

        Without recursion: where Python's stack grows by a page at the level of most values, that takes ten times as long.
        """
        pending = [value]
        while pending:
            one = pending.pop()
            if not isinstance(one, (dict, list)):
                continue
            self.left -= len(one) + 1
            if self.left < 0:
                raise Failure("U1004")
            pending += [item for item in (one.values() if isinstance(one, dict) else one) if type(item) not in ATOMS]

    def _check_level(self, level: int) -> None:
        if level > DEEPEST:
            raise Failure("U1004", f"nested deeper than {DEEPEST}")

    def _object(self, value: dict[str, Any], level: int) -> dict[str, Any]:
        self._check_level(level)
        changed: dict[str, Any] = {}
        for key, item in value.items():
            if type(item) in ATOMS:
                continue
            new = UNDEFINED if isinstance(item, Function) else self.copied(item, level)
            if new is not item:
                changed[key] = new
        if not changed:
            return value
        return {key: one for key, item in value.items() if (one := changed.get(key, item)) is not UNDEFINED}

    def _array(self, value: list[Any], level: int) -> list[Any]:
        self._check_level(level)
        new = [
            item if type(item) in ATOMS else None if isinstance(item, Function) else self.copied(item, level)
            for item in value
            if item is not UNDEFINED
        ]
        same = type(value) is list and len(new) == len(value) and all(map(_is, new, value))
        return value if same else new


def _is(left: Any, right: Any) -> bool:
    return left is right
