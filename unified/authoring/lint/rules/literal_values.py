"""Which literal texts an expression can give: for rules on enum values."""

from collections.abc import Callable, Iterator
from typing import Any

from unified_jsonata import Expression
from unified_jsonata.syntax.tree import (
    Array,
    Bind,
    Block,
    Call,
    Condition,
    Default,
    Node,
    Object,
    Path,
    String,
    Variable,
    children,
)

Bindings = dict[str, Node]
_DEFAULT_ARGUMENT = 2


def bindings_of(expression: Expression) -> Bindings:
    """Return what each `$name := value` of an expression binds; a name that is bound twice is left out."""
    found: Bindings = {}
    twice: set[str] = set()
    left = [expression.tree] if ":=" in expression.source else []
    while left:
        node = left.pop()
        left += children(node)
        if isinstance(node, Bind):
            twice |= {node.name} & found.keys()
            found[node.name] = node.value
    return {name: value for name, value in found.items() if name not in twice}


def texts_given(node: Node, bound: Bindings) -> Iterator[String]:
    """Yield the literal texts that a value can be: branches, `$enum` and `$lookup` tables, entries of lists."""
    give = GIVERS.get(type(node))
    if give is not None:
        yield from give(node, bound)


def _string(node: Any, _: Bindings) -> Iterator[String]:
    yield node


def _condition(node: Any, bound: Bindings) -> Iterator[String]:
    yield from texts_given(node.then, bound)
    if node.otherwise is not None:
        yield from texts_given(node.otherwise, bound)


def _default(node: Any, bound: Bindings) -> Iterator[String]:
    yield from texts_given(node.left, bound)
    yield from texts_given(node.right, bound)


def _block(node: Any, bound: Bindings) -> Iterator[String]:
    if node.expressions:
        yield from texts_given(node.expressions[-1], bound)


def _array(node: Any, bound: Bindings) -> Iterator[String]:
    for item in node.items:
        yield from texts_given(item, bound)


def _variable(node: Any, bound: Bindings) -> Iterator[String]:
    value = bound.get(node.name)
    if value is not None:
        yield from texts_given(value, {name: one for name, one in bound.items() if name != node.name})


def _path(node: Any, bound: Bindings) -> Iterator[String]:
    """Yield the last step of `words.$lookup({…}, $)`, a call or a literal."""
    if node.steps:
        yield from texts_given(node.steps[-1].node, bound)


def _call(node: Any, bound: Bindings) -> Iterator[String]:
    name = node.function.name if isinstance(node.function, Variable) else ""
    give = CALLS.get(name)
    if give is not None:
        yield from give(node.arguments, bound)


def _enum(arguments: tuple[Node, ...], bound: Bindings) -> Iterator[String]:
    if len(arguments) > 1:
        yield from _table(arguments[1], bound)
    if len(arguments) > _DEFAULT_ARGUMENT:
        yield from texts_given(arguments[_DEFAULT_ARGUMENT], bound)


def _to_common(arguments: tuple[Node, ...], bound: Bindings) -> Iterator[String]:
    """Yield the default; the words of the table are checked where it is."""
    if len(arguments) > _DEFAULT_ARGUMENT:
        yield from texts_given(arguments[_DEFAULT_ARGUMENT], bound)


def _lookup(arguments: tuple[Node, ...], bound: Bindings) -> Iterator[String]:
    if arguments:
        yield from _table(arguments[0], bound)


def _any(arguments: tuple[Node, ...], bound: Bindings) -> Iterator[String]:
    for argument in arguments:
        yield from texts_given(argument, bound)


def _table(node: Node, bound: Bindings) -> Iterator[String]:
    node = _followed(node, bound)
    if isinstance(node, Object):
        for pair in node.pairs:
            yield from texts_given(pair.value, bound)


def table_keys(node: Node, bound: Bindings) -> frozenset[str]:
    """Return the keys of a table that is written out; none of one that is calculated."""
    node = _followed(node, bound)
    return (
        frozenset(one.key.value for one in node.pairs if isinstance(one.key, String))
        if isinstance(node, Object)
        else frozenset()
    )


def _followed(node: Node, bound: Bindings) -> Node:
    while isinstance(node, Path) and len(node.steps) == 1 and not node.steps[0].stages:
        node = node.steps[0].node
    return bound.get(node.name, node) if isinstance(node, Variable) else node


GIVERS: dict[type[Node], Callable[[Any, Bindings], Iterator[String]]] = {
    String: _string,
    Condition: _condition,
    Default: _default,
    Block: _block,
    Array: _array,
    Variable: _variable,
    Path: _path,
    Call: _call,
}
"""How each kind of node hands on texts; a kind that is not here hands on none that is known."""

CALLS: dict[str, Callable[[tuple[Node, ...], Bindings], Iterator[String]]] = {
    "enum": _enum,
    "lookup": _lookup,
    "toCommon": _to_common,
    "coalesce": _any,
    "list": _any,
}
"""Functions that hand on literal texts of their arguments."""
