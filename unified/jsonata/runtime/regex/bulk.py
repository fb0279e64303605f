"""How large a regular expression becomes inside of an engine, so that its set-up is bounded as well as its search."""

from typing import Final

from unified.jsonata.runtime.regex.ranges import complement, size
from unified.jsonata.runtime.regex.tree import Characters, Choice, Group, Look, Node, Ranges, Repeat, Sequence

WIDE: Final = 100_000
"""Characters in the sets of an expression up to which Python's engine is set up within 10 ms."""
BYTE: Final = 0x100
TABLE: Final = 1_000
"""What a set counts for at least when it has characters from there on: the engine makes a table for it."""
WRITTEN: Final = 256
"""Characters of an expression, repetitions written out, up to which the engine `regex` is set up within 5 ms.

It prepares to look for the longest certain text, with work in the third power of its length and without any time-out.
"""


def wide(node: Node) -> int:
    """What the sets count for: the characters in each, or outside of it where that is less."""
    match node:
        case Characters():
            return _wide(node.ranges)
        case Sequence():
            return sum(map(wide, node.items))
        case Choice():
            return sum(map(wide, node.options))
        case Group() | Repeat() | Look():
            return wide(node.body)
    return 0


def _wide(ranges: Ranges) -> int:
    listed = min(ranges, complement(ranges), key=size)
    return size(listed) if not listed or listed[-1][1] < BYTE else max(size(listed), TABLE)


def written(node: Node) -> int:
    """The number of sets when each repetition is written as often as it must occur."""
    match node:
        case Characters():
            return 1
        case Sequence():
            return sum(map(written, node.items))
        case Choice():
            return sum(map(written, node.options))
        case Group() | Look():
            return written(node.body)
        case Repeat():
            return max(1, node.low) * written(node.body)
    return 1
