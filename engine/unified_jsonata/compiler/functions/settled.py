"""Functions that the caller supplies, made once for an argument that is known when the expression is compiled."""

from collections.abc import Callable, Sequence
from typing import Any

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import Value
from unified_jsonata.runtime.supplied import arity, promises_of

Function = Callable[..., Any]


def settled_function(gen: Generator, name: str, arguments: Sequence[Value]) -> tuple[Function, str, Sequence[Value]]:
    """Return a supplied function, its code and its arguments: for a literal its own function, without the literal."""
    function, settled = gen.given[name], promises_of(gen.given[name]).settled
    if settled is not None and settled[0] < len(arguments) <= arity(function)[1]:
        position, settle = settled
        known = gen.constants.get(arguments[position].code, arguments[position].literal)
        made = settle(known) if isinstance(known, str | list) else None
        if made is not None:
            return made, gen.constant(made), [*arguments[:position], *arguments[position + 1 :]]
    return function, gen.given_constant(name), arguments
