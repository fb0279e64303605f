"""What the compiler knows of a function that the caller supplies: its arguments, and what it promises of its results."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from unified.jsonata.undefined import UNDEFINED

MANY: Final = 1_000
"""Arguments that a function with `*args` accepts."""

Supplied = TypeVar("Supplied", bound=Callable[..., Any])
_PLAIN = "__returns_plain__"


def plain_results(function: Supplied) -> Supplied:
    """Declare that a function's results hold no UNDEFINED inside and no tuples, so that they need not be copied."""
    setattr(function, _PLAIN, True)
    return function


def returns_plain(function: Callable[..., Any]) -> bool:
    """Return whether `plain_results` was declared of a function."""
    return getattr(function, _PLAIN, False) is True


@lru_cache(maxsize=1024)
def arity(function: Callable[..., Any]) -> tuple[int, int]:
    """Return how many arguments a Python function requires and accepts by position."""
    required = accepted = 0
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            accepted = MANY
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            accepted += 1
            required += parameter.default is parameter.empty
    return required, accepted


@lru_cache(maxsize=1024)
def fills_missing(function: Callable[..., Any]) -> bool:
    """Return whether every optional argument is UNDEFINED by default, so that a missing one may be passed as it is."""
    parameters = inspect.signature(function).parameters.values()
    return all(_is_undefined_by_default(one) for one in parameters)


def _is_undefined_by_default(parameter: inspect.Parameter) -> bool:
    positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    return positional and (parameter.default is parameter.empty or parameter.default is UNDEFINED)
