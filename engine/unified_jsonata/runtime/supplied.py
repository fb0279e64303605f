"""Describes a function that the caller supplies to the compiler: its arguments, and the promises of its results."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from unified_jsonata.undefined import UNDEFINED

MANY: Final = 1_000
"""Arguments that a function with `*args` accepts."""

Settle = Callable[[Any], Callable[..., Any] | None]
"""Makes a function of the other arguments for one that is known; None where there is none for it."""
Supplied = TypeVar("Supplied", bound=Callable[..., Any])
_PROMISES = "__promises__"


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """Promises for every result of a function, so that the compiler can spare work."""

    plain: bool = False
    """It has no UNDEFINED inside and no tuples, so that it need not be copied."""
    only_read: tuple[int, ...] = ()
    """Positions of arguments that are not changed and no part of a result, so that a table of literals is made once."""
    first_filled: bool = False
    """The first argument that is neither missing, null nor empty text is the result; if all are, it is null or missing."""
    as_is: bool = False
    """It takes arguments as they are, with UNDEFINED and marked lists inside, so that they need not be copied for it.

    Its results may hold parts of them, and no tuples.
    """
    settled: tuple[int, Settle] | None = None
    """The position of an argument that is mostly a literal, and what makes the function of the others for it, once."""


class NullPasses(msgspec.Struct, frozen=True):
    """In the place of a supplied function: the language's function of that name, but null as one argument gives null."""

    position: int


def promises(
    *,
    plain: bool = False,
    only_read: tuple[int, ...] = (),
    first_filled: bool = False,
    as_is: bool = False,
    settled: tuple[int, Settle] | None = None,
) -> Callable[[Supplied], Supplied]:
    """Declare what holds for the results of a function."""
    made = Promises(plain=plain, only_read=only_read, first_filled=first_filled, as_is=as_is, settled=settled)

    def declare(function: Supplied) -> Supplied:
        setattr(function, _PROMISES, made)
        return function

    return declare


def promises_of(function: Callable[..., Any]) -> Promises:
    """Return what was declared of a function; of most functions nothing."""
    found = getattr(function, _PROMISES, None)
    return found if isinstance(found, Promises) else _NONE


_NONE: Final = Promises()


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


@lru_cache(maxsize=1024)
def arity(function: Callable[..., Any]) -> tuple[int, int]:
    """Return how many arguments a Python function requires and accepts by position."""
    required = accepted = 0
    for parameter in _parameters(function):
        if parameter.kind is parameter.VAR_POSITIONAL:
            accepted = MANY
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            accepted += 1
            required += parameter.default is parameter.empty
    return required, accepted


@lru_cache(maxsize=1024)
def fills_missing(function: Callable[..., Any]) -> bool:
    """Return whether every optional argument is UNDEFINED by default, so that a missing one may be passed as it is."""
    return all(_is_undefined_by_default(one) for one in _parameters(function))


def _is_undefined_by_default(parameter: inspect.Parameter) -> bool:
    positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    return positional and (parameter.default is parameter.empty or parameter.default is UNDEFINED)
