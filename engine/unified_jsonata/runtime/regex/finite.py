"""Regular expressions that Python's own engine runs in a bounded time, since there are few ways to match at one place.

Backtracking tries these ways one after the other, so their number times their length bounds the work at a place. A repetition
without bound is taken only as the last part: it is greedy and cannot fail, and the next search begins behind it.
"""

import re
from functools import cached_property
from typing import Final

import msgspec

from unified_jsonata.runtime.regex.emit import backtracking
from unified_jsonata.runtime.regex.parsing.shape import captures
from unified_jsonata.runtime.regex.parsing.tree import Alternation, Characters, Edge, Expression, Group, Node, Repeat, Sequence

MOST: Final = 64
"""Characters looked at by all ways to match at one place."""
LONGEST: Final = 32
"""Characters of a match, but for those of the last repetition."""


class Finite(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """An expression for Python's engine. It is for texts of ASCII; no match is empty."""

    root: Node
    longest: int
    """Characters of the longest match; of one with a repetition without bound those of the text."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression, made when a text is searched first: of many in a mapping, most are asked for few records."""
        return re.compile(backtracking(self.root, captures(self.root), fold=False), re.DOTALL)


class Extent(msgspec.Struct, frozen=True):
    """The ways to match a node at one place, and the lengths of the shortest and the longest match."""

    ways: int
    least: int
    most: int


def finite(expression: Expression) -> Finite | None:
    """Return an expression, which `normalize` has been through, for Python's engine; None when its work is not bounded so."""
    root = expression.root
    body, open_end = (root, False) if expression.fold else _without_last(root)
    extent = None if expression.fold else _extent(body)
    if extent is None or extent.ways * max(extent.most, 1) > MOST or extent.most > LONGEST:
        return None
    if not (extent.least or (open_end and _last(root).low)):
        return None
    return Finite(root=root, longest=-1 if open_end else extent.most)


def _last(node: Node) -> Repeat:
    last = node.items[-1] if isinstance(node, Sequence) else node
    assert isinstance(last, Repeat)
    return last


def _without_last(node: Node) -> tuple[Node, bool]:
    """Return what is before a last repetition without bound of single characters, and whether there is one."""
    last = node.items[-1] if isinstance(node, Sequence) and node.items else node
    if not isinstance(last, Repeat) or last.high is not None or last.lazy or not isinstance(last.body, Characters):
        return node, False
    before = node.items[:-1] if isinstance(node, Sequence) else ()
    return Sequence((*before, *(last.body for _ in range(min(last.low, LONGEST + 1))))), True


def _extent(node: Node) -> Extent | None:
    match node:
        case Characters():
            return Extent(1, 1, 1)
        case Edge(kind="start" | "end"):
            return Extent(1, 0, 0)
        case Group():
            return _extent(node.body)
        case Sequence():
            return _after_one_another(list(node.items))
        case Alternation():
            options = [one for one in map(_extent, node.options) if one is not None]
            if len(options) < len(node.options) or not options:
                return None
            return Extent(sum(one.ways for one in options), min(one.least for one in options), max(one.most for one in options))
        case Repeat(body=Characters()) if node.high is not None and node.high <= LONGEST:
            return Extent(node.high - node.low + 1, node.low, node.high)
    return None


def _after_one_another(items: list[Node]) -> Extent | None:
    ways, least, most = 1, 0, 0
    for item in items:
        extent = _extent(item)
        if extent is None or ways > MOST:
            return None
        ways, least, most = ways * extent.ways, least + extent.least, most + extent.most
    return Extent(ways, least, most)
