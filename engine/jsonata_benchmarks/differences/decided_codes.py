"""Where both engines fail, with different codes: each pair has a reason here, or is a difference.

The reference evaluates the parts of an array and of an object at the same time, so the first failure in time wins. In this
engine the first in the source does, always the same. `without` removes the part that failed here: then both must give the
code that the reference gave before.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from jsonata_benchmarks.differences import rewrites
from jsonata_benchmarks.differences.known_differences import CODE, KNOWN
from jsonata_benchmarks.oracle import Oracle
from jsonata_benchmarks.outcome import Outcome, agree, ours
from unified_jsonata.syntax.tree import Array, Call, Constant, Group, Lambda, Node, Number, Object, String

PARTS: Final = 12
"""Failing parts of one expression that are taken out, one after the other."""
AT_ONCE: Final = "parts of an array or object fail at the same time"


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of codes that differ by decision: an empty code means any."""

    name: str
    why: str
    mine: str = ""
    other: str = ""
    needs: str = ""
    """What must stand in the source."""


DECIDED_CODES: Final = (
    Decided(
        name="a bound of this engine",
        why="source, steps, depth and size are bounded here; the reference runs on until something else fails",
        mine="U10",
    ),
    Decided(
        name="a parent that cannot be",
        why="a % without a step is refused before anything runs; the reference leaves some of them undefined",
        mine="S0217",
        needs="%",
    ),
    Decided(
        name="a source with two faults",
        why="a % without a step is found here when all is read; the reference finds it before a second group",
        mine="S0210",
        other="S0217",
        needs="%",
    ),
    Decided(
        name="an exception inside of $eval",
        why="the reference turns any exception inside into D3121; here the code of the error inside is kept",
        other="D3121",
        needs="$eval",
    ),
)


def decision(source: str, document: Any, mine: Outcome, other: Outcome, oracle: Oracle) -> str | None:
    """Return the name of the reason why the codes differ, or None when there is none."""
    if mine.code is None or other.code is None or mine.crashed:
        return None
    if not CODE.fullmatch(other.code):
        return "an exception of JavaScript's own"
    for one in DECIDED_CODES:
        if mine.code.startswith(one.mine) and other.code.startswith(one.other) and one.needs in source:
            return one.name
    if other.code == "T0411" and _ends_with_a_call(source):
        return "the context of a callback's last call"
    return _rewritten(source, document, oracle) or _at_once(source, document, other.code, oracle)


def _ends_with_a_call(source: str) -> bool:
    return any(
        isinstance(end, Call) for one in rewrites.every(source) if isinstance(one, Lambda) for end in rewrites.ends(one.body)
    )


def _rewritten(source: str, document: Any, oracle: Oracle) -> str | None:
    """Return the known difference without which both do exactly the same."""
    for known in KNOWN:
        if known.without is None or oracle.name not in known.oracles:
            continue
        text, data = known.without(source, document)
        if (text, data) == (source, document):
            continue
        mine, other = ours(text, data), oracle.answer(text, data)
        if mine.code == other.code and agree(mine, other):
            return known.name
    return None


def _at_once(source: str, document: Any, code: str, oracle: Oracle) -> str | None:
    """Take out the parts that fail first here, until the code is the other's, or take out all parts but one: in both."""
    for text in (*_without_first(source, document, code), *_alone(source), *_ungrouped(source)):
        if ours(text, document).code == code:
            return AT_ONCE if oracle.answer(text, document).code == code else None
    return None


def _without_first(source: str, document: Any, code: str) -> Iterator[str]:
    """Yield the source with the part made null that the error is in, then with one more, as often as there is one."""
    for _ in range(PARTS):
        found = ours(source, document)
        place = found.place
        around = [one for parts in _parts(source) for one in parts if place is not None and one.start <= place < one.end]
        if found.code in (None, code) or not around:
            return
        first = min(around, key=lambda part: part.end - part.start)
        source = rewrites.edited(source, [(first.start, first.end, "null")])
        yield source


def _alone(source: str) -> Iterator[str]:
    """Yield the source with one part, and nothing beside it or beside what it is in: an error in a function may be any part's."""
    every = _parts(source)
    for one in (part for parts in every for part in parts):
        beside = [
            part for parts in every if any(_holds(part, one) for part in parts) for part in parts if not _holds(part, one)
        ]
        yield rewrites.edited(source, [(part.start, part.end, "null") for part in beside])


def _ungrouped(source: str) -> Iterator[str]:
    """Yield the source with a group as a step, where the first value comes first: the reference takes the first in time."""
    for one in rewrites.every(source):
        if isinstance(one, Group) and len(one.pairs) == 1:
            value = one.pairs[0].value
            yield rewrites.edited(source, [(one.base.end, one.end, f".({source[value.start : value.end]})")])


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _parts(source: str) -> list[list[Node]]:
    """Return the items of each array and the values of each object, but for literals, which cannot fail."""
    nodes = rewrites.every(source)
    arrays = [list(node.items) for node in nodes if isinstance(node, Array)]
    objects = [[pair.value for pair in node.pairs] for node in nodes if isinstance(node, (Object, Group))]
    return [[one for one in parts if not isinstance(one, (String, Number, Constant))] for parts in (*arrays, *objects)]
