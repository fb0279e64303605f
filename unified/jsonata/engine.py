"""Expressions ready to be evaluated: parsed once, used by any number of threads at once."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from unified.jsonata.analysis.analyse import Analysis, analyse
from unified.jsonata.limits import Limits
from unified.jsonata.runner import Runner
from unified.jsonata.shape import Shape
from unified.jsonata.syntax.parser import parse
from unified.jsonata.syntax.tree import Call, Node, calls_below
from unified.jsonata.undefined import UNDEFINED

if TYPE_CHECKING:
    from unified.jsonata.reference.engine import ReferenceRunner

Function = Callable[..., Any]
NONE: Final[Mapping[str, Any]] = MappingProxyType({})
DEFAULT: Final = Limits()
ENGINES: Final = ("compiled", "reference")
"""What evaluates expressions: the compiler, or jsonata-python, the independent oracle."""
_chosen = {"engine": "compiled"}


def use(engine: str) -> None:
    """Choose what evaluates expressions in this process from now on, for finding out which of the two is wrong."""
    if engine not in ENGINES:
        raise ValueError(f"expected one of {', '.join(ENGINES)}, got '{engine}'")
    _chosen["engine"] = engine


class Expression:
    """A compiled expression; immutable. Evaluation state belongs to each call of `evaluate`."""

    def __init__(self, source: str, functions: Mapping[str, Function]) -> None:
        self.source: Final = source
        self.tree: Final[Node] = parse(source)
        self._functions = functions

    @cached_property
    def _runner(self) -> "Runner | ReferenceRunner":
        """The compiled form, made at the first evaluation: most expressions of a catalog are rarely run.

        Two threads may make it at once; both forms are the same and one is kept.
        """
        if _chosen["engine"] == "reference":
            from unified.jsonata.reference.engine import ReferenceRunner  # noqa: PLC0415 - jsonata-python is optional

            return ReferenceRunner(self.source, self.tree, self._functions)
        return Runner(self.source, self.tree, self._functions)

    def prepare(self) -> "Expression":
        """Make the compiled form now, for those who check expressions; raises JsonataError when it cannot be made."""
        self._runner.prepare()
        return self

    @property
    def python(self) -> str:
        """The Python source that the expression was compiled to, for reading."""
        return self._runner.prepare()

    @property
    def fault(self) -> str | None:
        """The kind of exception by which the compiler failed at this expression, which runs in its bare form then."""
        return self._runner.fault

    @cached_property
    def analysis(self) -> Analysis:
        """What the expression reads, writes and calls; found at the first use."""
        return analyse(self.tree)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call of a function by its name, in the order of the text; found at the first use."""
        return tuple(sorted(calls_below(self.tree), key=lambda one: one.start))

    def evaluate(
        self,
        data: Any = UNDEFINED,
        bindings: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> Any:
        """Return the expression's value for a document: plain JSON (None is null), or UNDEFINED.

        `data` is not changed, but the result may hold parts of it. `bindings` are JSON values for `$name`,
        given without `$`. Raises JsonataError with the language's code; its text never holds data. A Refusal that a
        supplied function raises comes through as it is.
        """
        return self.evaluator(bindings, limits)(data)

    def evaluator(self, bindings: Mapping[str, Any] | None = None, limits: Limits | None = None) -> Callable[[Any], Any]:
        """Return `evaluate` for many documents with the same bindings, such as the objects of a page.

        Each document has a budget of its own. The bindings must not change meanwhile.
        """
        return self._runner.evaluator(NONE if bindings is None else bindings, limits or DEFAULT)

    def shaped_python(self, shape: Shape) -> str | None:
        """Return the Python source of `shaped`, for reading; None if there is no such program."""
        return self._runner.shaped_source(shape)

    def shaped(self, shape: Shape, bindings: Mapping[str, Any] | None = None) -> Callable[[Sequence[Any]], list[Any]] | None:
        """Return what evaluates documents and converts the results, in one program; None if there is no such program.

        It is for the usual case only: on any exception, `evaluator` decides what the value or the error is.
        """
        return self._runner.shaped(shape, NONE if bindings is None else bindings, DEFAULT)


def compile(  # noqa: A001
    source: str, functions: Mapping[str, Function] | None = None, *, lazy: bool = False
) -> Expression:
    """Compile an expression; JsonataError with code, line and column when it is not one.

    With `lazy` it is parsed and can be analysed, and compiled at the first evaluation.

    `functions` are plain callables for `$name`: they get JSON values by position, UNDEFINED for a required
    argument that is missing, and answer JSON or UNDEFINED. Optional arguments keep their defaults when missing.
    A NullPasses in their place is the language's own function, with null for null.
    """
    expression = Expression(source, NONE if functions is None else functions)
    return expression if lazy else expression.prepare()
