"""Which `$names` an expression leaves to its surroundings: the variables it reads and the functions it calls."""

from collections.abc import Iterator

import msgspec

from unified.jsonata.names import BUILTINS
from unified.jsonata.syntax.tree import (
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


class Use(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A free `$name` (without `$`) at a place in the source."""

    start: int
    end: int
    name: str


class Frame:
    """Names bound so far in a scope. Those bound later count inside a lambda, which runs later."""

    def __init__(self, outer: "Frame | None" = None, *, later: frozenset[str] = frozenset()) -> None:
        self.outer = outer
        self.names: set[str] = set()
        self.later = later
        self.is_lambda = False

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
        if isinstance(node, Variable):
            self._use(node, frame, called=node.name in BUILTINS)
        elif isinstance(node, Block):
            inner = Frame(frame, later=frozenset(_bound(node.expressions)))
            self._all(node.expressions, inner)
        elif isinstance(node, Bind):
            self._bind(node, frame)
        elif isinstance(node, Lambda):
            self._lambda(node, frame)
        elif isinstance(node, Path):
            self._path(node, frame)
        elif isinstance(node, Group) and isinstance(node.base, Path):
            self._all(node.pairs, self._path(node.base, frame))
        else:
            self._others(node, frame)

    def _others(self, node: Node, frame: Frame) -> None:
        called = None
        if isinstance(node, (Call, Partial)):
            called = node.function
        elif isinstance(node, Apply):
            called = node.right
        for child in children(node):
            if child is called and isinstance(child, Variable):
                self._use(child, frame, called=True)
            else:
                self.visit(child, frame)

    def _all(self, nodes: tuple[Node, ...], frame: Frame) -> None:
        for node in nodes:
            self.visit(node, frame)

    def _use(self, node: Variable, frame: Frame, *, called: bool) -> None:
        if node.name in ("", "$") or frame.binds(node.name):
            return
        use = Use(name=node.name, start=node.start, end=node.end)
        (self.functions if called else self.variables).append(use)

    def _bind(self, node: Bind, frame: Frame) -> None:
        if isinstance(node.value, Lambda):
            frame.names.add(node.name)
        self.visit(node.value, frame)
        frame.names.add(node.name)

    def _lambda(self, node: Lambda, frame: Frame) -> None:
        inner = Frame(frame)
        inner.is_lambda = True
        inner.names.update(node.parameters)
        self.visit(node.body, inner)

    def _path(self, node: Path, frame: Frame) -> Frame:
        inner = Frame(frame)
        for step in node.steps:
            self.visit(step.node, inner)
            inner.names.update(name for name in (step.focus, step.index) if name is not None)
            for stage in step.stages:
                if isinstance(stage, Index):
                    inner.names.add(stage.name)
                else:
                    self.visit(stage.expression, inner)
        return inner


def _bound(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Return the names that expressions bind directly, not inside a block or lambda."""
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
