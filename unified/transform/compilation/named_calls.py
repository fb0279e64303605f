"""Calls of a function by name in an expression, and what their literal arguments say."""

from collections.abc import Collection, Iterable, Iterator

from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Call, Node, String, Variable, calls_below, children, is_path


def calls_of(tree: Node, names: Collection[str]) -> Iterator[tuple[str, Call]]:
    """Yield every call of one of these functions with its name, in no stated order."""
    yield from _named(calls_below(tree), names)


def _named(calls: Iterable[Call], names: Collection[str]) -> Iterator[tuple[str, Call]]:
    for call in calls:
        if isinstance(call.function, Variable) and call.function.name in names:
            yield call.function.name, call


def calls_in(expression: Expression, names: Collection[str]) -> Iterator[tuple[str, Call]]:
    """Yield the calls of an expression in the order of its text; one that mentions none of the names is not walked."""
    if any(f"${name}" in expression.source for name in names):
        yield from _named(expression.calls, names)


def literal(call: Call, position: int) -> String | None:
    """Return a text that is written as an argument; None for an argument that is calculated or not there."""
    argument = call.arguments[position] if len(call.arguments) > position else None
    return argument if isinstance(argument, String) else None


def texts_in(node: Node) -> Iterator[String]:
    """Yield every literal text in a tree."""
    if isinstance(node, String):
        yield node
    for child in children(node):
        yield from texts_in(child)


def field_named(call: Call, position: int) -> str | None:
    """Return the field that an argument reads by its plain name."""
    argument = call.arguments[position] if len(call.arguments) > position else None
    path = None if argument is None else is_path(argument)
    return path[0] if path is not None and len(path) == 1 else None
