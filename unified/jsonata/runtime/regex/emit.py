"""A regular expression as the source of a pattern for Python's engines, flags ASCII and DOTALL.

Case folding is already in the sets, so the engines' own, which follows other rules, is never used.
"""

from typing import Final

from unified.jsonata.runtime.regex.ranges import ANY, NONE, complement, size
from unified.jsonata.runtime.regex.tree import (
    Back,
    Characters,
    Choice,
    Edge,
    EdgeKind,
    Group,
    Look,
    Node,
    Ranges,
    Repeat,
    Sequence,
)

NOTHING: Final = r"[^\x00-\U0010ffff]"
"""A set without characters; unlike (?!) it has the width of one where an engine looks back."""
BREAK: Final = "\\n\\r\\u2028\\u2029"
EDGES: Final[dict[EdgeKind, str]] = {
    "start": "^",
    "end": r"\Z",
    "line start": f"(?<![^{BREAK}])",
    "line end": f"(?![^{BREAK}])",
    "word": r"\b",
    "inside": r"(?!\b)",  # \B of Python before 3.14 does not hold in an empty text
}
FEW: Final = {(0, 1): "?", (0, None): "*", (1, None): "+"}
BYTE: Final = 0x100
UNIT: Final = 0x10000


def emit(node: Node, *, negate: bool = True) -> str:
    """The source for a node; it may stand in a sequence, and needs brackets to be repeated or to stand in a choice.

    Without `negate`, no set is written as [^x]: the engine `regex` takes [^x]|[^y] as [^xy].
    """
    match node:
        case Characters():
            return _set(node.ranges, negate)
        case Sequence():
            return "".join(
                f"(?:{emit(item, negate=negate)})" if isinstance(item, Choice) else emit(item, negate=negate)
                for item in node.items
            )
        case Choice():
            return "|".join(_option(option, negate) for option in node.options)
        case Group():
            return f"({emit(node.body, negate=negate)})"
        case Repeat():
            return _repeat(node, negate)
        case _:
            return _condition(node, negate)


def _condition(node: Look | Edge | Back, negate: bool) -> str:
    match node:
        case Look():
            return f"(?{'<' if node.behind else ''}{'!' if node.negative else '='}{emit(node.body, negate=negate)})"
        case Edge():
            return EDGES[node.kind]
        case Back():
            return f"(?:\\{node.number})"


def _option(node: Node, negate: bool) -> str:
    return f"(?:{emit(node, negate=negate)})" if isinstance(node, Choice) else emit(node, negate=negate)


def _repeat(node: Repeat, negate: bool) -> str:
    body = (
        emit(node.body, negate=negate)
        if isinstance(node.body, (Characters, Group))
        else f"(?:{emit(node.body, negate=negate)})"
    )
    return f"{body}{_sign(node.low, node.high)}{'?' if node.lazy else ''}"


def _sign(low: int, high: int | None) -> str:
    return FEW.get((low, high)) or f"{{{low},{'' if high is None else high}}}"


def _set(ranges: Ranges, negate: bool) -> str:
    if ranges == NONE:
        return NOTHING
    if ranges == ANY:
        return "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0])
    without = complement(ranges)
    if size(without) < size(ranges) and (negate or size(without) > 1):
        return f"[^{_members(without)}]"
    return f"[{_members(ranges)}]"


def _members(ranges: Ranges) -> str:
    return "".join(_character(low) if low == high else f"{_character(low)}-{_character(high)}" for low, high in ranges)


def _character(code: int) -> str:
    letter = chr(code)
    if letter.isascii() and letter.isalnum():
        return letter
    if code < BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < UNIT else f"\\U{code:08x}"
