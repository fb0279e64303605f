"""Calls of a function by name in an expression, and what their literal arguments say."""

from collections.abc import Collection, Iterator

from unified.jsonata import Expression, Node, is_path
from unified.jsonata.syntax.tree import Call, String, Variable, children


def calls_of(tree: Node, names: Collection[str]) -> Iterator[tuple[str, Call]]:
    """Yield every call of one of these functions with its name, in no stated order."""
    pending = [tree]
    while pending:
        node = pending.pop()
        pending += children(node)
        if isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name in names:
            yield node.function.name, node


def calls_in(expression: Expression, names: Collection[str]) -> Iterator[tuple[str, Call]]:
    """Yield the calls of an expression as `calls_of` does; one in which no name is written is not walked."""
    if any(f"${name}" in expression.source for name in names):
        yield from calls_of(expression.tree, names)


def literal(call: Call, position: int) -> String | None:
    """Return a text that is written as an argument; None for an argument that is calculated or not there."""
    argument = call.arguments[position] if len(call.arguments) > position else None
    return argument if isinstance(argument, String) else None


def field_named(call: Call, position: int) -> str | None:
    """Return the field that an argument reads by its plain name."""
    argument = call.arguments[position] if len(call.arguments) > position else None
    path = None if argument is None else is_path(argument)
    return path[0] if path is not None and len(path) == 1 else None
