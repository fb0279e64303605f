"""Chooses among the calls of a method: of several, the first with a true `when` is made."""

from collections.abc import Iterator, Sequence
from typing import Any

from unified.catalog.files.source import DocumentPath
from unified.catalog.mapping import Call, MappingDocument, listed_calls
from unified.models import UPSERT
from unified.transform.calls.methods import METHODS
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.compilation.compile import Compiler


def compile_choices(compiler: Compiler, document: MappingDocument) -> dict[str, tuple[Operation, ...]]:
    """Return the compiled calls of each method that a file offers, custom methods last.

    Raises:
        CatalogError: An expression is invalid; the message gives file, line and column.
    """
    methods = {name: getattr(document, name) for name in METHODS} | document.custom_methods
    return {
        name: tuple(compiler.operation(name, place, call) for place, call in _calls_in(document, name, calls))
        for name, calls in methods.items()
        if calls
    }


def choose(calls: Sequence[Operation], root: Any, bindings: Bindings) -> Operation:
    """Return the first call with a true `when`, the last one if there is none.

    The `when` of the last call is not looked at: an update may have nothing for it and still make its calls of `after`.
    """
    return next((one for one in calls[:-1] if one.matches(root, bindings)), calls[-1])


def choose_tried(calls: Sequence[Operation], root: Any, bindings: Bindings) -> tuple[Operation, ...]:
    """Return the calls that are made one after another until one finds the record: one, unless it says `otherwise`."""
    first = choose(calls, root, bindings)
    rest = calls[calls.index(first) + 1 :]
    return (first, *choose_tried(rest, root, bindings)) if first.call.otherwise and rest else (first,)


def _calls_in(document: MappingDocument, name: str, calls: Any) -> Iterator[tuple[DocumentPath, Call]]:
    if name == UPSERT:
        return (((name, key), call) for key, call in calls.items())
    return listed_calls(("custom_methods", name) if name in document.custom_methods else (name,), calls)
