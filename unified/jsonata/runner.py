"""Running compiled expressions: which program serves, and what an exception says to its author."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unified.jsonata.compiler.program import Form, Program
from unified.jsonata.compiler.shaped import shaped_object
from unified.jsonata.errors import Failure, FunctionError, JsonataError, refusal_in
from unified.jsonata.failures import error_at
from unified.jsonata.faults import Fault, note
from unified.jsonata.limits import Limits
from unified.jsonata.names import BUILTINS
from unified.jsonata.runtime.budget import RUNNING, Budget
from unified.jsonata.runtime.calls import GivenFailure
from unified.jsonata.runtime.plain import result
from unified.jsonata.runtime.values import Nested
from unified.jsonata.shape import Shape
from unified.jsonata.syntax.parser import parse
from unified.jsonata.syntax.tree import Node


class Runner:
    """The programs of one expression, made when first needed: usually one."""

    def __init__(self, source: str, tree: Node, given: Mapping[str, Any], *, inner: bool = False) -> None:
        self.source = source
        self.tree = tree
        self.given = given
        self.inner = inner
        self._programs: dict[tuple[frozenset[str], Form], Program] = {}
        self._names = frozenset(given) | BUILTINS
        self._form = FIRST
        """What is tried first: a later form once the data, or a fault of the compiler, has needed it."""
        self.fault: str | None = None
        """The kind of exception for which the bare form is used."""
        self._shaped: dict[tuple[Shape, frozenset[str]], Program | None] = {}
        """Programs that also convert what the expression gives, by shape and hidden functions."""
        self._inner: dict[str, Runner] = {}
        """Expressions given to `$eval` lately."""

    def program(self, hidden: frozenset[str], *, form: Form) -> Program:
        """Return the program for calls with variables that hide some functions.

        The bare one when that of the form cannot be made.
        """
        key = (hidden, max(form, self._form))
        found = self._programs.get(key)
        if found is None:
            try:
                found = self._compiled(hidden, key[1])
            except Fault as fault:
                self._mistaken(fault.__cause__ or fault)
                found = self._compiled(hidden, Form.BARE)
            self._programs[hidden, found.form] = found
        return found

    def _mistaken(self, error: BaseException) -> None:
        """Use the bare form from here on, because the compiler has made a mistake in this expression."""
        self._form, self.fault = Form.BARE, type(error).__name__
        note(error)

    def hidden(self, bound: Mapping[str, Any]) -> frozenset[str]:
        """Return the functions that the caller's variables hide."""
        return self._names.intersection(bound) if bound else frozenset()

    def prepare(self) -> str:
        """Compile for the usual case; the Python source, for reading."""
        return self.program(frozenset(), form=Form.USUAL).source

    def _compiled(self, hidden: frozenset[str], form: Form) -> Program:
        """Make a program; Fault when the compiler fails at it, JsonataError when the expression is to blame."""
        try:
            return Program(self.source, self.tree, self.given, hidden, form=form, inner=self.inner)
        except Failure as failure:
            position = -1 if failure.position is None else failure.position
            raise error_at(self.source, failure.code, position, failure.detail) from None
        except (RecursionError, MemoryError):
            raise error_at(self.source, "U0102", -1, "too deep or too large to be compiled") from None
        except Exception as error:
            if form is not Form.BARE:
                raise Fault from error
            deep = isinstance(error, SyntaxError) and str(error.msg).startswith("too many")  # blocks in one another
            detail = "too deep to be compiled" if deep else f"it cannot be compiled: {type(error).__name__}"
            raise error_at(self.source, "U0102", -1, detail) from None

    def evaluator(self, bound: Mapping[str, Any], limits: Limits) -> Callable[[Any], Any]:
        """Return what gives the value for one document; it raises JsonataError when there is none.

        A list where the usual program expects one value starts the evaluation again, by the general program and with a new
        budget. A fault of the compiler starts it again by the bare program, on what is left of the budget. Either happens
        once in the life of an expression; functions supplied by the caller may be called twice then.
        """
        hidden = self.hidden(bound)
        program = self.program(hidden, form=self._form)

        def evaluate(data: Any) -> Any:
            nonlocal program
            if program.form < self._form:
                program = self.program(hidden, form=self._form)
            budget = Budget(limits, self._evaluator)
            try:
                return self._run(program, data, bound, budget)
            except Nested:
                self._form = max(self._form, Form.GENERAL)
                budget = Budget(limits, self._evaluator)
            except Fault as fault:
                self._mistaken(fault.__cause__ or fault)
            return self._run_again(hidden, data, bound, budget)

        return evaluate

    def shaped(self, shape: Shape, bound: Mapping[str, Any], limits: Limits) -> Callable[[Sequence[Any]], list[Any]] | None:
        """Return what gives the converted values of documents, or None if the expression has no such program.

        It raises whatever its code raises; the caller then uses `evaluator`, which knows how to go on or what to say.
        """
        program = self._shaped_program(shape, self.hidden(bound))
        if program is None:
            return None
        main, running, evaluator = program.main, RUNNING, self._evaluator

        def evaluate(documents: Sequence[Any]) -> list[Any]:
            around, found = running.budget, []
            try:
                for data in documents:
                    running.budget = budget = Budget(limits, evaluator)
                    found.append(main(data, bound, budget))
            finally:
                running.budget = around
            return found

        return evaluate

    def shaped_source(self, shape: Shape) -> str | None:
        """Return the source of the program that `shaped` runs, for reading."""
        program = self._shaped_program(shape, frozenset())
        return None if program is None else program.source

    def _shaped_program(self, shape: Shape, hidden: frozenset[str]) -> Program | None:
        if (shape, hidden) not in self._shaped:
            if len(self._shaped) >= CACHE_SIZE:
                self._shaped.clear()
            self._shaped[shape, hidden] = self._made_shaped(shape, hidden)
        return self._shaped[shape, hidden]

    def _made_shaped(self, shape: Shape, hidden: frozenset[str]) -> Program | None:
        if shaped_object(self.tree) is None:
            return None
        try:
            program = Program(self.source, self.tree, self.given, hidden, form=Form.USUAL, shape=shape)
        except Exception:  # noqa: BLE001 - the plain program serves, and says what is wrong with the expression
            return None
        return None if program.measured else program

    def _run_again(self, hidden: frozenset[str], data: Any, bound: Mapping[str, Any], budget: Budget) -> Any:
        """Return the value by the general program, or the bare one when that is at fault."""
        try:
            return self._run(self.program(hidden, form=Form.GENERAL), data, bound, budget)
        except Fault as fault:
            self._mistaken(fault.__cause__ or fault)
        return self._run(self.program(hidden, form=Form.BARE), data, bound, budget)

    def _run(self, program: Program, data: Any, bound: Mapping[str, Any], budget: Budget) -> Any:
        """Return the value by one program; Fault when that failed as no program should and there is a bare one."""
        around = RUNNING.budget  # a function supplied by the caller may evaluate another expression
        RUNNING.budget = budget
        budget.depth = budget.limits.depth
        try:
            found = program.main(data, bound, budget)
            return result(found, budget.limits.result) if program.measured else found
        except Nested:
            raise
        except Exception as error:
            refusal = refusal_in(error)
            if refusal is not None:
                raise refusal from None
            failure = self._as_jsonata_error(program, error)
            if program.form is not Form.BARE and _is_fault(failure, error):
                raise Fault from error
            raise failure from (
                error.__cause__ if isinstance(error, GivenFailure) else error if failure.code == "U0101" else None
            )
        finally:
            RUNNING.budget = around

    def _evaluator(self, budget: Budget) -> Any:
        """Return what `$eval` runs with: the same functions, the budget of the evaluation around it."""

        def evaluate(source: str, data: Any, bound: Mapping[str, Any]) -> Any:
            budget.spend(len(source))
            inner = self._expression(source, budget)
            try:
                return inner.evaluate(data, bound, budget)
            except Failure as failure:
                raise failure if failure.code.startswith("U") else Failure("D3121") from None

        return evaluate

    def evaluate(self, data: Any, bound: Mapping[str, Any], budget: Budget) -> Any:
        """Return the value inside of `$eval`, on the budget of the evaluation around it; exceptions as they are raised."""
        hidden, depth = self.hidden(bound), budget.depth
        program = self.program(hidden, form=Form.GENERAL)
        try:
            return program.main(data, bound, budget)
        except Exception as error:
            callee = program.place(error.__traceback__)[1]
            if callee is not None and not isinstance(error, (Failure, GivenFailure)):
                raise GivenFailure(callee) from error
            if program.form is Form.BARE or not _is_fault(self._as_jsonata_error(program, error), error):
                raise
            self._mistaken(error)
        budget.depth = depth
        return self.program(hidden, form=Form.BARE).main(data, bound, budget)

    def _expression(self, source: str, budget: Budget) -> "Runner":
        """Return an expression given to `$eval`; compiling one is counted."""
        known = self._inner.get(source)
        if known is not None:
            return known
        budget.spend(len(source) * COMPILING)
        try:
            found = Runner(source, parse(source), self.given, inner=True)
        except JsonataError:
            raise Failure("D3120") from None
        if len(self._inner) >= CACHE_SIZE:
            self._inner.clear()
        self._inner[source] = found
        return found

    def _as_jsonata_error(self, program: Program, error: Exception) -> JsonataError:
        """Return an exception as an error of the language, at its place."""
        position, callee = program.place(error.__traceback__)
        if isinstance(error, Failure):
            return error_at(self.source, error.code, position, error.detail, error.token)
        name = error.name if isinstance(error, GivenFailure) else callee
        cause = error.__cause__ if isinstance(error, GivenFailure) else error
        if isinstance(cause, JsonataError):
            return cause
        if name is None:
            if isinstance(error, NameError) and EARLY.search(str(error)):
                return error_at(self.source, "T1006", position, "it is called before it is bound")
            code, detail = next(((code, text) for kind, code, text in OWN if isinstance(error, kind)), ("U0102", ""))
            return error_at(self.source, code, position, detail or type(error).__name__)
        detail = str(cause) if isinstance(cause, FunctionError) else f"${name}: {type(cause).__name__}"
        return error_at(self.source, "U0101", position, detail)


FIRST = Form.USUAL
"""The form that an expression begins with."""


def _is_fault(failure: JsonataError, error: Exception) -> bool:
    """Return whether an exception is the compiler's mistake: reported as U0102, no refusal, no supplied function."""
    return failure.code == "U0102" and not isinstance(error, (Failure, GivenFailure, JsonataError))


EARLY = re.compile(r"free variable 'f[0-9]+' where it is not associated")
"""What Python says of a lambda that is called before it is bound."""
CACHE_SIZE = 64
"""Expressions given to `$eval` that one expression keeps."""
COMPILING = 100
"""Steps that compiling a character counts for; about ten microseconds."""
OWN = (
    (RecursionError, "U1001", "nested too deeply"),
    (MemoryError, "U1001", "out of memory"),
)
"""Exceptions of compiled code itself -> code and detail."""
