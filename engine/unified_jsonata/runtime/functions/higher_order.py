"""Functions that call a function given to them, where the compiler has not made a loop of them."""

from collections.abc import Callable
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.function import Function, bounce
from unified_jsonata.runtime.values import Raw, settle, truthy
from unified_jsonata.undefined import UNDEFINED

THREE = 3
HOLE = object()


def callback(function: Any, arity: int = THREE) -> Callable[..., Any]:
    """Return a function value as Python calls it, given no more arguments than it has parameters; T1006 for other values."""
    if not isinstance(function, Function):
        raise Failure("T1006")
    call, given = function.call, min(max(1, min(function.arity, arity)), function.takes)
    return lambda *arguments: bounce(call(*arguments[:given]))


def _read(values: Any, function: Any) -> Any:
    """Return values as the parameters of a lambda read them: what a callback before has gathered unwraps."""
    if isinstance(function, Function) and function.called is None and Raw in map(type, values):
        return [settle(value) for value in values]
    return values


def map_values(budget: Budget, values: Any, function: Any) -> Any:
    """Evaluate `$map`."""
    if values is UNDEFINED:
        return UNDEFINED
    call = callback(function)
    found = Raw()
    for at, value in enumerate(budget.loop(_read(values, function))):
        one = call(value, at, values)
        if one is not UNDEFINED:
            found.append(one)
    return found


def filter_values(budget: Budget, values: Any, function: Any) -> Any:
    """Evaluate `$filter`."""
    if values is UNDEFINED:
        return UNDEFINED
    call = callback(function)
    read = _read(values, function)
    return Raw(value for at, value in enumerate(budget.loop(values)) if truthy(call(read[at], at, values)))


def single(budget: Budget, values: Any, function: Any = UNDEFINED) -> Any:
    """Evaluate `$single`; D3138 for more than one, D3139 for none."""
    if values is UNDEFINED:
        return UNDEFINED
    call = None if function is UNDEFINED else callback(function)
    read = _read(values, function)
    fits = (value for at, value in enumerate(budget.loop(values)) if call is None or truthy(call(read[at], at, values)))
    found = next(fits, HOLE)
    if found is HOLE or next(fits, HOLE) is not HOLE:
        raise Failure("D3139" if found is HOLE else "D3138", token="single")
    return found


def reduce(budget: Budget, values: Any, function: Any, start: Any = UNDEFINED) -> Any:
    """Evaluate `$reduce`; D3050 when the function takes fewer than two arguments."""
    if values is UNDEFINED:
        return UNDEFINED
    if isinstance(function, Function) and function.arity < 2:  # noqa: PLR2004 - what is carried, and a value
        raise Failure("D3050", token="reduce")
    call = callback(function, 4)
    read = _read(values, function)
    rest = read if start is not UNDEFINED else read[1:]
    carried = start if start is not UNDEFINED else values[0] if values else UNDEFINED
    for at, value in enumerate(budget.loop(rest), len(values) - len(rest)):
        carried = call(settle(carried), value, at, values)
    return carried


def each(budget: Budget, value: Any, function: Any) -> Any:
    """Evaluate `$each`."""
    call = callback(function)
    found = Raw()
    for key in budget.loop(list(value) if isinstance(value, dict) else ()):
        one = call(value[key], key, value)
        if one is not UNDEFINED:
            found.append(one)
    return found


def sift(budget: Budget, value: Any, function: Any = UNDEFINED) -> Any:
    """Evaluate `$sift`: UNDEFINED when nothing is left. Of nothing it asks for no function, as in the reference."""
    if not isinstance(value, dict) or not value:
        return UNDEFINED
    call = callback(function)
    found = {key: value[key] for key in budget.loop(list(value)) if truthy(call(value[key], key, value))}
    return found or UNDEFINED


def sort_by(budget: Budget, values: Any, function: Any) -> Any:
    """Evaluate `$sort` with a function that returns whether its first argument comes after its second."""
    if values is UNDEFINED or len(values) < 2:  # noqa: PLR2004 - nothing to order
        return values
    if not isinstance(function, Function):
        raise Failure("T1006")
    call, takes = function.call, function.takes  # both, whatever the function's arity
    return merge_sorted(budget, list(values), lambda left, right: _holds(bounce(call(*_read((left, right), function)[:takes]))))


def _holds(answer: Any) -> bool:
    """Return what the reference takes for true here: JavaScript's truth, by which an empty array or object holds."""
    if isinstance(answer, (list, dict, Function)):
        return True
    return answer is not UNDEFINED and truthy(answer)


def merge_sorted(budget: Budget, values: list[Any], after: Callable[[Any, Any], bool]) -> list[Any]:
    """Return a stable sort that asks in the order of the reference, which matters when `after` contradicts itself."""
    if len(values) < 2:  # noqa: PLR2004 - in order
        return values
    middle = len(values) // 2
    left, right = (merge_sorted(budget, half, after) for half in (values[:middle], values[middle:]))
    budget.spend(len(values))
    found: list[Any] = []
    at = other = 0
    while at < len(left) and other < len(right):
        if after(left[at], right[other]):
            found.append(right[other])
            other += 1
        else:
            found.append(left[at])
            at += 1
    return found + left[at:] + right[other:]
