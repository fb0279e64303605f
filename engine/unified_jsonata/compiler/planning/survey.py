"""All nodes of a tree in one pass: by kind, with their sizes and with what is around them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from unified_jsonata.syntax.tree import (
    Constant,
    Descendant,
    Name,
    Node,
    Number,
    Parent,
    Placeholder,
    Regex,
    String,
    Variable,
    Wildcard,
    children,
)

LEAVES = frozenset((String, Number, Constant, Regex, Name, Variable, Wildcard, Descendant, Parent, Placeholder))
"""Kinds of nodes without anything below."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes of a tree; others refer to them by identity, since equal nodes may be in several places."""

    kinds: Mapping[type[Node], Sequence[Any]]
    """Kind -> its nodes, in the order of the text."""
    parents: Mapping[int, int]
    sizes: Mapping[int, int]
    """Node -> how many nodes it consists of, itself included."""

    def of(self, kind: type[Node]) -> Sequence[Any]:
        """Return the nodes of a kind, in the order of the text."""
        return self.kinds.get(kind, ())

    def around(self, nodes: Iterable[int]) -> frozenset[int]:
        """Return these nodes and all that contain one of them."""
        found: set[int] = set()
        for node in nodes:
            one: int | None = node
            while one is not None and one not in found:
                found.add(one)
                one = self.parents.get(one)
        return frozenset(found)


def survey(tree: Node) -> Survey:
    """Go through a tree once."""
    kinds: dict[type[Node], list[Any]] = defaultdict(list)
    parents: dict[int, int] = {}
    order = [tree]
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        kinds[kind].append(node)
        if kind in LEAVES:
            continue
        own, inner = id(node), children(node)
        for child in inner:
            parents[id(child)] = own
        order += inner
        waiting += inner[::-1]
    return Survey(kinds=kinds, parents=parents, sizes=_sizes(order, parents))


def _sizes(order: Sequence[Node], parents: Mapping[int, int]) -> dict[int, int]:
    """Return the sizes of nodes; a node comes after its parent in this order."""
    keys = [*map(id, order)]
    sizes = dict.fromkeys(keys, 1)
    for key in reversed(keys[1:]):
        sizes[parents[key]] += sizes[key]
    return sizes


def below(node: Node) -> list[Node]:
    """Return a node and all nodes inside it."""
    found = [node]
    for one in found:
        found += children(one)
    return found
