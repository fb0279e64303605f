"""Running compiled expressions: which program serves, and what an exception says to its author."""

from collections.abc import Mapping
from typing import Any

from unified.jsonata.compiler.program import Program
from unified.jsonata.errors import Failure, FunctionError, JsonataError
from unified.jsonata.failures import error_at
from unified.jsonata.limits import Limits
from unified.jsonata.names import BUILTINS
from unified.jsonata.runtime.budget import RUNNING, Budget
from unified.jsonata.runtime.calls import GivenFailure
from unified.jsonata.runtime.plain import result
from unified.jsonata.runtime.values import Nested
from unified.jsonata.syntax.parser import parse
from unified.jsonata.syntax.tree import Node


class Runner:
    """The programs of one expression, made when first needed: usually one."""

    def __init__(self, source: str, tree: Node, given: Mapping[str, Any], *, inner: bool = False) -> None:
        self.source = source
        self.tree = tree
        self.given = given
        self.inner = inner
        self._programs: dict[tuple[frozenset[str], bool], Program] = {}
        self._names = frozenset(given) | BUILTINS
        self._general = False
        """Whether the general program is tried first, since the data has needed it before."""
        self._inner: dict[str, Runner] = {}
        """Expressions given to `$eval` lately."""

    def program(self, hidden: frozenset[str], *, general: bool) -> Program:
        """The program for calls whose variables hide some functions."""
        key = (hidden, general)
        found = self._programs.get(key)
        if found is None:
            found = self._programs[key] = self._compiled(hidden, general=general)
        return found

    def hidden(self, bound: Mapping[str, Any]) -> frozenset[str]:
        """The functions that the caller's variables hide."""
        return self._names.intersection(bound) if bound else frozenset()

    def prepare(self) -> str:
        """Compile for the usual case; the Python source, for reading."""
        return self.program(frozenset(), general=False).source

    def _compiled(self, hidden: frozenset[str], *, general: bool) -> Program:
        try:
            return Program(self.source, self.tree, self.given, hidden, general=general, inner=self.inner)
        except Failure as failure:
            position = -1 if failure.position is None else failure.position
            raise error_at(self.source, failure.code, position, failure.detail) from None
        except (RecursionError, MemoryError):
            raise error_at(self.source, "U0102", -1, "too deep or too large to be compiled") from None
        except SyntaxError as error:
            if not str(error.msg).startswith("too many"):  # blocks, levels or parentheses in one another
                raise
            raise error_at(self.source, "U0102", -1, "too deep to be compiled") from None

    def run(self, data: Any, bound: Mapping[str, Any], limits: Limits) -> Any:
        """The value for one document; JsonataError when there is none.

        A list where the usual program expects one value starts the evaluation again, by the general program: functions
        given from outside may be called twice then, and the budget begins anew.
        """
        hidden = self.hidden(bound)
        try:
            return self._run(data, bound, limits, hidden, general=self._general)
        except Nested:
            self._general = True  # from here on, so that nothing is evaluated twice but this once
        return self._run(data, bound, limits, hidden, general=True)

    def _run(self, data: Any, bound: Mapping[str, Any], limits: Limits, hidden: frozenset[str], *, general: bool) -> Any:
        program = self.program(hidden, general=general)
        around = RUNNING.budget  # a function given from outside may evaluate another expression
        budget = RUNNING.budget = Budget(limits, self._evaluator)
        try:
            found = program.main(data, bound, budget)
            return result(found, limits.result) if program.measured else found
        except Nested:
            raise
        except Exception as error:  # noqa: BLE001 - everything that goes wrong is told as the language does
            told = self._told(program, error)
            raise told from error.__cause__ if isinstance(error, GivenFailure) else error if told.code == "U0101" else None
        finally:
            RUNNING.budget = around

    def _evaluator(self, budget: Budget) -> Any:
        """What `$eval` runs with: the same functions, the budget of the evaluation around it."""

        def evaluate(source: str, data: Any, bound: Mapping[str, Any]) -> Any:
            budget.spend(len(source))
            inner = self._expression(source, budget)
            try:
                return inner.program(inner.hidden(bound), general=True).main(data, bound, budget)
            except Failure as failure:
                raise failure if failure.code.startswith("U") else Failure("D3121") from None

        return evaluate

    def _expression(self, source: str, budget: Budget) -> "Runner":
        """An expression given to `$eval`; compiling one is counted."""
        known = self._inner.get(source)
        if known is not None:
            return known
        budget.spend(len(source) * COMPILING)
        try:
            found = Runner(source, parse(source), self.given, inner=True)
        except JsonataError:
            raise Failure("D3120") from None
        if len(self._inner) >= KEPT:
            self._inner.clear()
        self._inner[source] = found
        return found

    def _told(self, program: Program, error: Exception) -> JsonataError:
        """An exception as an error of the language, at its place."""
        position, callee = program.place(error.__traceback__)
        if isinstance(error, Failure):
            return error_at(self.source, error.code, position, error.detail, error.token)
        name = error.name if isinstance(error, GivenFailure) else callee
        cause = error.__cause__ if isinstance(error, GivenFailure) else error
        if isinstance(cause, JsonataError):
            return cause
        if name is None:
            if isinstance(error, NameError) and "not associated" in str(error):
                return error_at(self.source, "T1006", position, "it is called before it is bound")
            code, detail = next(((code, text) for kind, code, text in OWN if isinstance(error, kind)), ("U0102", ""))
            return error_at(self.source, code, position, detail or type(error).__name__)
        detail = str(cause) if isinstance(cause, FunctionError) else f"${name}: {type(cause).__name__}"
        return error_at(self.source, "U0101", position, detail)


KEPT = 64
"""Expressions given to `$eval` that one expression keeps."""
COMPILING = 100
"""Steps that compiling a character counts for; about ten microseconds."""
OWN = (
    (RecursionError, "U1001", "nested too deeply"),
    (MemoryError, "U1001", "out of memory"),
)
"""Exceptions of compiled code itself -> code and detail."""
