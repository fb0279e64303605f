"""Expressions ready to be evaluated: parsed once, used by any number of threads at once."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from unified_jsonata.analysis.summary import Analysis, analyse
from unified_jsonata.engines import ExpressionRunner, runner
from unified_jsonata.limits import Limits
from unified_jsonata.shape import Shape, Shaped
from unified_jsonata.syntax.parser import parse
from unified_jsonata.syntax.tree import Call, Node, calls_below
from unified_jsonata.undefined import UNDEFINED

Function = Callable[..., Any]
NONE: Final[Mapping[str, Any]] = MappingProxyType({})
DEFAULT: Final = Limits()
OF_TREE: Final = frozenset(("analysis", "contents", "calls"))
"""The results that depend on the tree alone, computed at the first use."""


class Expression:
    """A compiled expression; immutable. Evaluation state belongs to each call of `evaluate`."""

    def __init__(self, source: str, functions: Mapping[str, Function], *, tree: Node | None = None) -> None:
        self.source: Final = source
        self.tree: Final[Node] = parse(source) if tree is None else tree
        self._functions = functions

    def with_functions(self, functions: Mapping[str, Function]) -> "Expression":
        """Return the same expression with these functions, compiled at its first evaluation and not parsed again."""
        found = Expression(self.source, functions, tree=self.tree)
        vars(found).update((name, one) for name, one in vars(self).items() if name in OF_TREE)
        return found

    @cached_property
    def _runner(self) -> ExpressionRunner:
        """The compiled form, made at the first evaluation: most expressions of a catalog are rarely run.

        Two threads may make it at once; both forms are the same and one is kept.
        """
        return runner(self.source, self.tree, self._functions)

    def prepare(self) -> "Expression":
        """Make the compiled form now, for those who check expressions; raises JsonataError when it cannot be made."""
        self._runner.prepare()
        return self

    @property
    def python(self) -> str:
        """The Python source that the expression was compiled to, for reading."""
        return self._runner.prepare()

    @cached_property
    def analysis(self) -> Analysis:
        """The expression's reads, writes and calls; found at the first use."""
        return analyse(self.tree)

    @cached_property
    def contents(self) -> Analysis:
        """The same without what only decides between two values: what can be read off what it writes."""
        return analyse(self.tree, conditions=False)

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

        Each document has a separate budget. The bindings must not change meanwhile.
        """
        return self._runner.evaluator(NONE if bindings is None else bindings, limits or DEFAULT)

    def shaped_python(self, shape: Shape) -> str | None:
        """Return the Python source of `shaped`, for reading; None if there is no such program."""
        return self._runner.shaped_source(shape)

    def shaped(self, shape: Shape, bindings: Mapping[str, Any] | None = None) -> Shaped | None:
        """Return what evaluates documents and converts the results, in one program; None if there is no such program.

        It is for the usual case only: a document that is not usual goes to the function that is its second argument, which
        decides what the value or the error is. The bindings are plain JSON.
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
