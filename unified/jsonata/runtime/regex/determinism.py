"""Whether a repeated part can be matched in one way only, so that going back never tries a text twice.

The part is taken as an automaton with one state for each set of characters in it. When no two states that can follow one
state share a character, each text has one path through the automaton.
"""

from typing import Final

import msgspec

from unified.jsonata.runtime.regex.follow import Chain, follow, sure
from unified.jsonata.runtime.regex.ranges import NONE, meets
from unified.jsonata.runtime.regex.tree import Characters, Choice, Edge, Group, Node, Ranges, Repeat, Sequence

STATES: Final = 40
"""States of an automaton that is looked at."""
WRITTEN_OUT: Final = 8
"""Times up to which a fixed number of times is written out."""


class Part(msgspec.Struct, frozen=True):
    """How a piece of the automaton begins and ends, by the numbers of states."""

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


class Automaton(msgspec.Struct):
    """What is built while the part is gone through: the set of each state, and the states that follow it."""

    sets: list[Ranges]
    after: list[set[int]]
    clear: bool = True
    """False when the part has something that the automaton cannot show."""


def single_path(body: Node, rest: Chain) -> list[Ranges] | None:
    """The sets in a body that is repeated before a rest, when there is one path for each text; otherwise None."""
    automaton = Automaton(sets=[], after=[])
    whole = _loop(automaton, _part(automaton, body))
    ahead = NONE if sure(rest) else follow(rest)
    if not automaton.clear or ahead is None or len(automaton.sets) > STATES:
        return None
    if not _apart([automaton.sets[at] for at in whole.first] + [ahead]):
        return None
    for at, after in enumerate(automaton.after):
        if not _apart([automaton.sets[to] for to in after] + ([ahead] if at in whole.last else [])):
            return None
    return automaton.sets


def _apart(sets: list[Ranges]) -> bool:
    return not any(meets(one, other) for at, one in enumerate(sets) for other in sets[:at])


def _part(automaton: Automaton, node: Node) -> Part:
    match node:
        case Characters():
            return _state(automaton, node)
        case Sequence():
            return _run(automaton, node)
        case Choice():
            parts = [_part(automaton, option) for option in node.options]
            none: frozenset[int] = frozenset()
            return Part(
                none.union(*(part.first for part in parts)),
                none.union(*(part.last for part in parts)),
                any(part.empty for part in parts),
            )
        case Group():
            return _part(automaton, node.body)
        case Repeat():
            return _repeat(automaton, node)
        case Edge():
            return Part(frozenset(), frozenset(), empty=True)
    automaton.clear = False
    return Part(frozenset(), frozenset(), empty=True)


def _state(automaton: Automaton, node: Characters) -> Part:
    own = frozenset((len(automaton.sets),))
    automaton.sets.append(node.ranges)
    automaton.after.append(set())
    automaton.clear = automaton.clear and len(automaton.sets) <= STATES
    return Part(own, own, empty=False)


def _repeat(automaton: Automaton, node: Repeat) -> Part:
    if node.low == node.high and node.low <= WRITTEN_OUT:
        return _run(automaton, Sequence((node.body,) * node.low))
    inner = _part(automaton, node.body)
    inner = inner if node.high == 1 else _loop(automaton, inner)
    return Part(inner.first, inner.last, inner.empty or node.low == 0)


def _run(automaton: Automaton, node: Sequence) -> Part:
    whole = Part(frozenset(), frozenset(), empty=True)
    for item in node.items:
        part = _part(automaton, item)
        _link(automaton, whole.last, part.first)
        whole = Part(
            whole.first | part.first if whole.empty else whole.first,
            whole.last | part.last if part.empty else part.last,
            whole.empty and part.empty,
        )
    return whole


def _loop(automaton: Automaton, part: Part) -> Part:
    _link(automaton, part.last, part.first)
    return part


def _link(automaton: Automaton, last: frozenset[int], first: frozenset[int]) -> None:
    """Let states follow states; a second way from one to another, as in (a+)+, is as bad as two states."""
    for at in last:
        automaton.clear = automaton.clear and automaton.after[at].isdisjoint(first)
        automaton.after[at] |= first
