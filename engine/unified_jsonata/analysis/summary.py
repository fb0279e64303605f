"""Finds what an expression reads, writes and calls, without running it.

Reads flow with values: a path counts when its value goes into the result (or into an expression evaluated for
its effect), so an unused binding reads nothing. Where a whole object is handed on, the read is the object's
own path; a consumer decides whether `a` covers `a.b`.
"""

from collections.abc import Collection

import msgspec

from unified_jsonata.analysis.expressions import CONTENT_HANDLERS, HANDLERS
from unified_jsonata.analysis.flow import Flow, Problem, Scope, TooComplex
from unified_jsonata.analysis.free import Use, free_names
from unified_jsonata.analysis.values import Read, Value, names, uses
from unified_jsonata.names import BUILTINS
from unified_jsonata.syntax.tree import Node


class Write(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A literal key of the object that the expression builds.

    `reads` are the paths that decide its value, conditions around it included; `nested` the keys of objects
    built as its value (those of list items merged); `conditional` that some evaluations do not reach it, in
    which case a key may occur twice. `variables` are the unbound ones that went into it. The span is that of
    `key: value`.
    """

    key: str
    reads: tuple[Read, ...]
    start: int
    end: int
    value: Node
    nested: tuple["Write", ...]
    conditional: bool
    variables: frozenset[str]


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call of a function that is not bound in the expression; for each argument the paths that it may be."""

    function: str
    arguments: tuple[tuple[tuple[str, ...], ...], ...]
    start: int
    end: int


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found; tuples are in source order.

    `needs` are the variables that the result depends on: those of a binding that nothing uses are left out.
    `writes` is None when the result is not known to be an object built here; `open` says that the result may
    hold other keys than `writes` (merged in, computed, or passed through).
    """

    reads: tuple[Read, ...]
    writes: tuple[Write, ...] | None
    open: bool
    variables: tuple[Use, ...]
    needs: frozenset[str]
    functions: tuple[Use, ...]
    calls: tuple[Call, ...]
    problems: tuple[Problem, ...]


def analyse(node: Node, *, conditions: bool = True) -> Analysis:
    """Analyse a tree; one too complex to follow counts as reading the whole document, with a problem saying so.

    Without `conditions`, what only decides between two values does not count: the rest is what can be read off a value.
    """
    flow = Flow(HANDLERS if conditions else CONTENT_HANDLERS)
    try:
        result = flow.value(node, flow.root, Scope())
    except (TooComplex, RecursionError):
        message = "the expression is too complex to find what it reads"
        flow.report("too_complex", message, node)
        result = Value(needs=frozenset((Read(path=(), start=node.start, end=node.end),)), opaque=True)
    variables, functions = free_names(node)
    reads = uses(result).union(*(uses(effect) for effect in flow.effects))
    return Analysis(
        reads=tuple(sorted(reads)),
        writes=None if result.array else _writes(result),
        open=bool(result.opaque or result.aliases),
        variables=variables,
        needs=names(result).union(*(names(effect) for effect in flow.effects)),
        functions=functions,
        calls=_calls(flow),
        problems=tuple(sorted(flow.problems.values(), key=lambda one: one.start)),
    )


def _writes(value: Value) -> tuple[Write, ...] | None:
    if value.fields is None:
        return None
    found = (
        Write(
            key=field.key,
            reads=tuple(sorted(uses(field.value))),
            start=field.start,
            end=field.end,
            value=field.node,
            nested=_writes(field.value) or (),
            conditional=field.conditional,
            variables=names(field.value),
        )
        for field in value.fields
    )
    return tuple(sorted(found, key=lambda write: write.start))


def _calls(flow: Flow) -> tuple[Call, ...]:
    found = (
        Call(
            function=name,
            arguments=tuple(tuple(sorted({read.path for read in one})) for one in arguments),
            start=start,
            end=end,
        )
        for (name, start, end), arguments in flow.calls.items()
    )
    return tuple(sorted(found, key=lambda call: call.start))


def unknown_functions(analysis: Analysis, known: Collection[str]) -> tuple[Use, ...]:
    """Return the functions called that are neither the language's nor among `known` (names without `$`)."""
    return tuple(use for use in analysis.functions if use.name not in BUILTINS and use.name not in known)


def unbound_variables(analysis: Analysis, known: Collection[str]) -> tuple[Use, ...]:
    """Return the variables read that nothing binds; `known` are the names supplied by the caller, functions included."""
    return tuple(use for use in analysis.variables if use.name not in known)
