"""With which characters the rest of a regular expression can go on, and whether it can fail at all."""

import msgspec

from unified.jsonata.runtime.regex.ranges import BREAKS, NONE, union
from unified.jsonata.runtime.regex.tree import Characters, Choice, Edge, Group, Look, Node, Ranges, Repeat, Sequence

Chain = tuple[Node, "Chain"] | None
"""Nodes that follow one another, as a linked list."""


class First(msgspec.Struct, frozen=True):
    """The characters that may come first; `empty` when the node may also match without one."""

    ranges: Ranges
    empty: bool


def first(node: Node) -> First | None:
    """How a node begins; None when a look ahead makes it unknown. The end of the text counts as a character of no set."""
    match node:
        case Characters():
            return First(node.ranges, empty=False)
        case Sequence():
            return _first_of_run(node)
        case Choice():
            return _first_of_choice(node)
        case Group():
            return first(node.body)
        case Repeat():
            inner = first(node.body)
            return None if inner is None else First(inner.ranges, inner.empty or node.low == 0)
        case Edge():
            return _first_of_edge(node)
        case Look():
            return First(NONE, empty=True) if node.behind else None
    return None


def _first_of_run(node: Sequence) -> First | None:
    found = NONE
    for item in node.items:
        begin = first(item)
        if begin is None:
            return None
        found = union(found, begin.ranges)
        if not begin.empty:
            return First(found, empty=False)
    return First(found, empty=True)


def _first_of_choice(node: Choice) -> First | None:
    begins = [first(option) for option in node.options]
    known = [begin for begin in begins if begin is not None]
    if len(known) < len(begins):
        return None
    return First(union(*(begin.ranges for begin in known)), any(begin.empty for begin in known))


def _first_of_edge(node: Edge) -> First:
    if node.kind == "end":
        return First(NONE, empty=False)
    return First(BREAKS, empty=False) if node.kind == "line end" else First(NONE, empty=True)


def follow(chain: Chain) -> Ranges | None:
    """The characters with which a chain goes on; None when unknown, or when it may go on without any."""
    found = NONE
    while chain is not None:
        begin = first(chain[0])
        if begin is None:
            return None
        found = union(found, begin.ranges)
        if not begin.empty:
            return found
        chain = chain[1]
    return None


def sure(chain: Chain) -> bool:
    """Whether a chain cannot fail, as it may match the empty string without any condition."""
    while chain is not None:
        if not _sure(chain[0]):
            return False
        chain = chain[1]
    return True


def _sure(node: Node) -> bool:
    match node:
        case Sequence():
            return all(map(_sure, node.items))
        case Choice():
            return any(map(_sure, node.options))
        case Group():
            return _sure(node.body)
        case Repeat():
            return node.low == 0 or _sure(node.body)
    return False
