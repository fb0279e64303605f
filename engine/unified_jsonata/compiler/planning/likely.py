"""Guesses from an expression, without data, which of its names hold objects and which hold lists."""

from collections.abc import Iterator

import msgspec

from unified_jsonata.compiler.planning.survey import LEAVES
from unified_jsonata.compiler.planning.variables import LISTS
from unified_jsonata.syntax.tree import (
    Array,
    Call,
    Name,
    Node,
    Path,
    Predicate,
    Step,
    Variable,
    children,
)

SEVERAL = 2
"""Different names read below a name from which on its value will be an object, whatever else there is."""


class Likely(msgspec.Struct, frozen=True):
    """Names, and variables with their `$`."""

    objects: frozenset[str] = frozenset()
    """Those below which several names are read."""
    lists: frozenset[str] = frozenset()
    """Those that something goes through, or that are read where a list is made."""


def likely(tree: Node) -> Likely:
    """Return what an expression says of its names."""
    below: dict[str, set[str]] = {}
    lists: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) in LEAVES:
            continue
        waiting.extend(children(node))
        if isinstance(node, Path):
            _look_at_steps(node, below, lists)
        elif isinstance(node, Predicate):
            lists.add(_called(node.base))
        elif isinstance(node, Array):
            lists.update(name for item in node.items for name in _names(item))
        elif isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name in LISTS:
            lists.update(name for one in node.arguments for name in _names(one))
    objects = frozenset(name for name, read in below.items() if len(read) >= SEVERAL)
    return Likely(objects - {""}, frozenset(lists - {""}))


def _look_at_steps(node: Path, below: dict[str, set[str]], lists: set[str]) -> None:
    """Note the names that are read below others, and the steps that something goes through."""
    for step, after in zip(node.steps, (*node.steps[1:], None), strict=True):
        if after is not None and isinstance(after.node, Name):
            below.setdefault(_called(step.node), set()).add(after.node.value)
        if _is_list(step, after):
            lists.add(_called(step.node))


def _is_list(step: Step, after: Step | None) -> bool:
    """Return whether a step is asked about, or something is computed for each of its values."""
    computed = after is not None and not isinstance(after.node, Name)
    return bool(step.stages) or step.keep_array or computed


def _names(node: Node) -> Iterator[str]:
    """Yield what a value in a list is read from."""
    if isinstance(node, Path):
        yield from (_called(step.node) for step in node.steps)
    else:
        yield _called(node)


def _called(node: Node) -> str:
    return node.value if isinstance(node, Name) else f"${node.name}" if isinstance(node, Variable) else ""
