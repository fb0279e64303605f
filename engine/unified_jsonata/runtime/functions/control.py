"""Functions about values of any kind, and those that end an evaluation."""

import math
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.values import letter, settle, truthy
from unified_jsonata.undefined import UNDEFINED

TYPES = {"s": "string", "n": "number", "b": "boolean", "l": "null", "a": "array", "o": "object", "f": "function"}


def boolean(_: Budget, value: Any) -> Any:
    """Evaluate `$boolean`."""
    return UNDEFINED if value is UNDEFINED else truthy(value)


def negation(_: Budget, value: Any) -> Any:
    """Evaluate `$not`."""
    return UNDEFINED if value is UNDEFINED else not truthy(value)


def exists(_: Budget, value: Any) -> bool:
    """Evaluate `$exists`."""
    return value is not UNDEFINED


def kind(_: Budget, value: Any) -> Any:
    """Evaluate `$type`."""
    if isinstance(value, float) and math.isinf(value):
        raise Failure("D1001")
    return TYPES.get(letter(value), UNDEFINED)


def error(_: Budget, message: Any = UNDEFINED) -> Any:
    """Evaluate `$error`. The message may be data, so it is not shown."""
    del message
    raise Failure("D3137", token="error")


def assertion(_: Budget, holds: Any, message: Any = UNDEFINED) -> Any:
    """Evaluate `$assert`."""
    del message
    if holds is not True:
        raise Failure("D3141", token="assert")
    return UNDEFINED


def evaluation(budget: Budget, source: Any, focus: Any = UNDEFINED) -> Any:
    """Evaluate `$eval` as a callback; a call of it is compiled to see the variables around it."""
    return UNDEFINED if source is UNDEFINED else budget.evaluate(source, settle(focus), {})
