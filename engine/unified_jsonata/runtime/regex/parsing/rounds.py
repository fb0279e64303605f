"""Repetitions as JavaScript runs them, written so that other engines do the same.

ECMA-262, RepeatMatcher: beyond the least number of rounds, a round that matches nothing fails; and when a round begins, the
groups in it have captured nothing. Engines other than JavaScript's do neither. So a body that may match nothing is rewritten
into its ways to match something, and a body with groups that do not all capture in each round is marked as a `Round`.
"""

from typing import Final

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.regex.parsing.shape import Numbers, always_captures, nullable, numbers
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

EMPTY: Final = Sequence(())
WAYS: Final = 2_000
"""Ways that may be written out for one regular expression; U1005 beyond."""


class Way(msgspec.Struct, frozen=True):
    """A node that matches always nothing, or always something."""

    node: Node
    empty: bool


class Rewriting(msgspec.Struct):
    """State of one rewriting: the ways that may still be written out, and the repetitions numbered so far."""

    left: int = WAYS
    repetitions: int = 0

    def spend(self) -> None:
        """Count one way.

        Raises:
            Failure: U1005 when there are too many.
        """
        self.left -= 1
        if self.left < 0:
            raise Failure("U1005", "its repetitions of parts that may match nothing are too large")


def normalize(root: Node) -> Node:
    """Return a tree with the same meaning in JavaScript, and with repetitions that mean the same in every engine.

    Raises:
        Failure: U1005 when it would become too large.
    """
    return _normalized(root, Rewriting(), frozenset())


def _normalized(node: Node, work: Rewriting, inside: Numbers) -> Node:
    """Normalize a node; `inside` are the groups around it, to which a back reference in it matches nothing."""
    match node:
        case Sequence():
            return Sequence(tuple(_normalized(item, work, inside) for item in node.items))
        case Alternation():
            return Alternation(tuple(_normalized(option, work, inside) for option in node.options))
        case Group():
            return Group(node.number, _normalized(node.body, work, inside | {node.number}))
        case Look():
            return Look(body=_normalized(node.body, work, inside), behind=node.behind, negative=node.negative)
        case Repeat():
            return _repeated(node, work, inside)
        case Back() if node.number in inside:
            return EMPTY
    return node


def _repeated(node: Repeat, work: Rewriting, inside: Numbers) -> Node:
    body = _normalized(node.body, work, inside)
    work.repetitions += 1
    number = work.repetitions
    if not nullable(body):
        return Repeat(body=_round(body, node, number), low=node.low, high=node.high, lazy=node.lazy)
    rest = None if node.high is None else node.high - node.low
    first = Repeat(body=_round(body, node, number), low=node.low, high=node.low, lazy=False)
    some = _alternation([way.node for way in _ways(body, work) if not way.empty]) if rest != 0 else None
    if some is None:
        return first if node.low else EMPTY
    more = Repeat(body=_round(some, node, number), low=0, high=rest, lazy=node.lazy)
    return Sequence((first, more)) if node.low else more


def _round(body: Node, node: Repeat, number: int) -> Node:
    groups = Numbers(numbers(node.body))
    always = groups <= always_captures(body) and len(numbers(body)) == len(groups)
    return body if node.high == 1 or always else Round(number, groups, body)


def _alternation(options: list[Node]) -> Node | None:
    return Alternation(tuple(options)) if len(options) > 1 else options[0] if options else None


def _ways(node: Node, work: Rewriting) -> list[Way]:
    """Return the ways to match a node, in the order in which they are tried."""
    work.spend()
    match node:
        case Characters():
            return [Way(node, empty=False)]
        case Sequence():
            return _ways_of_sequence(node, work)
        case Alternation():
            return [way for option in node.options for way in _ways(option, work)]
        case Group():
            return [Way(Group(node.number, way.node), way.empty) for way in _ways(node.body, work)]
        case Round():
            return [Way(Round(node.number, node.groups, way.node), way.empty) for way in _ways(node.body, work)]
        case Repeat():
            return _ways_of_repeat(node, work)
        case Edge() | Look():
            return [Way(node, empty=True)]
    return [Way(node, empty=False)]  # a back reference to nothing: the engine's own guard against endless rounds holds


def _ways_of_sequence(node: Sequence, work: Rewriting) -> list[Way]:
    ways = [Way(EMPTY, empty=True)]
    for item in node.items:
        longer: list[Way] = []
        for way in ways:
            if way.empty:
                longer += [Way(Sequence((way.node, one.node)), one.empty) for one in _ways(item, work)]
            else:
                work.spend()
                longer.append(Way(Sequence((way.node, item)), empty=False))
        ways = longer
    return ways


def _ways_of_repeat(node: Repeat, work: Rewriting) -> list[Way]:
    """Return the ways of a repetition that `normalize` has made: a fixed number of rounds, or rounds that match something."""
    if node.low == node.high and nullable(node.body):
        return _ways_of_sequence(Sequence((node.body,) * node.low), work)
    if node.low:
        return [Way(node, empty=False)]
    some = Way(Repeat(body=node.body, low=1, high=node.high, lazy=node.lazy), empty=False)
    ways = [some, Way(EMPTY, empty=True)] if node.high != 0 else [Way(EMPTY, empty=True)]
    return ways[::-1] if node.lazy else ways
