"""The values of a running expression: arrays with the language's marks, truth, equality, kinds.

JSON data represents itself; UNDEFINED is what is not there. The language treats an array that a path has gathered
(a sequence) differently from one that the document or an array constructor holds: only a sequence unwraps to its
single value. The two marks are subclasses of list, so that a plain `list` is an array of the document.
"""

import math
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget, charge
from unified_jsonata.runtime.function import Function
from unified_jsonata.undefined import UNDEFINED


class Nested(Exception):
    """A list came where a program that is not general expects a single value."""


FEW: Final = 16
"""Items that are gone through without being counted."""
WATCHED: Final = 1_000
"""Items after which a loop that may end early counts those it has gone through."""
UNBOUND: Final = object()
"""The value of a variable before it is bound."""


class Sequence(list[Any]):
    """Values gathered by a path or a function; it holds a single value only if `[]` kept the array."""

    __slots__ = ()


class Raw(Sequence):
    """A sequence as a function of the language has made it: the call that asked for it unwraps it (`settle`)."""

    __slots__ = ()


class Cons(list[Any]):
    """An array written as a step of a path: the steps around it do not flatten it."""

    __slots__ = ()


def unwrap(found: list[Any]) -> Any:
    """Return what a fresh sequence unwraps to: nothing, its only value, or itself marked as a sequence."""
    if len(found) == 1:
        return found[0]
    return Sequence(found) if found else UNDEFINED


def settle(value: Any) -> Any:
    """Return the value of a call: a raw sequence unwrapped."""
    return unwrap(value) if type(value) is Raw else value


def settle_raw(value: Any) -> Any:
    """Return the value of a callback's last call in the result: an array, even of one value or none."""
    return list(value) if type(value) is Raw else value


def settle_kept(value: Any) -> Any:
    """Return the value of a call with `[]`: a raw sequence stays an array, unless it is empty."""
    if type(value) is Raw:
        return Sequence(value) if value else UNDEFINED
    return value


def items(value: Any) -> Any:
    """Return the values that a step goes through."""
    if isinstance(value, list):
        return (value,) if type(value) is Cons else value
    return () if value is UNDEFINED else (value,)


def each(budget: Budget, value: Any, weight: int = 1) -> Any:
    """Return the values that a step goes through, counted; a single object is not."""
    return (value,) if type(value) is dict else budget.loop(value if type(value) is list else items(value), weight)


def array(value: Any) -> Any:
    """Return an array of a value that is not one; UNDEFINED gives an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is UNDEFINED else [value]


def keep_plain(value: Any) -> Any:
    """Keep as `keep` does, for a value that only the caller will see."""
    return value if value is UNDEFINED or (isinstance(value, list) and type(value) is not Cons) else [value]


def keep(value: Any) -> Any:
    """Return the effect of `[]` on a path: a single value stays in an array."""
    if isinstance(value, list) and type(value) is not Cons:
        return value
    return value if value is UNDEFINED else Sequence((value,))


def append(left: list[Any], value: Any) -> None:
    """Add a value to an array being built: an array adds its values, UNDEFINED nothing."""
    if isinstance(value, list):
        charge(len(value))
        left.extend(value)
    elif value is not UNDEFINED:
        left.append(value)


def appended(left: Any, right: Any) -> Any:
    """Return what `$append` gives, and what groups gather with."""
    if left is UNDEFINED:
        return right
    if right is UNDEFINED:
        return left
    return [*array(left), *array(right)]


def truthy(value: Any) -> bool:
    """Return the truth of a value: of an array that of any of its values, of functions and UNDEFINED false."""
    if isinstance(value, list):
        return _any(value)
    if isinstance(value, float) and not math.isfinite(value):
        return is_number(value)
    return bool(value) and not isinstance(value, Function)


def _any(values: list[Any]) -> bool:
    """Return whether any value is true, those looked at counted."""
    for at, value in enumerate(values):
        if truthy(value):
            return True
        if at % WATCHED == 0:
            charge(min(WATCHED, len(values) - at))
    return False


def equal(left: Any, right: Any) -> bool:
    """Return whether two values are the same JSON; true is not 1, and nothing equals UNDEFINED."""
    kind = type(left)
    if kind is str or (kind is int and type(right) is int):
        return bool(left == right)
    if left is UNDEFINED or right is UNDEFINED:
        return False
    return same(left, right)


def unequal(left: Any, right: Any) -> bool:
    """Return the operator `!=`, which is false as well when a side is UNDEFINED."""
    if left is UNDEFINED or right is UNDEFINED:
        return False
    return not same(left, right)


def same(left: Any, right: Any) -> bool:
    """Return whether two defined values are deeply equal."""
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and _same_items(left, right)
    if isinstance(left, dict):
        if not isinstance(right, dict) or len(left) != len(right):
            return False
        charge(len(left) + 1)
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _same_items(left: list[Any], right: list[Any]) -> bool:
    if len(left) <= WATCHED:
        charge(len(left) + 1)
        return all(map(same, left, right))
    for at in range(0, len(left), WATCHED):
        charge(min(WATCHED, len(left) - at))
        if not all(map(same, left[at : at + WATCHED], right[at : at + WATCHED])):
            return False
    return True


def is_in(value: Any, among: Any) -> bool:
    """Return the operator `in`: scalars by value, arrays and objects only when they are the very same one."""
    if value is UNDEFINED or among is UNDEFINED:
        return False
    if isinstance(among, list) and len(among) > FEW:
        return _is_in_many(value, among)
    if isinstance(value, (list, dict)):
        return any(value is item for item in array(among))
    return any(same(value, item) for item in array(among) if not isinstance(item, (list, dict)))


def _is_in_many(value: Any, among: list[Any]) -> bool:
    for at in range(0, len(among), WATCHED):
        part = among[at : at + WATCHED]
        charge(len(part))
        if any(value is item if isinstance(item, (list, dict)) else same(value, item) for item in part):
            return True
    return False


def is_number(value: Any) -> bool:
    """Return whether a value is a number, which NaN is not; D1001 when it is infinite."""
    kind = type(value)
    if kind is int:
        return True
    if kind is not float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if math.isinf(value):
        raise Failure("D1001")
    return not math.isnan(value)


def letter(value: Any) -> str:
    """Return the letter that signatures know a kind of value by; `m` for what is missing."""
    found = LETTERS.get(type(value))
    if found is not None:
        return found
    if value is UNDEFINED:
        return "m"
    return next((one for kind, one in KINDS if isinstance(value, kind)), "m")


STRINGS: Final = frozenset((str,))
NUMBERS: Final = frozenset((int, float))
OBJECTS: Final = frozenset((dict,))
"""Types, to ask many values at once for theirs."""
MARKED: Final = frozenset((Sequence, Raw, Cons))
"""Lists that a name step unwraps."""
DOUBTFUL: Final = frozenset((list, float))
"""Types whose values may be false where Python says true: an array of false values, NaN."""
LETTERS: dict[type, str] = {
    str: "s",
    int: "n",
    float: "n",
    bool: "b",
    type(None): "l",
    dict: "o",
    Function: "f",
    **dict.fromkeys((list, Sequence, Raw, Cons), "a"),
}
KINDS = ((str, "s"), (int, "n"), (float, "n"), (list, "a"), (dict, "o"))
"""Where a caller's data holds subclasses."""
