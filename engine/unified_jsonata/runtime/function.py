"""Functions as values of a running expression, and calling them."""

from collections.abc import Callable
from typing import Any

Call = Callable[..., Any]


class Function:
    """A function value. `call` takes at most `takes` arguments by position; `arity` is what callbacks are given."""

    __slots__ = ("arity", "bare", "call", "called", "pattern", "takes")

    def __init__(
        self,
        call: Call,
        arity: int,
        *,
        takes: int | None = None,
        called: Callable[[tuple[Any, ...], Any], Any] | None = None,
        pattern: Any = None,
        bare: Call | None = None,
    ) -> None:
        self.call = call
        self.arity = arity
        self.takes = arity if takes is None else takes
        self.called = called
        """For those with a signature: takes the arguments and the context that may replace a missing one."""
        self.bare = bare
        """For lambdas with a signature: the lambda without."""
        self.pattern = pattern
        """The pattern of a regular expression."""


class Tail:
    """A call in tail position, made by the one who asked for the value, so that recursion does not deepen."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Call, arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments


def bounce(value: Any) -> Any:
    """Return the value of a call, tail calls made one after the other."""
    while type(value) is Tail:
        value = value.function(*value.arguments)
    return value
