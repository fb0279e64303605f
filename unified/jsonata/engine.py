"""Expressions ready to be evaluated: parsed once, used by any number of threads at once."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from jsonata.jexception import JException

from unified.jsonata.analysis import Analysis, analyse
from unified.jsonata.errors import FunctionError, JsonataError
from unified.jsonata.failures import runtime_error
from unified.jsonata.interpreter import CallFailed, Function, Limits, Program
from unified.jsonata.parser import parse
from unified.jsonata.tree import Node, is_path
from unified.jsonata.undefined import UNDEFINED

NONE: Final[Mapping[str, Any]] = MappingProxyType({})
DEFAULT: Final = Limits()
ELSEWHERE: Final = object()
"""The fast path's answer when a list stands on the way."""


class Expression:
    """A compiled expression; immutable. Evaluation state belongs to each call of `evaluate`."""

    def __init__(self, source: str, functions: Mapping[str, Function]) -> None:
        self.source: Final = source
        self.tree: Final[Node] = parse(source)
        self._names = is_path(self.tree)
        self._functions = functions

    @cached_property
    def _program(self) -> Program:
        """The interpreter's own form, made at the first evaluation: most expressions of a catalog are rarely run.

        Two threads may make it at once; both forms are the same and one is kept.
        """
        return Program(self.source, self._functions)

    def prepare(self) -> "Expression":
        """Make the interpreter's form now, for those who check expressions; raises JsonataError when it refuses one."""
        try:
            self._program  # noqa: B018 - made for its effect
        except JException as error:
            raise runtime_error(self.source, self.tree, error.error, error.location) from None
        return self

    @cached_property
    def analysis(self) -> Analysis:
        """What the expression reads, writes and calls; found at the first use."""
        return analyse(self.tree)

    def evaluate(
        self,
        data: Any = UNDEFINED,
        bindings: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> Any:
        """The expression's value for a document: plain JSON (None is null), or UNDEFINED.

        `data` is not changed, but a bare path may answer a part of it. `bindings` are JSON values for `$name`,
        given without `$`. Raises JsonataError with the language's code; its text never holds data.
        """
        if self._names is not None:
            found = _follow(data, self._names)
            if found is not ELSEWHERE:
                return found
        try:
            return self._program.run(data, NONE if bindings is None else bindings, limits or DEFAULT)
        except JsonataError:
            raise
        except JException as error:
            raise runtime_error(self.source, self.tree, error.error, error.location) from None
        except CallFailed as failure:
            raise self._call_failed(failure) from failure.__cause__
        except RecursionError:
            raise runtime_error(self.source, self.tree, "D1011", -1) from None
        except Exception as error:  # noqa: BLE001
            kind = type(error).__name__
            raise runtime_error(self.source, self.tree, "U0102", -1, kind) from None

    def _call_failed(self, failure: CallFailed) -> JsonataError:
        cause = failure.__cause__
        if isinstance(cause, JsonataError):
            return cause
        code = "U0101" if failure.given else "U0102"
        detail = str(cause) if isinstance(cause, FunctionError) else str(failure)
        return runtime_error(self.source, self.tree, code, failure.location, detail)


def _follow(data: Any, names: tuple[str, ...]) -> Any:
    """A bare path read directly; ELSEWHERE when a list is met, since lists are mapped over."""
    value = data
    for name in names:
        if type(value) is not dict:
            return ELSEWHERE if isinstance(value, (list, dict, tuple)) else UNDEFINED
        value = value.get(name, UNDEFINED)
    return ELSEWHERE if isinstance(value, (list, tuple)) else value


def compile(  # noqa: A001
    source: str, functions: Mapping[str, Function] | None = None, *, lazy: bool = False
) -> Expression:
    """Compile an expression; JsonataError with code, line and column when it is not one.

    With `lazy` it is parsed and can be analysed, and the interpreter's form is made at the first evaluation.

    `functions` are plain callables for `$name`: they get JSON values by position, UNDEFINED for a required
    argument that is missing, and answer JSON or UNDEFINED. Optional arguments keep their defaults when missing.
    """
    expression = Expression(source, NONE if functions is None else functions)
    return expression if lazy else expression.prepare()
