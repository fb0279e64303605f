"""The syntax tree: one frozen struct for a kind of expression, each with its position in the source.

`start` and `end` are character offsets, `end` excluded. A bare name is a `Path` of one step. Steps are kept in
one flat tuple, so a long path is not a deep tree.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, get_args, get_origin

import msgspec


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The attribute of every kind: its place in the source."""

    start: int
    end: int


class String(Node, frozen=True, kw_only=True):
    """A string literal, escapes resolved."""

    value: str


class Number(Node, frozen=True, kw_only=True):
    """A number literal; integers keep every digit, a leading minus is folded in."""

    value: int | float


class Constant(Node, frozen=True, kw_only=True):
    """`true`, `false` or `null` (None)."""

    value: bool | None


class Regex(Node, frozen=True, kw_only=True):
    """A regular expression literal; `flags` holds `i` and `m`."""

    pattern: str
    flags: str


class Name(Node, frozen=True, kw_only=True):
    """A field name; occurs only as the node of a step."""

    value: str


class Wildcard(Node, frozen=True, kw_only=True):
    """`*`: every value of an object; occurs only as the node of a step."""


class Descendant(Node, frozen=True, kw_only=True):
    """`**`: the value and everything below it; occurs only as the node of a step."""


class Parent(Node, frozen=True, kw_only=True):
    """`%`: the object that the context was taken from; occurs only as the node of a step."""


class Variable(Node, frozen=True, kw_only=True):
    """`$name`; the empty name is the context `$`, the name `$` the root document `$$`."""

    name: str


class SortTerm(Node, frozen=True, kw_only=True):
    """One key of an order-by."""

    expression: Node
    descending: bool


class Sort(Node, frozen=True, kw_only=True):
    """`^(…)`; occurs only as the node of a step."""

    terms: tuple[SortTerm, ...]


class Filter(Node, frozen=True, kw_only=True):
    """`[…]` on a step: a position or a condition on each value."""

    expression: Node


class Index(Node, frozen=True, kw_only=True):
    """`#$name` after predicates: the position of each value, bound to a variable (name without `$`)."""

    name: str


Stage = Filter | Index


class Step(Node, frozen=True, kw_only=True):
    """One step of a path with what is done to its values, in the order of `stages`.

    `focus` is the variable of `@$name`, `index` the one of a `#$name` before any predicate.
    """

    node: Node
    stages: tuple[Stage, ...] = ()
    focus: str | None = None
    index: str | None = None
    keep_array: bool = False


class Path(Node, frozen=True, kw_only=True):
    """Steps taken one from the other; `keep_array` when any of them carries `[]`."""

    steps: tuple[Step, ...]
    keep_array: bool = False


class Predicate(Node, frozen=True, kw_only=True):
    """`[…]` on something that is not a path: applied to the whole value, once."""

    base: Node
    filters: tuple[Filter, ...]
    keep_array: bool = False


class Pair(Node, frozen=True, kw_only=True):
    """`key: value` of an object."""

    key: Node
    value: Node


class Object(Node, frozen=True, kw_only=True):
    """`{…}` where a value is expected."""

    pairs: tuple[Pair, ...]


class Group(Node, frozen=True, kw_only=True):
    """`base{…}`: the values of the base gathered by key."""

    base: Node
    pairs: tuple[Pair, ...]


class Range(Node, frozen=True, kw_only=True):
    """`low..high`; occurs only as an item of an array."""

    low: Node
    high: Node


class Array(Node, frozen=True, kw_only=True):
    """`[…]` where a value is expected."""

    items: tuple[Node, ...]


class Block(Node, frozen=True, kw_only=True):
    """`(…; …)`: the value of the last expression, bindings local."""

    expressions: tuple[Node, ...]


class Bind(Node, frozen=True, kw_only=True):
    """`$name := value`."""

    name: str
    value: Node


class Condition(Node, frozen=True, kw_only=True):
    """`test ? then : otherwise`."""

    test: Node
    then: Node
    otherwise: Node | None


class Default(Node, frozen=True, kw_only=True):
    """`left ?: right` (when left is falsy) and `left ?? right` (when left is undefined)."""

    operator: str
    left: Node
    right: Node


class Binary(Node, frozen=True, kw_only=True):
    """Arithmetic, comparison, `&`, `and`, `or`, `in`; `position` is the operator's offset."""

    operator: str
    left: Node
    right: Node
    position: int


class Negate(Node, frozen=True, kw_only=True):
    """`-value`."""

    operand: Node


class Apply(Node, frozen=True, kw_only=True):
    """`left ~> right`."""

    left: Node
    right: Node


class Call(Node, frozen=True, kw_only=True):
    """`function(arguments)`."""

    function: Node
    arguments: tuple[Node, ...]


class Placeholder(Node, frozen=True, kw_only=True):
    """`?` as an argument."""


class Partial(Node, frozen=True, kw_only=True):
    """A call with at least one `Placeholder`: a function of the arguments left open."""

    function: Node
    arguments: tuple[Node, ...]


class Lambda(Node, frozen=True, kw_only=True):
    """`function($a, $b)<signature>{body}`; parameters without their `$`."""

    parameters: tuple[str, ...]
    signature: str | None
    body: Node


class Transform(Node, frozen=True, kw_only=True):
    """`|pattern|update, delete|`: a function that answers a changed copy."""

    pattern: Node
    update: Node
    delete: Node | None


Children = Callable[[Node], tuple[Node, ...]]


def children(node: Node) -> tuple[Node, ...]:
    """Return every node directly below one, in source order if the structure gives it."""
    return _CHILDREN[type(node)](node)


def _below(kind: type[Node]) -> Children:
    """Return how the children of a kind of node are had, from the types of its fields: walks over trees are frequent."""
    fields = [field for field in msgspec.structs.fields(kind) if _holds_nodes(field.type)]
    if not fields:
        return lambda _: ()
    get: Children = attrgetter(*(field.name for field in fields))
    if len(fields) == 1:
        return get if get_origin(fields[0].type) is tuple else lambda node: _nodes(get(node))
    if all(isinstance(field.type, type) for field in fields):
        return get
    return lambda node: tuple(one for value in get(node) for one in _nodes(value))


def _holds_nodes(kind: Any) -> bool:
    return any(_holds_nodes(one) for one in get_args(kind)) or (isinstance(kind, type) and issubclass(kind, Node))


def _nodes(value: Any) -> tuple[Node, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


_CHILDREN: Mapping[type[Node], Children] = {kind: _below(kind) for kind in Node.__subclasses__()}


def calls_below(tree: Node) -> Iterator[Call]:
    """Yield every call of a function by its name in a tree, in no stated order."""
    pending = [tree]
    while pending:
        node = pending.pop()
        kind = type(node)
        pending += _CHILDREN[kind](node)
        if kind is Call and type(node.function) is Variable:  # type: ignore[attr-defined]
            yield node  # type: ignore[misc]


def is_path(node: Node) -> tuple[str, ...] | None:
    """Return the names of a bare dotted path (`a.b.c`), or None for anything more."""
    if not isinstance(node, Path) or node.keep_array:
        return None
    names: list[str] = []
    for step in node.steps:
        plain = not step.stages and step.focus is None and step.index is None
        if not (plain and isinstance(step.node, Name)):
            return None
        names.append(step.node.value)
    return tuple(names)


def innermost(node: Node, offset: int) -> Node:
    """Return the smallest node that covers a character offset."""
    for child in children(node):
        if child.start <= offset < child.end:
            return innermost(child, offset)
    return node
