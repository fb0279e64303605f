"""The paths below a `$name` in an expression, such as `settings.site` below `$account`."""

from collections.abc import Iterator

import msgspec

from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Name, Node, Path, Variable, children


class VariablePath(msgspec.Struct, frozen=True, kw_only=True):
    """The plain names after a variable; empty for the variable alone."""

    names: tuple[str, ...]
    start: int


def paths_below(expression: Expression, variable: str) -> Iterator[VariablePath]:
    """Yield each path that begins with a `$name`, wherever it is in an expression."""
    is_read = any(use.name == variable for use in expression.analysis.variables)
    left: list[Node] = [expression.tree] if is_read else []
    while left:
        node = left.pop()
        left += children(node)
        if isinstance(node, Path) and isinstance(node.steps[0].node, Variable) and node.steps[0].node.name == variable:
            yield VariablePath(names=_plain_names(node), start=node.start)


def _plain_names(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for step in path.steps[1:]:
        if not isinstance(step.node, Name):
            break
        names.append(step.node.value)
    return tuple(names)
