"""Selects the engine of this process: the compiler, or another one that is installed."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, Protocol, cast

from unified_jsonata.limits import Limits
from unified_jsonata.shape import Shape, Shaped
from unified_jsonata.syntax.tree import Node

ENGINES: Final = ("compiled", "reference")
"""The compiler, and jsonata-python, the independent oracle, behind `unified_jsonata_reference`."""
_chosen = {"engine": "compiled"}


class ExpressionRunner(Protocol):
    """The program that an engine makes of one expression; any number of threads may use it at once."""

    def prepare(self) -> str:
        """Compile the expression and return its Python source; empty for an engine that interprets."""

    def evaluator(self, bound: Mapping[str, Any], limits: Limits) -> Callable[[Any], Any]:
        """Return what gives the value for one document."""

    def shaped(self, shape: Shape, bound: Mapping[str, Any], limits: Limits) -> Shaped | None:
        """Return what gives the converted values of documents, or None if the engine does not convert."""

    def shaped_source(self, shape: Shape) -> str | None:
        """Return the Python source of `shaped`, or None if there is none."""


RunnerMaker = Callable[[str, Node, Mapping[str, Any]], ExpressionRunner]
"""Makes a runner of an expression's source, tree and functions."""


def use(engine: str) -> None:
    """Choose what evaluates expressions in this process from now on, for finding out which of two engines is wrong.

    Raises:
        ValueError: There is no such engine.
        ModuleNotFoundError: jsonata-python is not installed; the message says how to install it.
    """
    if engine not in ENGINES:
        raise ValueError(f"expected one of {', '.join(ENGINES)}, got '{engine}'")
    if engine == "reference":
        _reference()
    _chosen["engine"] = engine


def runner(source: str, tree: Node, functions: Mapping[str, Any]) -> ExpressionRunner:
    """Return the runner of an expression by the chosen engine."""
    if _chosen["engine"] == "reference":
        return _reference()(source, tree, functions)
    from unified_jsonata.runner import Runner  # noqa: PLC0415 - the compiler is loaded with the first expression that runs

    return Runner(source, tree, functions)


def _reference() -> RunnerMaker:
    """Import the other engine, which needs a package that is not installed with this one."""
    try:
        return cast("RunnerMaker", import_module("unified_jsonata_reference").ReferenceRunner)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the reference engine needs jsonata-python: run `pip install 'unified-jsonata[reference]'`", name=error.name
        ) from error
