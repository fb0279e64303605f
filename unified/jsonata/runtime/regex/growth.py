"""How the time of a backtracking search grows with the text, worked out before any text is seen.

An engine tries a match at each character. What one try costs depends on the unbounded repetitions in it:
- a repetition behind which nothing can fail is free: the characters it goes over belong to the match, and are not tried again;
- one whose characters cannot begin what follows is gone over once, since every shorter way fails at once;
- any other one multiplies the cost of what follows by the length of the text.
A try costs text**degree with the number of the last kind, plus one if there is the second kind. All tries together cost one
degree more, unless there is one try only (anchored), or no repetition goes over a character at which another try begins.
A repetition around repetitions counts as the second kind when each text has one way through it, and otherwise as exponential.
Whatever is not shown to be better is taken as worse.
"""

from typing import Final

import msgspec

from unified.jsonata.runtime.regex.determinism import single_path
from unified.jsonata.runtime.regex.follow import Chain, First, first, follow, sure
from unified.jsonata.runtime.regex.ranges import BREAKS, meets
from unified.jsonata.runtime.regex.shape import nullable
from unified.jsonata.runtime.regex.tree import Back, Characters, Choice, Edge, Group, Look, Node, Ranges, Repeat, Sequence

SMALL: Final = 32
"""Times up to which a repetition of one set counts as bounded."""
UNROLLED: Final = 8
"""The same for a repetition of more."""
WEIGHT: Final = 10_000
"""Nodes that one try may look at, repetitions left aside."""
WAYS: Final = 1_000
"""Ways in which a regular expression may begin."""


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of a search in a text of n characters are at most `weight * n**degree`; degree None is exponential."""

    degree: int | None
    weight: int

    def steps(self, size: int) -> int:
        """The bound for a text of a size, for a degree that is known."""
        bound: int = self.weight * size ** (self.degree or 0)
        return bound


class Unclear(Exception):
    """Raised inside when the growth cannot be bounded by a polynomial."""


class Try(msgspec.Struct):
    """What is counted for one try: nodes looked at, and the sets that repetitions go over without keeping the text."""

    weight: int = 0
    passed: list[Ranges] = msgspec.field(default_factory=list)


EXPONENTIAL: Final = Growth(degree=None, weight=0)


def growth(root: Node) -> Growth:
    """The growth of a regular expression."""
    try:
        parts = [_way(chain) for chain in _ways((root, None))]
    except (Unclear, RecursionError):
        return EXPONENTIAL
    weight = sum(part.weight for part in parts)
    if weight > WEIGHT:
        return EXPONENTIAL
    return Growth(degree=max(part.degree or 0 for part in parts), weight=max(weight, 1))


def _ways(chain: Chain) -> list[Chain]:
    """The ways in which a regular expression begins, each as a chain that does not begin with a choice."""
    done: list[Chain] = []
    left = [chain]
    while left:
        chain = left.pop()
        if len(done) + len(left) > WAYS:
            raise Unclear
        match chain:
            case (Group() as node, rest):
                left.append((node.body, rest))
            case (Sequence() as node, rest):
                left.append(_joined(node, rest))
            case (Choice() as node, rest):
                left += [(option, rest) for option in node.options]
            case _:
                done.append(chain)
    return done


def _joined(node: Sequence, rest: Chain) -> Chain:
    for item in reversed(node.items):
        rest = (item, rest)
    return rest


def _way(chain: Chain) -> Growth:
    work = Try()
    degree = _degree(work, chain, 1, keeps=True)
    once = chain is not None and isinstance(chain[0], Edge) and chain[0].kind == "start"
    if not once and degree and not _local(work, chain):
        degree += 1
    return Growth(degree=max(1, degree), weight=work.weight)


def _local(work: Try, chain: Chain) -> bool:
    """Whether no repetition goes over a character at which a try begins."""
    if chain is not None and isinstance(chain[0], Edge) and chain[0].kind == "line start":
        begins: Ranges | None = BREAKS
    else:
        begins = _begins(chain)
    return begins is not None and not any(meets(begins, passed) for passed in work.passed)


def _begins(chain: Chain) -> Ranges | None:
    """The characters at which a try gets beyond its beginning; None when unknown."""
    while chain is not None and isinstance(chain[0], Edge):
        chain = chain[1]
    if chain is None:
        return None
    begin: First | None = first(chain[0])
    return begin.ranges if begin is not None and not begin.empty else None


def _degree(work: Try, chain: Chain, times: int, *, keeps: bool) -> int:
    """The degree of one try.

    `times` is in how many bounded ways the place is reached, `keeps` whether a match keeps the text; a condition does not.
    """
    while chain is not None:
        node, rest = chain
        work.weight += times
        if work.weight > WEIGHT:
            raise Unclear
        match node:
            case Characters() | Edge():
                chain = rest
            case Group():
                chain = (node.body, rest)
            case Sequence():
                chain = _joined(node, rest)
            case _:
                return _branch(work, node, rest, times, keeps=keeps)
    return 0


def _branch(work: Try, node: Choice | Look | Repeat | Back, rest: Chain, times: int, *, keeps: bool) -> int:
    match node:
        case Choice():
            return max(_degree(work, (option, rest), times, keeps=keeps) for option in node.options)
        case Look():
            inner = _degree(work, (node.body, None), times, keeps=False)
            return max(inner, _degree(work, rest, times, keeps=keeps))
        case Repeat():
            return _repeat(work, node, rest, times, keeps=keeps)
        case Back():
            raise Unclear


def _repeat(work: Try, node: Repeat, rest: Chain, times: int, *, keeps: bool) -> int:
    if node.high == 0:
        return _degree(work, rest, times, keeps=keeps)
    body = node.body
    while isinstance(body, Group):
        body = body.body
    if isinstance(body, Characters):
        return _simple(work, node, body.ranges, rest, times, keeps=keeps)
    if nullable(body):
        raise Unclear
    if node.high is not None and node.high <= UNROLLED:
        return _unrolled(work, node, rest, times, keeps=keeps)
    return _nested(work, node, rest, times, keeps=keeps)


def _simple(work: Try, node: Repeat, ranges: Ranges, rest: Chain, times: int, *, keeps: bool) -> int:
    """The degree from a repetition of one set on."""
    certain = sure(rest)
    ahead = None if certain else follow(rest)
    once = certain or (ahead is not None and not meets(ranges, ahead))
    if node.high is not None and node.high <= SMALL:
        work.weight += times * node.high
        return _degree(work, rest, times if once else times * (node.high - node.low + 1), keeps=keeps)
    if certain and keeps and node.low <= SMALL:
        work.weight += times * node.low
        return _degree(work, rest, times, keeps=keeps)
    work.passed.append(ranges)
    after = _degree(work, rest, times, keeps=keeps)
    return max(1, after) if once else 1 + after


def _unrolled(work: Try, node: Repeat, rest: Chain, times: int, *, keeps: bool) -> int:
    """The degree from a repetition with few times on, each of them written out."""
    high = None if node.high is None else node.high - 1
    again = Repeat(body=node.body, low=max(0, node.low - 1), high=high, lazy=node.lazy)
    inner = _degree(work, (node.body, (again, rest)), times, keeps=keeps)
    return inner if node.low else max(inner, _degree(work, rest, times, keeps=keeps))


def _nested(work: Try, node: Repeat, rest: Chain, times: int, *, keeps: bool) -> int:
    """The degree from a repetition with further repetitions in it on."""
    if sure(rest) and keeps and node.low <= 1 and _free(work, node, times):
        return _degree(work, rest, times, keeps=keeps)
    passed = single_path(node.body, rest)
    if passed is None:
        raise Unclear
    work.weight += times * len(passed)
    work.passed += passed
    return max(1, _degree(work, rest, times, keeps=keeps))


def _free(work: Try, node: Repeat, times: int) -> bool:
    """Whether one more time costs no more than a bound beside the text that it keeps."""
    passed = list(work.passed)
    if _degree(work, (node.body, None), times, keeps=True) == 0:
        return True
    work.passed = passed
    return False
