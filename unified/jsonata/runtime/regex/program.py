"""A regular expression as instructions for the exact matcher, which has JavaScript's meaning where Python's engines differ."""

from collections.abc import Callable
from enum import IntEnum, auto
from functools import lru_cache
from typing import Any, Final

import msgspec

from unified.jsonata.runtime.regex.ranges import LAST, complement, contains, size
from unified.jsonata.runtime.regex.shape import captures
from unified.jsonata.runtime.regex.tree import (
    Back,
    Characters,
    Choice,
    Edge,
    EdgeKind,
    Expression,
    Group,
    Look,
    Node,
    Ranges,
    Repeat,
    Sequence,
)

Member = Callable[[str], bool]
LISTED: Final = 512
"""Characters up to which a set is listed."""
SETS: Final = 1_000
"""Sets kept."""


class Op(IntEnum):
    """What an instruction does; `forward` is the direction of reading."""

    SET = auto()
    """(member, forward): go over one character of a set."""
    RUN = auto()
    """(member, forward, low, high): go over as many as there are, and back one by one."""
    SPLIT = auto()
    """(first, second): go on at the first, then at the second."""
    JUMP = auto()
    """(to)"""
    SAVE = auto()
    """(slot): keep the place as begin or end of a group."""
    ENTER = auto()
    """(register): begin to count a loop."""
    LOOP = auto()
    """(register, low, high, lazy, groups, exit): decide about one more time; the groups are forgotten before it."""
    BACK = auto()
    """(group, forward, fold)"""
    EDGE = auto()
    """(kind)"""
    LOOK = auto()
    """(negative, exit): run what follows until DONE as a condition, go on at exit."""
    DONE = auto()
    """The end of the whole, or of a condition."""


class Instruction(msgspec.Struct, frozen=True):
    """One step; the fields that its kind has no use for keep their defaults."""

    op: Op
    member: Member | None = None
    forward: bool = True
    low: int = 0
    high: int | None = None
    lazy: bool = False
    number: int = 0
    """A group, a slot or a register."""
    to: int = 0
    second: int = 0
    forget: tuple[int, ...] = ()
    flag: bool = False
    kind: EdgeKind = "start"


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions, and how many groups and loop counters they have."""

    code: tuple[Instruction, ...]
    groups: int
    registers: int


class Assembler(msgspec.Struct):
    """State of one assembly."""

    fold: bool
    code: list[Any] = msgspec.field(default_factory=list)
    registers: int = 0


def assemble(expression: Expression) -> Program:
    """The program of a regular expression."""
    work = Assembler(fold=expression.fold)
    _node(work, expression.root, forward=True)
    work.code.append(Instruction(Op.DONE))
    return Program(code=tuple(work.code), groups=expression.groups, registers=work.registers)


def _node(work: Assembler, node: Node, *, forward: bool) -> None:
    match node:
        case Sequence():
            for item in node.items if forward else reversed(node.items):
                _node(work, item, forward=forward)
        case Choice():
            _choice(work, node.options, forward=forward)
        case Group():
            _group(work, node, forward=forward)
        case Repeat():
            _repeat(work, node, forward=forward)
        case Look():
            _look(work, node)
        case _:
            work.code.append(_single(work, node, forward=forward))


def _single(work: Assembler, node: Characters | Edge | Back, *, forward: bool) -> Instruction:
    match node:
        case Characters():
            return Instruction(Op.SET, member=membership(node.ranges), forward=forward)
        case Edge():
            return Instruction(Op.EDGE, kind=node.kind)
        case Back():
            return Instruction(Op.BACK, number=node.number, forward=forward, flag=work.fold)


def _group(work: Assembler, node: Group, *, forward: bool) -> None:
    begin, end = 2 * node.number, 2 * node.number + 1
    work.code.append(Instruction(Op.SAVE, number=begin if forward else end))
    _node(work, node.body, forward=forward)
    work.code.append(Instruction(Op.SAVE, number=end if forward else begin))


def _choice(work: Assembler, options: tuple[Node, ...], *, forward: bool) -> None:
    jumps = []
    for option in options[:-1]:
        split = _reserve(work)
        _node(work, option, forward=forward)
        jumps.append(_reserve(work))
        work.code[split] = Instruction(Op.SPLIT, to=split + 1, second=len(work.code))
    _node(work, options[-1], forward=forward)
    for jump in jumps:
        work.code[jump] = Instruction(Op.JUMP, to=len(work.code))


def _reserve(work: Assembler) -> int:
    work.code.append(None)
    return len(work.code) - 1


def _repeat(work: Assembler, node: Repeat, *, forward: bool) -> None:
    if isinstance(node.body, Characters) and not node.lazy:
        member = membership(node.body.ranges)
        work.code.append(Instruction(Op.RUN, member=member, forward=forward, low=node.low, high=node.high))
        return
    register = work.registers
    work.registers += 1
    work.code.append(Instruction(Op.ENTER, number=register))
    loop = _reserve(work)
    _node(work, node.body, forward=forward)
    work.code.append(Instruction(Op.JUMP, to=loop))
    work.code[loop] = Instruction(
        Op.LOOP,
        number=register,
        low=node.low,
        high=node.high,
        lazy=node.lazy,
        forget=tuple(slot for group in sorted(captures(node.body)) for slot in (2 * group, 2 * group + 1)),
        to=len(work.code),
    )


def _look(work: Assembler, node: Look) -> None:
    look = _reserve(work)
    _node(work, node.body, forward=not node.behind)
    work.code.append(Instruction(Op.DONE))
    work.code[look] = Instruction(Op.LOOK, flag=node.negative, to=len(work.code))


@lru_cache(SETS)
def membership(ranges: Ranges) -> Member:
    """The quickest test of a character for a set."""
    if size(ranges) <= LISTED:
        return _listed(ranges).__contains__
    if LAST + 1 - size(ranges) <= LISTED:
        without = _listed(complement(ranges))
        return lambda letter: letter not in without
    return lambda letter: contains(ranges, ord(letter))


def _listed(ranges: Ranges) -> frozenset[str]:
    return frozenset(chr(code) for low, high in ranges for code in range(low, high + 1))
