"""Which names of a compiled program may be read before they are made: a check of its Python source, without running it.

Branches make what both of them make, loops nothing for certain. A function may read what is made before it stands; lambdas
(`f1`, `f2` …) may call later ones, since the expression may too: that is T1006 when it runs.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Mapping
from typing import Any

from unified_jsonata.runtime.library import LIBRARY

KNOWN = {*LIBRARY, *dir(builtins)}
LAMBDA = re.compile("f[0-9]+")


def unbound(source: str, constants: Mapping[str, Any] | Iterable[str] = ()) -> list[str]:
    """The names that may be read before they are made, each with its line."""
    check = _Check({*KNOWN, *constants})
    check.block(ast.parse(source).body, set())
    return check.found


class _Check:
    """Walks the statements of one function after the other. `outer` is what is known around the present one."""

    def __init__(self, outer: set[str], later: set[str] | None = None, found: list[str] | None = None) -> None:
        self.outer = outer
        self.later = later or set()
        self.found = [] if found is None else found

    def block(self, statements: list[ast.stmt], made: set[str]) -> set[str] | None:
        """What is made after some statements; None when they do not come to their end."""
        for one in statements:
            after = self.statement(one, made)
            if after is None:
                return None
            made = after
        return made

    def statement(self, node: ast.stmt, made: set[str]) -> set[str] | None:  # noqa: PLR0912 - a row for each kind
        """What is made after a statement."""
        match node:
            case ast.FunctionDef():
                made = made | {node.name}
                self.function(node, made)
            case ast.Assign():
                self.read(node.value, made)
                for target in node.targets:
                    made = self.target(target, made)
            case ast.AugAssign():
                self.read(node.value, made)
                self.read(ast.copy_location(_loaded(node.target), node), made)
            case ast.If():
                self.read(node.test, made)
                ends = [self.block(part, set(made)) for part in (node.body, node.orelse)]
                there = [one for one in ends if one is not None]
                return set.intersection(*there) if there else None
            case ast.For():
                self.read(node.iter, made)
                self.block(node.body, self.target(node.target, set(made)))
            case ast.While():
                self.block(node.body, set(made))
                return None  # `while True`, left by `return` only
            case ast.Return() | ast.Raise() | ast.Continue():
                self.reads(ast.iter_child_nodes(node), made)
                return None
            case ast.Delete():
                self.reads((_loaded(target) for target in node.targets), made)
            case ast.Expr():
                self.read(node.value, made)
            case ast.Nonlocal() | ast.Pass():
                pass
            case _:
                raise AssertionError(f"a program has no {type(node).__name__}")
        return made

    def target(self, node: ast.expr, made: set[str]) -> set[str]:
        """What is made after an assignment to a name, several, or a place in an object."""
        if isinstance(node, ast.Name):
            return made | {node.id}
        if isinstance(node, ast.Tuple):
            for one in node.elts:
                made = self.target(one, made)
            return made
        self.read(_loaded(node), made)
        return made

    def function(self, node: ast.FunctionDef, made: set[str]) -> None:
        """A function of the program: it may run at any time after it stands."""
        self.reads(node.args.defaults, made)
        shared = {name for one in ast.walk(node) if isinstance(one, ast.Nonlocal) for name in one.names}
        own = set(_stored(node)) - shared
        parameters = {one.arg for one in node.args.args}
        later = self.later | {name for name in own | _defined(node) if LAMBDA.fullmatch(name)}
        inner = _Check((self.outer | made | self.later) - (own - parameters), later, self.found)
        inner.block(node.body, set(parameters))

    def reads(self, nodes: Iterable[ast.AST], made: set[str]) -> None:
        for one in nodes:
            self.read(one, made)

    def read(self, node: ast.AST, made: set[str]) -> None:
        """Note the names of an expression that may not be there."""
        if isinstance(node, ast.Lambda):
            self.read(node.body, made | {one.arg for one in node.args.args})
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            for part in node.generators:
                self.read(part.iter, made)
                made = self.target(part.target, set(made))
                self.reads(part.ifs, made)
            self.read(node.elt, made)
        elif isinstance(node, ast.Name):
            if node.id not in made and node.id not in self.outer and node.id not in self.later:
                self.found.append(f"{node.id} in line {node.lineno}")
        else:
            self.reads(ast.iter_child_nodes(node), made)


def _loaded(node: ast.expr) -> ast.AST:
    """What is read where something is stored or deleted."""
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        parts = [node.value, node.slice] if isinstance(node, ast.Subscript) else [node.value]
        return ast.Tuple(elts=parts, ctx=ast.Load())
    return node


def _stored(node: ast.AST) -> Iterable[str]:
    """Names that a function makes; those of a comprehension are its own."""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        if not isinstance(one, (ast.ListComp, ast.GeneratorExp, ast.FunctionDef)):
            yield from _stored(one)


def _defined(node: ast.FunctionDef) -> set[str]:
    return {one.name for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one is not node}
