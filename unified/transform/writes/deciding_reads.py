"""Finds fields of a body that an expression reads but does not send: they decide only about other values or a refusal."""

from collections.abc import Iterator

from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Bind, Call, Condition, Node, Variable, children

Span = tuple[int, int]


def only_decides(expression: Expression, name: str) -> bool:
    """Return whether an expression reads a field in conditions and refusals only, so that its value is not sent."""
    reads = [one for one in expression.analysis.reads if one.path[:1] in {(), (name,), ("*",), ("**",)}]
    spans = _deciding(expression.tree) if reads else []
    return all(one.path[:1] == (name,) and any(_within(one.start, one.end, span) for span in spans) for one in reads)


def _deciding(tree: Node) -> list[Span]:
    """Return the stretches of a text that decide: tests, calls of `$refuse`, and bindings that are used only in these."""
    nodes = list(_every(tree))
    spans = [(one.test.start, one.test.end) for one in nodes if isinstance(one, Condition)]
    spans += [(one.start, one.end) for one in nodes if isinstance(one, Call) and _refuses(one)]
    left = [one for one in nodes if isinstance(one, Bind)]
    while True:
        found = [one for one in left if _only_used_in(one.name, nodes, spans)]
        if not found:
            return spans
        spans += [(one.value.start, one.value.end) for one in found]
        left = [one for one in left if one not in found]


def _refuses(call: Call) -> bool:
    return isinstance(call.function, Variable) and call.function.name == "refuse"


def _only_used_in(name: str, nodes: list[Node], spans: list[Span]) -> bool:
    uses = [one for one in nodes if isinstance(one, Variable) and one.name == name]
    return bool(uses) and all(any(_within(one.start, one.end, span) for span in spans) for one in uses)


def _within(start: int, end: int, span: Span) -> bool:
    return span[0] <= start and end <= span[1]


def _every(tree: Node) -> Iterator[Node]:
    left = [tree]
    while left:
        node = left.pop()
        left += children(node)
        yield node
