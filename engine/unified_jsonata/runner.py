"""Running compiled expressions: which program serves, and what an exception says to its author."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unified_jsonata.compiler.objects.shaped import shaped_object
from unified_jsonata.compiler.program import Form, Program
from unified_jsonata.errors import Failure, FunctionError, JsonataError, refusal_in
from unified_jsonata.failures import error_at
from unified_jsonata.faults import CONVERTING, EVALUATING, note
from unified_jsonata.limits import Limits
from unified_jsonata.names import BUILTINS
from unified_jsonata.runtime.budget import RUNNING, Budget
from unified_jsonata.runtime.calls import GivenFailure
from unified_jsonata.runtime.plain import result
from unified_jsonata.runtime.values import Nested
from unified_jsonata.shape import Shape, Shaped
from unified_jsonata.syntax.parser import parse
from unified_jsonata.syntax.tree import Node

Plainly = Callable[[Any], Any]
"""The program for documents that the program with a conversion cannot handle."""
LEFT: Any = object()
"""The value of a document that is left to the plain program."""


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
        """The form that is tried first: the general one once the data has needed it."""
        self._shaped: dict[tuple[Shape, frozenset[str], bool], Program | None] = {}
        """Programs that also convert what the expression gives, by shape, hidden functions and whether they are careful."""
        self._careful = False
        """Whether programs with a shape suppose nothing of the data, because most documents of a page were otherwise."""
        self._noted = False
        """Whether a mistake of the compiler in this expression has been noted."""
        self._inner: dict[str, Runner] = {}
        """Expressions given to `$eval` lately."""

    def program(self, hidden: frozenset[str], *, form: Form) -> Program:
        """Return the program of a form, or of a later one, for calls with variables that hide some functions."""
        key = (hidden, max(form, self._form))
        found = self._programs.get(key)
        if found is None:
            found = self._programs[key] = self._compiled(hidden, key[1])
        return found

    def hidden(self, bound: Mapping[str, Any]) -> frozenset[str]:
        """Return the functions that the caller's variables hide."""
        return self._names.intersection(bound) if bound else frozenset()

    def prepare(self) -> str:
        """Compile for the usual case; the Python source, for reading."""
        return self.program(frozenset(), form=Form.USUAL).source

    def _compiled(self, hidden: frozenset[str], form: Form) -> Program:
        """Make a program; JsonataError when that is not possible, with U0102 when the compiler makes a mistake."""
        try:
            return Program(self.source, self.tree, self.given, hidden, form=form, inner=self.inner)
        except Failure as failure:
            position = -1 if failure.position is None else failure.position
            raise error_at(self.source, failure.code, position, failure.detail) from None
        except (RecursionError, MemoryError):
            raise error_at(self.source, "U0102", -1, "too deep or too large to be compiled") from None
        except Exception as error:  # noqa: BLE001 - whatever the compiler stumbles over
            deep = isinstance(error, SyntaxError) and str(error.msg).startswith("too many")  # blocks in one another
            if not deep:
                self._note_fault(error, EVALUATING)
            detail = "too deep to be compiled" if deep else f"it cannot be compiled: {type(error).__name__}"
            raise error_at(self.source, "U0102", -1, detail) from None

    def evaluator(self, bound: Mapping[str, Any], limits: Limits) -> Callable[[Any], Any]:
        """Return what gives the value for one document; it raises JsonataError when there is none.

        A list where the usual program expects one value starts the evaluation again, by the general program and with a new
        budget. This happens once in the life of an expression; functions supplied by the caller may be called twice then.
        """
        hidden = self.hidden(bound)
        program = self.program(hidden, form=self._form)

        def evaluate(data: Any) -> Any:
            nonlocal program
            if program.form < self._form:
                program = self.program(hidden, form=self._form)
            try:
                return self._run(program, data, bound, Budget(limits, self._evaluator))
            except Nested:
                self._form = Form.GENERAL
            program = self.program(hidden, form=Form.GENERAL)
            return self._run(program, data, bound, Budget(limits, self._evaluator))

        return evaluate

    def shaped(self, shape: Shape, bound: Mapping[str, Any], limits: Limits) -> Shaped | None:
        """Return what gives the converted values of documents, or None if the expression has no such program.

        A document that the program cannot do, for whatever reason, is left to the second argument. All documents share one
        budget: one that is used up leaves the rest to that function too.
        """
        hidden = self.hidden(bound)
        if self._shaped_program(shape, hidden) is None:
            return None

        def evaluate(documents: Sequence[Any], plainly: Plainly) -> list[Any]:
            program = self._shaped_program(shape, hidden)
            if program is None:
                return [plainly(data) for data in documents]
            around = RUNNING.budget
            RUNNING.budget = budget = Budget(limits, self._evaluator)
            try:
                return self._converted(program, documents, bound, budget, plainly)
            finally:
                RUNNING.budget = around

        return evaluate

    def _converted(
        self,
        program: Program,
        documents: Sequence[Any],
        bound: Mapping[str, Any],
        budget: Budget,
        plainly: Plainly,
    ) -> list[Any]:
        """Return the converted values of documents by one program; those that it cannot do by the function."""
        main, found, left = program.main, [], 0
        for data in documents:
            try:
                value = main(data, bound, budget)
            except Exception as error:  # noqa: BLE001 - the function decides what the value or the error is
                value = LEFT
                left += 1
                self._note_mistake(error)
            if value is LEFT:
                budget.depth = budget.limits.depth
                value = plainly(data)
            budget.result = None
            found.append(value)
        self._careful = self._careful or left > max(SOME, len(documents) // 2)
        return found

    def _note_mistake(self, error: Exception) -> None:
        """Note that a program reads a name without a value, which no document can cause."""
        if isinstance(error, NameError) and not EARLY.search(str(error)):
            self._note_fault(error, CONVERTING)

    def _note_fault(self, error: Exception, sentence: str) -> None:
        """Count and log a mistake of the compiler, once for the expression."""
        if not self._noted:
            self._noted = True
            note(error, sentence)

    def shaped_source(self, shape: Shape) -> str | None:
        """Return the source of the program that `shaped` runs, for reading."""
        program = self._shaped_program(shape, frozenset())
        return None if program is None else program.source

    def _shaped_program(self, shape: Shape, hidden: frozenset[str]) -> Program | None:
        key = (shape, hidden, self._careful)
        found: Program | None = self._shaped.get(key, LEFT)
        if found is LEFT:
            found = self._made_shaped(shape, hidden)
            if len(self._shaped) >= CACHE_SIZE:
                self._shaped.clear()
            self._shaped[key] = found
        return found

    def _made_shaped(self, shape: Shape, hidden: frozenset[str]) -> Program | None:
        if shaped_object(self.tree) is None:
            return None
        try:
            program = Program(self.source, self.tree, self.given, hidden, form=Form.USUAL, shape=shape, careful=self._careful)
        except Exception:  # noqa: BLE001 - the plain program serves, and says what is wrong with the expression
            return None
        return None if program.measured else program

    def _run(self, program: Program, data: Any, bound: Mapping[str, Any], budget: Budget) -> Any:
        """Return the value by one program."""
        around = RUNNING.budget  # a function supplied by the caller may evaluate another expression
        RUNNING.budget = budget
        budget.depth = budget.limits.depth
        try:
            found = program.main(data, bound, budget)
            return result(found, budget.limits.result) if program.measured else found
        except Nested:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the program stumbles over
            refusal = refusal_in(error)
            if refusal is not None:
                raise refusal from None
            failure = self._as_jsonata_error(program, error)
            if _is_fault(failure, error):
                self._note_fault(error, EVALUATING)
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
        program = self.program(self.hidden(bound), form=Form.GENERAL)
        try:
            return program.main(data, bound, budget)
        except Exception as error:
            callee = program.place(error.__traceback__)[1]
            if callee is not None and not isinstance(error, (Failure, GivenFailure)):
                raise GivenFailure(callee) from error
            raise

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
"""Python's message about a lambda that is called before it is bound."""
SOME = 5
"""Documents of a page that may be unusual, however small it is."""
CACHE_SIZE = 64
"""Expressions given to `$eval` that one expression keeps."""
COMPILING = 100
"""Steps that compiling a character counts for; about ten microseconds."""
OWN = (
    (RecursionError, "U1001", "nested too deeply"),
    (MemoryError, "U1001", "out of memory"),
)
"""Exceptions of compiled code itself -> code and detail."""
