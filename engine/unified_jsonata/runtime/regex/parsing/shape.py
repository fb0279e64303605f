"""Derives facts from the tree of a regular expression: what it may match, and which groups capture."""

from typing import Final

from unified_jsonata.runtime.regex.parsing.tree import (
    Alternation,
    Back,
    Characters,
    Edge,
    Group,
    Look,
    Node,
    Repeat,
    Round,
    Sequence,
)

Numbers = frozenset[int]
NO_GROUPS: Final = Numbers()


def parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly inside a node."""
    match node:
        case Sequence():
            return node.items
        case Alternation():
            return node.options
        case Group() | Repeat() | Round() | Look():
            return (node.body,)
    return ()


def nullable(node: Node) -> bool:
    """Return whether a node may match the empty string."""
    match node:
        case Characters():
            return False
        case Sequence():
            return all(map(nullable, node.items))
        case Alternation():
            return any(map(nullable, node.options))
        case Group() | Round():
            return nullable(node.body)
        case Repeat():
            return node.low == 0 or nullable(node.body)
    return True


def numbers(node: Node) -> list[int]:
    """Return the numbers of the groups in a node, as often as they occur."""
    inner = [number for part in parts(node) for number in numbers(part)]
    return [node.number, *inner] if isinstance(node, Group) else inner


def captures(node: Node) -> Numbers:
    """Return the numbers of the groups in a node."""
    return Numbers(numbers(node))


def always_captures(node: Node) -> Numbers:
    """Return the numbers of the groups that capture in each way to match a node."""
    match node:
        case Alternation():
            return Numbers.intersection(*map(always_captures, node.options))
        case Repeat(low=0) | Look(negative=True):
            return NO_GROUPS
        case Group():
            return always_captures(node.body) | {node.number}
    return NO_GROUPS.union(*map(always_captures, parts(node)))


def is_linear(node: Node) -> bool:
    """Return whether an automaton can match a node: there is no back reference and no look-around."""
    return not isinstance(node, (Back, Look)) and all(map(is_linear, parts(node)))


def edges(node: Node) -> frozenset[str]:
    """Return the kinds of the edges in a node."""
    if isinstance(node, Edge):
        return frozenset((node.kind,))
    return frozenset[str]().union(*map(edges, parts(node)))


def written(node: Node) -> int:
    """Return the number of character sets when each repetition is written out as often as it must occur."""
    match node:
        case Alternation() | Sequence():
            return max(1, sum(map(written, parts(node))))
        case Repeat():
            return max(1, node.low) * written(node.body)
        case Group() | Round() | Look():
            return written(node.body)
    return 1
