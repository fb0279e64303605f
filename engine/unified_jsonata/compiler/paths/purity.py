"""Expressions that give the same value, or the same error, however often they are computed."""

from typing import Final

from unified_jsonata.compiler.writing.arguments import FRESH
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.names import BUILTINS, CONTEXT_ARITY
from unified_jsonata.syntax.tree import (
    Binary,
    Call,
    Condition,
    Constant,
    Default,
    Descendant,
    Filter,
    Name,
    Negate,
    Node,
    Number,
    Path,
    Predicate,
    Regex,
    Step,
    String,
    Variable,
    Wildcard,
    children,
)

LEAVES: Final = frozenset((Constant, Descendant, Name, Number, Regex, String, Variable, Wildcard))
KINDS: Final = LEAVES | frozenset((Binary, Call, Condition, Default, Filter, Negate, Path, Predicate, Step))
"""Kinds of nodes that bind nothing, and make no object or array that could be distinguished from another one."""
CALLING: Final = frozenset(("map", "filter", "reduce", "each", "sift", "single", "sort", "zip"))
IMPURE: Final = CALLING | FRESH | {"now", "millis", "clone"}
"""Functions that answer something else each time, call what they are given, or end the evaluation."""


def is_pure(gen: Generator, node: Node, at: Place) -> bool:
    """Return whether an expression only reads, and calls nothing but functions of the language by name."""
    if type(node) not in KINDS:
        return False
    if isinstance(node, Step) and (node.focus is not None or node.index is not None):
        return False
    if not isinstance(node, Call):
        return all(is_pure(gen, child, at) for child in children(node))
    function = node.function
    known = isinstance(function, Variable) and function.name in BUILTINS - IMPURE and gen.is_named(function.name, at)
    return known and all(is_pure(gen, one, at) for one in node.arguments)


def is_of_document(node: Node, *, inside: bool = False) -> bool:
    """Return whether a pure expression depends on the document, `$$`, only; `inside` of a path it may read the context."""
    if isinstance(node, Variable):
        return node.name == "$" or (inside and node.name == "")
    if isinstance(node, Path):
        first, *rest = node.steps
        begun = is_of_document(first.node, inside=inside) and all(is_of_document(one, inside=True) for one in first.stages)
        return begun and all(is_of_document(one, inside=True) for one in rest)
    if isinstance(node, Name | Wildcard | Descendant):
        return inside
    if isinstance(node, Predicate):
        return is_of_document(node.base, inside=inside) and all(is_of_document(one, inside=True) for one in node.filters)
    if isinstance(node, Call) and not inside and _reads_context(node):
        return False
    below = node.arguments if isinstance(node, Call) else children(node)
    return all(is_of_document(one, inside=inside) for one in below)


def _reads_context(node: Call) -> bool:
    """Return whether so few arguments are given that the context is the first."""
    return isinstance(node.function, Variable) and len(node.arguments) < CONTEXT_ARITY.get(node.function.name, 0)
