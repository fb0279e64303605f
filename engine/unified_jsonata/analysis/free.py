"""Which `$names` an expression leaves to its surroundings: the variables it reads and the functions it calls."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import cast

import msgspec

from unified_jsonata.names import BUILTINS
from unified_jsonata.syntax.tree import (
    Apply,
    Bind,
    Block,
    Call,
    Group,
    Index,
    Lambda,
    Node,
    Partial,
    Path,
    Variable,
    children,
)


class Use(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """A free `$name` (without `$`) at a place in the source."""

    start: int
    end: int
    name: str


class Frame:
    """Names bound so far in a scope. Those that its block binds later count inside a lambda, which runs later."""

    def __init__(self, outer: "Frame | None" = None, *, block: tuple[Node, ...] = (), is_lambda: bool = False) -> None:
        self.outer = outer
        self.names: set[str] = set()
        self.is_lambda = is_lambda
        self._block = block

    @cached_property
    def later(self) -> frozenset[str]:
        """The names that the block binds anywhere; found when a lambda in it first looks for one."""
        return frozenset(_bound(self._block))

    def binds(self, name: str) -> bool:
        """Return whether the name is bound here or around here."""
        frame: Frame | None = self
        inside = False
        while frame is not None:
            if name in frame.names or (inside and name in frame.later):
                return True
            inside = inside or frame.is_lambda
            frame = frame.outer
        return False


class Finder:
    """Collects the free names of one tree."""

    def __init__(self) -> None:
        self.variables: list[Use] = []
        self.functions: list[Use] = []

    def visit(self, node: Node, frame: Frame) -> None:
        """Look at a node and everything below it."""
        look = _LOOKS.get(type(node))
        if look is not None:
            look(self, node, frame)
            return
        for child in children(node):
            self.visit(child, frame)

    def variable(self, node: Node, frame: Frame) -> None:
        """Note the variable, which is a value here; a built-in function may be one as well."""
        name = cast("Variable", node).name
        self._use(cast("Variable", node), frame, called=name in BUILTINS)

    def caller(self, node: Node, frame: Frame) -> None:
        """Look at what is called as a function, and at the rest as values."""
        called = node.right if isinstance(node, Apply) else cast("Call | Partial", node).function
        for child in children(node):
            if child is called and isinstance(child, Variable):
                self._use(child, frame, called=True)
            else:
                self.visit(child, frame)

    def _use(self, node: Variable, frame: Frame, *, called: bool) -> None:
        if node.name in {"", "$"} or frame.binds(node.name):
            return
        use = Use(name=node.name, start=node.start, end=node.end)
        (self.functions if called else self.variables).append(use)

    def block(self, node: Node, frame: Frame) -> None:
        """Look at the expressions of a block, which is a scope."""
        expressions = cast("Block", node).expressions
        inner = Frame(frame, block=expressions)
        for one in expressions:
            self.visit(one, inner)

    def bind(self, node: Node, frame: Frame) -> None:
        """Bind a name behind its value; a lambda knows its own."""
        found = cast("Bind", node)
        if isinstance(found.value, Lambda):
            frame.names.add(found.name)
        self.visit(found.value, frame)
        frame.names.add(found.name)

    def function(self, node: Node, frame: Frame) -> None:
        """Look at a lambda, in which its parameters are bound."""
        found = cast("Lambda", node)
        inner = Frame(frame, is_lambda=True)
        inner.names.update(found.parameters)
        self.visit(found.body, inner)

    def path(self, node: Node, frame: Frame) -> Frame:
        """Look at the steps, and return the scope of their `@` and `#` variables."""
        inner = Frame(frame)
        for step in cast("Path", node).steps:
            self.visit(step.node, inner)
            inner.names.update(name for name in (step.focus, step.index) if name is not None)
            for stage in step.stages:
                if isinstance(stage, Index):
                    inner.names.add(stage.name)
                else:
                    self.visit(stage.expression, inner)
        return inner

    def group(self, node: Node, frame: Frame) -> None:
        """Look at the base of a group, and at its pairs in the scope of the base."""
        found = cast("Group", node)
        if isinstance(found.base, Path):
            inner = self.path(found.base, frame)
        else:
            inner = frame
            self.visit(found.base, frame)
        for pair in found.pairs:
            self.visit(pair, inner)


_LOOKS: Mapping[type[Node], Callable[[Finder, Node, Frame], object]] = {
    Variable: Finder.variable,
    Call: Finder.caller,
    Partial: Finder.caller,
    Apply: Finder.caller,
    Block: Finder.block,
    Bind: Finder.bind,
    Lambda: Finder.function,
    Path: Finder.path,
    Group: Finder.group,
}
"""Kind of node -> how it is looked at; in all others, every child is a value in the same scope."""


def _bound(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Yield the names that expressions bind directly, not inside a block or lambda."""
    for node in nodes:
        if isinstance(node, Bind):
            yield node.name
        if not isinstance(node, (Block, Lambda)):
            yield from _bound(children(node))


def free_names(tree: Node) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    """Return (variables, functions) in source order; a built-in passed as a value counts as a function."""
    finder = Finder()
    finder.visit(tree, Frame())
    return tuple(sorted(finder.variables)), tuple(sorted(finder.functions))
