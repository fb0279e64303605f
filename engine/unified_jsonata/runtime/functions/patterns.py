"""Functions that take a pattern, a matcher or a comparison as a function value of the language."""

from typing import Any

from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.function import Function, bounce
from unified_jsonata.runtime.functions import arrays, higher_order
from unified_jsonata.runtime.regex import functions
from unified_jsonata.runtime.values import Raw
from unified_jsonata.undefined import UNDEFINED


def match(budget: Budget, text: Any, pattern: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$match`."""
    found = functions.match_(budget, text, _python(pattern), limit)
    return Raw(found) if isinstance(found, list) else found


def contains(budget: Budget, text: Any, token: Any) -> Any:
    """Evaluate `$contains`."""
    return functions.contains(budget, text, _python(token))


def split(budget: Budget, text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$split`."""
    return functions.split(budget, text, _python(separator), limit)


def replace(budget: Budget, text: Any, pattern: Any, replacement: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$replace`."""
    return functions.replace(budget, text, _python(pattern), _python(replacement), limit)


def sort(budget: Budget, values: Any, function: Any = UNDEFINED) -> Any:
    """Evaluate `$sort`."""
    return arrays.sort(budget, values) if function is UNDEFINED else higher_order.sort_by(budget, values, function)


def _python(value: Any) -> Any:
    """Return a function value as the Python side calls it: a regular expression as its pattern, others as callables."""
    if not isinstance(value, Function):
        return value
    if value.pattern is not None:
        return value.pattern
    call, takes = value.call, value.takes
    return lambda *arguments: _answer(bounce(call(*map(_asked, arguments[:takes]))))


def _asked(value: Any) -> Any:
    """Return a match that is handed to a function: its `next` is a function value."""
    if not isinstance(value, dict) or not callable(value.get("next")):
        return value
    following = value["next"]
    return {**value, "next": Function(lambda: _asked(following()), 0)}


def _answer(value: Any) -> Any:
    """Return what a matcher answers: its `next` is a function value too."""
    if isinstance(value, dict) and isinstance(value.get("next"), Function):
        following = value["next"]
        return {**value, "next": lambda: _answer(bounce(following.call()))}
    return value
