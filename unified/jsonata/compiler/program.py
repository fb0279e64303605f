"""From a tree to a Python function, and from a line of it back to the place in the expression."""

import itertools
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from unified.jsonata.compiler.generator import Generator
from unified.jsonata.compiler.handlers import HANDLERS, TESTS
from unified.jsonata.compiler.kinds import DEEP, FUNCTION, Value
from unified.jsonata.compiler.place import Place
from unified.jsonata.compiler.plan import Plan
from unified.jsonata.compiler.scope import Scope
from unified.jsonata.compiler.scopes import opened
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.library import LIBRARY
from unified.jsonata.syntax.ancestry import Ancestry, resolve
from unified.jsonata.syntax.tree import Node

Main = Callable[[Any, Mapping[str, Any], Budget], Any]
NUMBERS = itertools.count(1)


class Program:
    """One expression as a Python function; immutable."""

    def __init__(
        self, source: str, tree: Node, given: Mapping[str, Any], hidden: frozenset[str], *, general: bool, inner: bool = False
    ) -> None:
        ancestry = resolve(tree) if "%" in source else Ancestry()
        plan = Plan(tree, streams=bool(ancestry.remembered))
        trusted = set(plan.recursive)
        while True:
            gen = Generator(plan, ancestry, HANDLERS, TESTS, given, hidden, general=general, inner=inner)
            gen.trusted = trusted
            value = _write(gen, tree)
            if not gen.doubted & trusted:
                break
            trusted = trusted - gen.doubted
        gen.prune()
        self.source = "\n".join(gen.lines) + "\n"
        self.measured = gen.grows or value.marks == DEEP or value.may(FUNCTION)
        """Whether the result may hold marked lists or functions, or be larger than the document."""
        self._places = gen.places
        self._callees = gen.callees
        self._file = f"<jsonata {next(NUMBERS)}>"
        self.main = self._load(gen.constants)

    def _load(self, constants: Mapping[str, Any]) -> Main:
        names: dict[str, Any] = {**LIBRARY, **constants}
        exec(compile(self.source, self._file, "exec"), names)  # noqa: S102 - our own source; data enters as constants
        main: Main = names["main"]
        return main

    def place(self, trace: TracebackType | None) -> tuple[int, str | None]:
        """Where an exception was raised: the offset in the expression, and the given function that was called there."""
        line, inside = 0, False
        while trace is not None:
            inside = trace.tb_frame.f_code.co_filename == self._file
            line = trace.tb_lineno if inside else line
            trace = trace.tb_next
        if not line:
            return -1, None
        return self._places[line - 1], None if inside else self._callees.get(line - 1)


def _write(gen: Generator, tree: Node) -> Value:
    scope = Scope()
    with gen.define("main", ["root", "bound", "B"]):
        at = opened(gen, (tree,), Place(gen.root, scope, final=True, whole=True), scope)
        found = gen.put(gen.value(tree, at), at)
        gen.line(f"return {found.code}")
    return found
