"""A regular expression as the source of a pattern for RE2, or for the package `regex`.

Case folding is already in the sets of characters, so the engines' own, which follows other rules, is used for back
references only. RE2's captures are counted, since it has no two groups of one name; those of `regex` are named.
"""

from typing import Final

import msgspec

from unified_jsonata.runtime.regex.parsing.ranges import ANY, NONE, complement, size
from unified_jsonata.runtime.regex.parsing.shape import Numbers, nullable
from unified_jsonata.runtime.regex.parsing.tree import (
    Alternation,
    Back,
    Characters,
    Edge,
    EdgeKind,
    Group,
    Look,
    Node,
    Ranges,
    Repeat,
    Round,
    Sequence,
)

MOST_ROUNDS: Final = 1_000
"""The greatest product of nested numbers in {} that RE2 takes; what is more is written out."""
MOST_TEXT: Final = 100_000
"""Characters of a repetition that is written out."""
BREAK: Final = "\\n\\r\\u2028\\u2029"
WORD: Final = "[0-9A-Za-z_]"
BEGINS: Final = f"(?<!{WORD})(?={WORD})"
ENDS: Final = f"(?<={WORD})(?!{WORD})"
LINEAR_EDGES: Final[dict[EdgeKind, str]] = {
    "start": r"\A",
    "end": r"\z",
    "line start": "(?m:^)",
    "line end": "(?m:$)",
    "word": r"\b",
    "inside": r"\B",
}
EDGES: Final[dict[EdgeKind, str]] = {
    "start": r"\A",
    "end": r"\Z",
    "line start": f"(?<![^{BREAK}])",
    "line end": f"(?![^{BREAK}])",
    "word": f"(?:{BEGINS}|{ENDS})",
    "inside": f"(?!{BEGINS}|{ENDS})",
}
FEW: Final = {(0, 1): "?", (0, None): "*", (1, None): "+"}
BYTE: Final = 0x100
UNIT: Final = 0x10000


class TooLarge(Exception):
    """Raised inside when a source would not be of a reasonable size."""


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """A capture of RE2 that holds the last round of a repetition."""

    groups: Numbers
    """The groups in the round, which captured only what they capture in it."""
    body: "Source"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern for RE2, and what each of its captures is: the number of a group, or rounds."""

    text: str
    slots: tuple[int | Rounds, ...]


class Writer(msgspec.Struct, kw_only=True):
    """State of one writing for RE2."""

    capture: bool
    slots: list[int | Rounds] = msgspec.field(default_factory=list)


class Piece(msgspec.Struct, frozen=True):
    """A part of a pattern for RE2, with the product of the numbers in {} inside one another."""

    text: str
    rounds: int = 1


def linear(node: Node, *, capture: bool = True) -> Source:
    """Return the source for RE2 of a node without back references and look-around.

    Raises:
        TooLarge: When repetitions that RE2 does not take would be too long when they are written out.
    """
    work = Writer(capture=capture)
    text = _linear(work, node).text
    return Source(text=text, slots=tuple(work.slots))


def _linear(work: Writer, node: Node) -> Piece:
    match node:
        case Characters():
            return Piece(_set(node.ranges, linear=True))
        case Edge():
            return Piece(LINEAR_EDGES[node.kind])
        case Sequence():
            return _joined([_enclosed(_linear(work, item), item) for item in node.items], "")
        case Alternation():
            return _joined([_linear(work, option) for option in node.options], "|")
        case Group():
            return _captured(work, node.number, node.body)
        case Round():
            return _round(work, node)
        case Repeat():
            return _linear_repeat(work, node)
    raise AssertionError(node)


def _joined(pieces: list[Piece], between: str) -> Piece:
    return Piece(between.join(piece.text for piece in pieces), max((piece.rounds for piece in pieces), default=1))


def _enclosed(piece: Piece, node: Node) -> Piece:
    return Piece(f"(?:{piece.text})", piece.rounds) if isinstance(node, Alternation) else piece


def _captured(work: Writer, slot: int | Rounds, body: Node) -> Piece:
    if work.capture:
        work.slots.append(slot)
    inner = _linear(work, body)
    return Piece(f"({inner.text})" if work.capture else f"(?:{inner.text})", inner.rounds)


def _round(work: Writer, node: Round) -> Piece:
    if work.capture:
        work.slots.append(Rounds(groups=node.groups, body=linear(node.body)))
    inner = _linear(Writer(capture=False), node.body)
    return Piece(f"({inner.text})" if work.capture else f"(?:{inner.text})", inner.rounds)


def _linear_repeat(work: Writer, node: Repeat) -> Piece:
    if node.high == 0:
        return Piece("")
    inner = _linear(work, node.body)
    lazy = "?" if node.lazy else ""
    body = inner.text if isinstance(node.body, (Characters, Group, Round)) else f"(?:{inner.text})"
    if max(node.low, node.high or 0) * inner.rounds <= MOST_ROUNDS:
        return Piece(f"{body}{_sign(node.low, node.high)}{lazy}", max(1, node.low, node.high or 0) * inner.rounds)
    step = max(1, MOST_ROUNDS // inner.rounds)
    if max(node.low, node.high or 0) // step * len(body) > MOST_TEXT:
        raise TooLarge
    text = "".join(f"{body}{{{times}}}" for times in _steps(node.low, step))
    if node.high is None:
        text += f"{body}*{lazy}"
    else:
        text += "".join(f"{body}{{0,{times}}}{lazy}" for times in _steps(node.high - node.low, step))
    return Piece(text, MOST_ROUNDS)


def _steps(times: int, step: int) -> list[int]:
    return [min(step, times - at) for at in range(0, times, step)]


def backtracking(node: Node, groups: Numbers, *, fold: bool) -> str:
    """Return the source for `regex` of a node; it needs brackets to be repeated or to be an alternative.

    A group is named `g` and its number, a round `r` and its number. `groups` are those of the whole expression.
    """
    match node:
        case Characters():
            return _set(node.ranges, linear=False)
        case Edge():
            return EDGES[node.kind]
        case Sequence():
            return "".join(_bracketed(item, groups, fold) for item in node.items)
        case Alternation():
            return "|".join(_bracketed(option, groups, fold) for option in node.options)
        case Back():
            return _back(node.number, fold) if node.number in groups else ""
    return _around(node, backtracking(node.body, groups, fold=fold))


def _around(node: Group | Round | Repeat | Look, body: str) -> str:
    match node:
        case Group():
            return f"(?P<g{node.number}>{body})"
        case Round():
            return f"(?P<r{node.number}>{body})"
        case Look():
            return f"(?{'<' if node.behind else ''}{'!' if node.negative else '='}{body})"
    if node.low == node.high and nullable(node.body):
        return f"(?:{body})" * node.low  # `regex` does not note what groups capture in rounds that match nothing
    return f"(?:{body}){_sign(node.low, node.high)}{'?' if node.lazy else ''}"


def _back(number: int, fold: bool) -> str:
    """Return what a group has captured, or nothing when it has captured nothing."""
    again = f"(?P=g{number})"
    return f"(?(g{number}){f'(?i:{again})' if fold else again})"


def _bracketed(node: Node, groups: Numbers, fold: bool) -> str:
    text = backtracking(node, groups, fold=fold)
    return f"(?:{text})" if isinstance(node, Alternation) else text


def _sign(low: int, high: int | None) -> str:
    return FEW.get((low, high)) or f"{{{low},{'' if high is None else high}}}"


def _set(ranges: Ranges, *, linear: bool) -> str:
    if ranges == NONE:
        return _negated(ANY, linear=linear)  # unlike (?!) it has the width of one where an engine looks back
    if ranges == ANY:
        return "(?s:.)" if linear else "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0], linear=linear)
    without = complement(ranges)
    if size(without) < size(ranges) and (linear or size(without) > 1):  # `regex` takes [^x]|[^y] as [^xy]
        return _negated(without, linear=linear)
    return f"[{_members(ranges, linear=linear)}]"


def _negated(ranges: Ranges, *, linear: bool) -> str:
    return f"[^{_members(ranges, linear=linear)}]"


def _members(ranges: Ranges, *, linear: bool) -> str:
    letters = [(_character(low, linear=linear), _character(high, linear=linear)) for low, high in ranges]
    return "".join(low if low == high else f"{low}-{high}" for low, high in letters)


def _character(code: int, *, linear: bool) -> str:
    letter = chr(code)
    if letter.isascii() and letter.isalnum():
        return letter
    if linear:
        return f"\\x{{{code:x}}}"
    if code < BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < UNIT else f"\\U{code:08x}"
