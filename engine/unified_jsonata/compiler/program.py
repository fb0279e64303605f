"""From a tree to a Python function, and from a line of it back to the place in the expression."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from types import CodeType, TracebackType
from typing import Any

from unified_jsonata.compiler.handlers import HANDLERS, TESTS
from unified_jsonata.compiler.objects.shaped import shaped_object, used_once
from unified_jsonata.compiler.planning.plan import plan as plan_of
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import DEEP, FUNCTION, OBJECT, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Scope
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.compiler.writing.writer import NAME
from unified_jsonata.faults import Unbound
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.library import LIBRARY
from unified_jsonata.shape import Shape
from unified_jsonata.syntax.ancestry import Ancestry, resolve
from unified_jsonata.syntax.tree import Node

Main = Callable[[Any, Mapping[str, Any], Budget], Any]
NUMBERS = itertools.count(1)


class Form(IntEnum):
    """The assumptions of a program. An expression goes from one form to a later one, never back."""

    USUAL = 0
    """No item of a list is itself a list."""
    GENERAL = 1
    """Nothing of the data."""


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
        careful: bool = False,
    ) -> None:
        self.form = form
        ancestry = resolve(tree) if "%" in source else Ancestry()
        plan = plan_of(tree, streams=bool(ancestry.remembered))
        trusted = plan.lambdas.recursive if shape is None else plan.lambdas.recursive | plan.lambdas.written
        is_object = shape is not None
        later = frozenset[int]() if shape is None else used_once(tree, plan.variables.uses, plan.variables.bound)
        while True:
            gen = Generator(
                tree,
                plan,
                ancestry,
                HANDLERS,
                TESTS,
                given,
                hidden,
                general=form > Form.USUAL,
                inner=inner,
                shape=shape,
                shaped=None if shape is None else shaped_object(tree),
                is_object=is_object,
                careful=careful,
            )
            gen.trusted = trusted
            gen.later = later
            value = _write(gen, tree)
            in_vain = is_object and not gen.read_root
            if not (gen.doubted & trusted or in_vain):
                break
            trusted = trusted - gen.doubted
            is_object = is_object and not in_vain
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
        code = compile(self.source, self._file, "exec")
        for name in (*_read_nowhere_made(code, names), *_hiding(code, names)):
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


def _hiding(code: CodeType, names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the variables of the functions that hide what the program needs under the same name."""
    yield from (name for name in (*code.co_varnames, *code.co_cellvars) if name in names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _hiding(inner, names)


def _write(gen: Generator, tree: Node) -> Value:
    scope = Scope()
    with gen.define("main", ["root", "bound", "B"]):
        if gen.root.kind == OBJECT:
            gen.line("if type(root) is not dict: raise Nested")
        at = opened(gen, (tree,), Place(gen.root, scope, final=True, whole=True), scope)
        found = gen.put(gen.value(tree, at), at, "U")
        gen.line(f"return {found.code}")
    return found
