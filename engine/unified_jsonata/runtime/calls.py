"""Calls of function values, and making them."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.function import Function, Tail, bounce
from unified_jsonata.runtime.functions.table import Builtin
from unified_jsonata.runtime.plain import plain
from unified_jsonata.runtime.regex import Pattern
from unified_jsonata.runtime.regex.functions import match_object
from unified_jsonata.runtime.signature import Signature
from unified_jsonata.runtime.supplied import MANY, arity, promises_of
from unified_jsonata.runtime.values import letter, settle
from unified_jsonata.undefined import UNDEFINED

HOLE: Final = object()
"""A place left open in a partial application."""


def fail(code: str, name: str = "", hint: str = "") -> NoReturn:
    """Raise a failure from compiled code."""
    raise Failure(code, hint, token=name or None)


def call(budget: Budget, function: Any, arguments: tuple[Any, ...], context: Any, hint: str = "") -> Any:
    """Call a function value; T1006 when it is not a function, with a hint of what may have been meant."""
    return settle(call_raw(budget, function, arguments, context, hint))


def call_raw(_: Budget, function: Any, arguments: tuple[Any, ...], context: Any, hint: str = "") -> Any:
    """Call a function as `call` does, but do not unwrap what it has gathered."""
    if not isinstance(function, Function):
        raise Failure("T1006", hint)
    if function.called is not None:
        return bounce(function.called(arguments, context))
    return bounce(function.call(*arguments[: function.takes]))


def tail(budget: Budget, function: Any, arguments: tuple[Any, ...], context: Any) -> Any:
    """Make a call in tail position: the caller that needs the value runs it when the function is a lambda."""
    if isinstance(function, Function) and function.called is None:
        return Tail(function.call, arguments[: function.takes])
    if isinstance(function, Function) and function.called is not None:
        return function.called(arguments, context)
    return call_raw(budget, function, arguments, context)


def signed(function: Callable[..., Any], arity: int, checked: Signature, context: Any) -> Function:
    """Return a lambda with a signature. Called back, its context is null, as in the reference."""
    del context
    return Function(
        lambda *given: function(*checked.arguments(given, None)[:arity]),
        arity,
        takes=MANY,
        called=lambda given, around: function(*checked.arguments(given, around)[:arity]),
        bare=function,
    )


def run(budget: Budget, builtin: Builtin, arguments: Sequence[Any], context: Any) -> Any:
    """Call a function of the language with arguments that are not known to fit."""
    return builtin.call(budget, *builtin.signature.arguments(arguments, context, builtin.name))


def runner(builtin: Builtin, *, others_fit: bool) -> Callable[..., Any]:
    """Return a function of the language as compiled code calls it when it does not know the kinds of the arguments.

    `others_fit` says that all but the first are known to fit, so that nothing has to be done when the first is missing.
    """
    skips = builtin.mute and others_fit

    only = builtin.signature.parameters[0].subtype if len(builtin.signature.parameters) == 1 else None

    def run_checked(budget: Budget, context: Any, *arguments: Any) -> Any:
        if only is not None and len(arguments) == 1 and letter(arguments[0]) == only:
            return builtin.call(budget, [arguments[0]])  # one value where an array is expected
        if skips and arguments and arguments[0] is UNDEFINED:
            return UNDEFINED
        return run(budget, builtin, arguments, context)

    return run_checked


def builtin_function(budget: Budget, builtin: Builtin) -> Function:
    """Return a function of the language as a value."""
    return Function(
        lambda *given: run(budget, builtin, given, None),
        builtin.arity,
        takes=MANY,
        called=lambda given, context: builtin.call(budget, *builtin.signature.arguments(given, context, builtin.name)),
    )


def null_function(budget: Budget, builtin: Builtin, position: int) -> Function:
    """Return a function of the language as a value, for which null as one argument gives null."""

    def run_unless_null(given: tuple[Any, ...], context: Any) -> Any:
        return None if len(given) > position and given[position] is None else run(budget, builtin, given, context)

    return Function(lambda *given: run_unless_null(given, None), builtin.arity, takes=MANY, called=run_unless_null)


def regex_function(budget: Budget, pattern: Pattern) -> Function:
    """Return a regular expression as a value: called, it answers its first match."""

    def first(text: Any = UNDEFINED, start: Any = 0) -> Any:
        if not isinstance(text, str):
            return UNDEFINED
        return _matched(match_object(pattern, text, budget) if not start else _from(pattern, text, start, budget))

    return Function(first, 2, pattern=pattern)


def _from(pattern: Pattern, text: str, start: Any, budget: Budget) -> Any:
    found = match_object(pattern, text, budget)
    while found is not UNDEFINED and found["start"] < start:
        found = found["next"]()
    return found


def _matched(found: Any) -> Any:
    """Return a match with a `next` that is a function value."""
    if found is UNDEFINED:
        return UNDEFINED
    following = found["next"]
    return {**found, "next": Function(lambda: _matched(following()), 0)}


def applied(budget: Budget, left: Any, right: Any, context: Any) -> Any:
    """Evaluate `left ~> right` for values: a call, or a function that does both in order. T2006 for other values."""
    if not isinstance(right, Function):
        raise Failure("T2006", token="~>")
    if isinstance(left, Function):
        return Function(lambda value=UNDEFINED: call(budget, right, (call(budget, left, (value,), None),), None), 1)
    return call(budget, right, (left,), context)


def partial(budget: Budget, function: Any, arguments: tuple[Any, ...]) -> Function:
    """Return a function of the arguments left open; T1008 when it is not a function."""
    if not isinstance(function, Function):
        raise Failure("T1008")
    bare = function.bare
    holes = [at for at, value in enumerate(arguments) if value is HOLE]

    def fill(*given: Any) -> Any:
        values = list(arguments)
        for at, hole in enumerate(holes):
            values[hole] = given[at] if at < len(given) else UNDEFINED
        if bare is not None:  # the reference forgets the signature
            return bounce(bare(*values[: function.arity]))
        return call_raw(budget, function, tuple(values), None)

    return Function(fill, len(holes))


class GivenFailure(Exception):
    """A function supplied by the caller raised, or was called in a way that it cannot be; the cause is its own error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def given(
    budget: Budget, function: Callable[..., Any], name: str, required: int, accepted: int, arguments: Sequence[Any]
) -> Any:
    """Call a function supplied by the caller: trailing missing arguments keep their defaults, others are UNDEFINED."""
    del budget
    promised = promises_of(function)
    values = list(arguments) if promised.as_is else [plain(value) for value in arguments]
    if any(isinstance(value, Function) for value in values):
        raise Failure("U0103", token=name)
    while values and values[-1] is UNDEFINED:
        values.pop()
    if len(values) > accepted:
        raise Failure("T0410", f"${name} takes {accepted}", name)
    values += [UNDEFINED] * (required - len(values))
    try:
        found = function(*values)
        return found if promised.plain else plain(found) if promised.as_is else answer(found)
    except Exception as error:
        raise GivenFailure(name) from error


def answer(value: Any) -> Any:
    """Return what a function supplied by the caller answers: UNDEFINED inside of it is left out."""
    kind = type(value)
    if kind is dict:
        return {key: answer(item) for key, item in value.items() if item is not UNDEFINED}
    if kind is list or kind is tuple:
        return [answer(item) for item in value if item is not UNDEFINED]
    return value


def given_function(budget: Budget, name: str, function: Callable[..., Any]) -> Function:
    """Return a function supplied by the caller as a value."""
    required, accepted = arity(function)

    def run_given(*arguments: Any) -> Any:
        return given(budget, function, name, required, accepted, arguments)

    return Function(run_given, max(required, 1), takes=MANY)
