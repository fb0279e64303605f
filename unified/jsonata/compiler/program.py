"""From a tree to a Python function, and from a line of it back to the place in the expression."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from types import CodeType, TracebackType
from typing import Any

from unified.jsonata.compiler.generator import Generator
from unified.jsonata.compiler.handlers import HANDLERS, TESTS
from unified.jsonata.compiler.kinds import DEEP, FUNCTION, Value
from unified.jsonata.compiler.place import Place
from unified.jsonata.compiler.plan import Plan
from unified.jsonata.compiler.scope import Scope
from unified.jsonata.compiler.scopes import opened
from unified.jsonata.compiler.shaped import shaped_object
from unified.jsonata.compiler.writer import NAME
from unified.jsonata.faults import Unbound
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.library import LIBRARY
from unified.jsonata.shape import Shape
from unified.jsonata.syntax.ancestry import Ancestry, resolve
from unified.jsonata.syntax.tree import Node

Main = Callable[[Any, Mapping[str, Any], Budget], Any]
NUMBERS = itertools.count(1)


class Form(IntEnum):
    """What a program supposes. An expression goes from one form to a later one, never back."""

    USUAL = 0
    """An item of a list is no list itself."""
    GENERAL = 1
    """Nothing of the data."""
    BARE = 2
    """Nothing at all: for when the compiler has made a mistake in the others."""


class Program:
    """One expression as a Python function; immutable."""

    def __init__(
        self,
        source: str,
        tree: Node,
        given: Mapping[str, Any],
        hidden: frozenset[str],
        *,
        form: Form,
        inner: bool = False,
        shape: Shape | None = None,
    ) -> None:
        self.form = form
        bare = form is Form.BARE
        ancestry = resolve(tree) if "%" in source else Ancestry()
        plan = Plan(tree, streams=bool(ancestry.remembered), bare=bare)
        trusted = set() if bare else set(plan.recursive)
        while True:
            gen = Generator(
                plan,
                ancestry,
                HANDLERS,
                TESTS,
                given,
                hidden,
                general=form > Form.USUAL,
                inner=inner,
                bare=bare,
                shape=shape,
                shaped=None if shape is None else shaped_object(tree),
            )
            gen.trusted = trusted
            value = _write(gen, tree)
            if not gen.doubted & trusted:
                break
            trusted = trusted - gen.doubted
        gen.prune()
        self.source = "\n".join(gen.lines) + "\n"
        self.measured = bare or gen.grows or value.marks == DEEP or value.may(FUNCTION)
        """Whether the result may hold marked lists or functions, or be larger than the document."""
        self._places = gen.places
        self._callees = gen.callees
        self._file = f"<jsonata {next(NUMBERS)}>"
        self.main = self._load(gen.constants)

    def _load(self, constants: Mapping[str, Any]) -> Main:
        names: dict[str, Any] = {**LIBRARY, **constants}
        code = compile(self.source, self._file, "exec")
        for name in _read_nowhere_made(code, names):
            raise Unbound(name)
        exec(code, names)  # noqa: S102 - our own source; data enters as constants
        main: Main = names["main"]
        return main

    def place(self, trace: TracebackType | None) -> tuple[int, str | None]:
        """Return where an exception was raised: the offset in the expression, and the given function that was called there."""
        line, inside = 0, False
        while trace is not None:
            inside = trace.tb_frame.f_code.co_filename == self._file
            line = trace.tb_lineno if inside else line
            trace = trace.tb_next
        if not line:
            return -1, None
        return self._places[line - 1], None if inside else self._callees.get(line - 1)


def _read_nowhere_made(code: CodeType, names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the compiler's names that Python would look for outside of the program; attributes have other names."""
    yield from (name for name in code.co_names if NAME.fullmatch(name) and name not in names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _read_nowhere_made(inner, names)


def _write(gen: Generator, tree: Node) -> Value:
    scope = Scope()
    with gen.define("main", ["root", "bound", "B"]):
        at = opened(gen, (tree,), Place(gen.root, scope, final=not gen.bare, whole=True), scope)
        found = gen.put(gen.value(tree, at), at, "U")
        gen.line(f"return {found.code}")
    return found
