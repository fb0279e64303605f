"""An expression written otherwise, so that what the reference does otherwise cannot matter: a known difference vanishes then.

Each takes a source and a document and returns both. What has nothing to rewrite comes back as it is.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from unified_jsonata import JsonataError, parse
from unified_jsonata.syntax.tree import (
    Apply,
    Array,
    Binary,
    Block,
    Call,
    Condition,
    Filter,
    Group,
    Index,
    Lambda,
    Node,
    Number,
    Object,
    Parent,
    Partial,
    Path,
    Placeholder,
    Predicate,
    Regex,
    Sort,
    String,
    Transform,
    Variable,
    Wildcard,
    children,
)

Edit = tuple[int, int, str]
"""From where to where, and what stands there instead."""
ROUNDS: Final = 6
"""Edits of nested parts that are made one after the other."""
SEARCHING: Final = frozenset(("contains", "match", "replace", "split"))
"""Functions of the language that take a regular expression and check the text."""


def every(source: str) -> list[Node]:
    """Return the nodes of an expression, none of one that cannot be parsed."""
    try:
        return list(_every(parse(source)))
    except JsonataError:
        return []


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _every(child)


def ends(node: Node) -> Iterator[Node]:
    """Yield the nodes whose value a node may hand on as its own."""
    yield node
    if isinstance(node, Block) and node.expressions:
        yield from ends(node.expressions[-1])
    if isinstance(node, Condition):
        for branch in (node.then, node.otherwise):
            yield from ends(branch) if branch is not None else ()


def edited(source: str, edits: list[Edit]) -> str:
    """Return the source after the edits, of which one inside of another is left out."""
    before = len(source) + 1
    for start, end, text in sorted(edits, key=lambda one: (-one[1], one[0])):
        if end <= before:
            source, before = source[:start] + text + source[end:], start
    return source


def no_forgotten_groups(source: str, document: Any) -> tuple[str, Any]:
    """No group behind the last call of a lambda, nor behind a number in brackets."""
    nodes = every(source)
    found = [
        end
        for node in nodes
        if isinstance(node, Lambda)
        for end in ends(node.body)
        if isinstance(end, Group) and isinstance(end.base, Call)
    ]
    numbers = (node.expression for node in nodes if isinstance(node, Filter))
    found += [one for one in numbers if isinstance(one, Group) and isinstance(one.base, Number)]
    return edited(source, [(one.base.end, one.end, "") for one in found]), document


def calls_settled(source: str, document: Any) -> tuple[str, Any]:
    """The last call of a lambda is made, and its value unwrapped, before the lambda ends."""
    nodes = every(source)
    found = [end for one in nodes if isinstance(one, Lambda) for end in _last_calls(one.body)]
    return edited(source, _around(found, "($handed := ", "; $handed)")), document


def _last_calls(node: Node) -> Iterator[Node]:
    for end in ends(node):
        if isinstance(end, (Call, Apply)):
            yield end
        elif isinstance(end, (Group, Predicate)):
            yield from _last_calls(end.base)


def no_objects_over_nothing(source: str, document: Any) -> tuple[str, Any]:
    """Objects over a document that is an empty array are groups of arrays of their own."""
    if document != []:
        return source, document
    found = [one for one in every(source) if isinstance(one, Object)]
    return edited(source, [(one.start, one.start, "[]" if _is_inside(one, found) else "[[]]") for one in found]), document


def _is_inside(node: Node, among: list[Object]) -> bool:
    return any(one.start < node.start and node.end <= one.end for one in among)


def arguments_open(source: str, document: Any) -> tuple[str, Any]:
    """Functions of arguments given in part are lambdas, which check all arguments in both engines."""
    for _ in range(ROUNDS):
        found = [one for one in every(source) if isinstance(one, Partial)]
        if not found:
            break
        source = edited(source, [_as_lambda(source, min(found, key=lambda one: one.end - one.start))])
    return source, document


def _as_lambda(source: str, node: Partial) -> Edit:
    names = [f"$open{at}" for at, one in enumerate(node.arguments) if isinstance(one, Placeholder)]
    given = (
        f"$open{at}" if isinstance(one, Placeholder) else source[one.start : one.end] for at, one in enumerate(node.arguments)
    )
    call = f"{source[node.function.start : node.function.end]}({', '.join(given)})"
    return node.start, node.end, f"function({', '.join(names)}) {{ {call} }}"


def parents_in_calls(source: str, document: Any) -> tuple[str, Any]:
    """A % before ~> is an argument, and one before `#` or an order-by goes on: there the reference finds its step."""
    for _ in range(ROUNDS):
        edits = [one for node in every(source) if (one := _with_parent(source, node)) is not None]
        if not edits:
            break
        source = edited(source, [min(edits, key=lambda one: one[1] - one[0])])
    return source, document


def _with_parent(source: str, node: Node) -> Edit | None:
    if isinstance(node, Apply) and any(isinstance(one, Parent) for one in _every(node)):
        left = source[node.left.start : node.left.end]
        if not isinstance(node.right, Call):
            return node.start, node.end, f"{source[node.right.start : node.right.end]}({left})"
        name = source[node.right.function.start : node.right.function.end]
        rest = (source[one.start : one.end] for one in node.right.arguments)
        return node.start, node.end, f"{name}({', '.join((left, *rest))})"
    if isinstance(node, Path) and any(isinstance(one, Parent) for one in _every(node.steps[0].node)):
        first, later = node.steps[0], node.steps[1:2]
        binds = first.index is not None or any(isinstance(stage, Index) for stage in first.stages)
        order = next((step.node for step in later if isinstance(step.node, Sort)), None)
        if order is not None and (first.stages or not isinstance(first.node, Parent)):
            return _operator(source, order), order.end, ""
        if isinstance(first.node, Parent) and (binds or order is not None):
            return first.node.start, first.node.end, "%.$"
    return None


def no_order_of_variables(source: str, document: Any) -> tuple[str, Any]:
    """No order-by in a path that binds something on its way, where a group or a predicate is behind it."""
    nodes = every(source)
    grouped = {id(one.base) for one in nodes if isinstance(one, Group)}
    paths = [one for one in nodes if isinstance(one, Path)]
    binding = [one for one in paths if any(step.focus or step.index or step.stages for step in one.steps)]
    orders = [
        step for one in binding for step in one.steps if isinstance(step.node, Sort) and (step.stages or id(one) in grouped)
    ]
    return edited(source, [(_operator(source, step.node), step.node.end, "") for step in orders]), document


def _operator(source: str, sort: Node) -> int:
    return source.rindex("^", 0, sort.start + 1)


def divisions_apart(source: str, document: Any) -> tuple[str, Any]:
    """The left side of a division is in parentheses when it ends with brackets or an order-by."""
    found = [one for one in every(source) if isinstance(one, Binary) and one.operator == "/"]
    sides = [one.left for one in found if source[one.left.start : one.left.end].endswith(("]", ")"))]
    return edited(source, [(one.start, one.end, f"({source[one.start : one.end]})") for one in sides]), document


def beginnings_apart(source: str, document: Any) -> tuple[str, Any]:
    """An array with brackets at the beginning of a path is in parentheses, and so a value as any other."""
    found = [one.steps[0].node for one in every(source) if isinstance(one, Path) and len(one.steps) > 1]
    arrays = [one for one in found if isinstance(one, Predicate) and isinstance(one.base, Array)]
    return edited(source, [(one.start, one.end, f"({source[one.start : one.end]})") for one in arrays]), document


def updates_of_objects(source: str, document: Any) -> tuple[str, Any]:
    """The update of a transform is evaluated for objects only."""
    found = [one.update for one in every(source) if isinstance(one, Transform)]
    return edited(source, _around(found, '$type($) = "object" ? (', ")")), document


def no_functions_in_objects(source: str, document: Any) -> tuple[str, Any]:
    """A function that is put into an object is null."""
    found = [pair.value for one in every(source) if isinstance(one, Object) for pair in one.pairs]
    return edited(source, _around(found, "($held := ", '; $type($held) = "function" ? null : $held)')), document


def _around(nodes: list[Node], before: str, behind: str) -> list[Edit]:
    return [edit for one in nodes for edit in ((one.start, one.start, before), (one.end, one.end, behind))]


def contexts_given(source: str, document: Any) -> tuple[str, Any]:
    """Functions that take the context for their first argument are given it."""
    return re.sub(r"\$(substring|replace|contains|split|pad)\((?!\$, )", r"$\1($, ", source), document


def predicates_of_something(source: str, document: Any) -> tuple[str, Any]:
    """Predicates select nothing where there is nothing; a position as a number does so anyway."""
    found = [one for one in every(source) if isinstance(one, Filter) and not isinstance(one.expression, Number)]
    opened = [(one.expression.start, one.expression.start, "$exists($) ? (") for one in found]
    return edited(source, opened + [(one.expression.end, one.expression.end, ")") for one in found]), document


def wildcards_apart(source: str, document: Any) -> tuple[str, Any]:
    """An array that begins a path is in parentheses if `*` is in it, so that it has the context as any other value has it."""
    found = [one.steps[0].node for one in every(source) if isinstance(one, Path) and len(one.steps) > 1]
    arrays = [one for one in found if isinstance(one.base if isinstance(one, Predicate) else one, Array)]
    wild = [one for one in arrays if any(isinstance(part, Wildcard) for part in _every(one))]
    return edited(source, [(one.start, one.end, f"({source[one.start : one.end]})") for one in wild]), document


def wildcards_in_paths(source: str, document: Any) -> tuple[str, Any]:
    """A `*` with a % in its predicates is a step of a path, in which % is found."""
    stars = [one for one in every(source) if isinstance(one, Path) and isinstance(one.steps[0].node, Wildcard)]
    found = [one for one in stars if any(isinstance(part, Parent) for part in _every(one.steps[0]))]
    return edited(source, [(one.start, one.start, "$.") for one in found]), document


def texts_searched(source: str, document: Any) -> tuple[str, Any]:
    """Regular expressions that may be called with anything are asked about texts only."""
    nodes = every(source)
    arguments = {
        id(one)
        for call in nodes
        if isinstance(call, Call) and isinstance(call.function, Variable) and call.function.name in SEARCHING
        for one in call.arguments
    }
    found = [one for one in nodes if isinstance(one, Regex) and id(one) not in arguments]
    texts = [
        (one.start, one.end, f'(function($t) {{ $type($t) = "string" ? $t ~> {source[one.start : one.end]} }})')
        for one in found
    ]
    return edited(source, texts), document


def evals_written_out(source: str, document: Any) -> tuple[str, Any]:
    """Texts that are evaluated are parts of the expression."""
    for _ in range(ROUNDS):
        found = [(one, text) for one in every(source) if (text := _evaluated(one)) is not None]
        if not found:
            break
        source = edited(source, [(one.start, one.end, f"({text})") for one, text in found])
    return source, document


def _evaluated(node: Node) -> str | None:
    """Return the text that a call of `$eval` evaluates, if it is a literal and an expression."""
    if not (isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name == "eval"):
        return None
    text = node.arguments[0] if len(node.arguments) == 1 else None
    return text.value if isinstance(text, String) and every(text.value) else None
