"""A backtracking matcher with JavaScript's exact meaning: captures are reset at each iteration, and so on.

Much slower than Python's engines, so it runs only what they cannot: see `shape.plain`. All its work is counted.
"""

from typing import Final

import msgspec

from unified.jsonata.errors import Failure
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.regex.folding import folded
from unified.jsonata.runtime.regex.program import Instruction, Member, Op, Program
from unified.jsonata.runtime.regex.ranges import BREAKS, WORD
from unified.jsonata.runtime.regex.tree import EdgeKind

Slots = tuple[int, ...]
"""Begin and end of each group, the whole match first; -1 for what has not been captured."""
Counter = tuple[int, int]
"""Of a loop: times begun, place where the last one began."""
PENDING: Final = 200_000
"""Places to come back to; each takes about 150 bytes."""
BATCH: Final = 256
"""Instructions between two looks at the budget."""
WORDS: Final = frozenset(chr(code) for low, high in WORD for code in range(low, high + 1))
LINES: Final = frozenset(chr(code) for low, high in BREAKS for code in range(low, high + 1))


class State(msgspec.Struct, frozen=True):
    """A place to come back to: the instruction, the character, what has been captured and counted."""

    step: int
    at: int
    slots: Slots
    counters: tuple[Counter, ...]
    left: int = 0
    """Further places of a run, each one character before."""


def search(program: Program, budget: Budget, text: str, start: int, *, anchored: bool) -> Slots | None:
    """The slots of the first match at or behind a character."""
    slots = (-1,) * (2 * program.groups + 2)
    counters = ((0, -1),) * program.registers
    last = 0 if anchored else len(text)
    for at in range(start, last + 1):
        budget.spend(1)
        found = _match(program, budget, text, State(0, at, (at, *slots[1:]), counters))
        if found is not None:
            return (at, found.at, *found.slots[2:])
    return None


def _match(program: Program, budget: Budget, text: str, state: State) -> State | None:
    """Run from a state to the next DONE on its level."""
    code = program.code
    pending: list[State] = []
    now: State | None = state
    steps = 1
    while True:
        if now is None:
            if not pending:
                budget.spend(steps)
                return None
            now = _resume(code, pending)
        steps += 1
        if steps >= BATCH:
            budget.spend(steps)
            steps = 0
            if len(pending) > PENDING:
                raise Failure("U1001", "a regular expression tries too many ways")
        instruction = code[now.step]
        if instruction.op is Op.DONE:
            budget.spend(steps)
            return now
        if instruction.op is Op.LOOK:
            now = _look(program, budget, text, now)
        else:
            now = STEPS[instruction.op](instruction, budget, text, now, pending)


def _resume(code: tuple[Instruction, ...], pending: list[State]) -> State:
    state = pending.pop()
    if state.left:
        back = -1 if code[state.step - 1].forward else 1
        pending.append(State(state.step, state.at + back, state.slots, state.counters, state.left - 1))
    return State(state.step, state.at, state.slots, state.counters)


def _look(program: Program, budget: Budget, text: str, now: State) -> State | None:
    instruction = program.code[now.step]
    found = _match(program, budget, text, State(now.step + 1, now.at, now.slots, now.counters))
    if instruction.flag:
        return State(instruction.to, now.at, now.slots, now.counters) if found is None else None
    return None if found is None else State(instruction.to, now.at, found.slots, now.counters)


def _set(instruction: Instruction, _budget: Budget, text: str, now: State, _pending: list[State]) -> State | None:
    member: Member = instruction.member or bool
    if instruction.forward:
        fits = now.at < len(text) and member(text[now.at])
        return State(now.step + 1, now.at + 1, now.slots, now.counters) if fits else None
    fits = now.at > 0 and member(text[now.at - 1])
    return State(now.step + 1, now.at - 1, now.slots, now.counters) if fits else None


def _run(instruction: Instruction, budget: Budget, text: str, now: State, pending: list[State]) -> State | None:
    member: Member = instruction.member or bool
    at, most = now.at, len(text) - now.at if instruction.forward else now.at
    if instruction.high is not None:
        most = min(most, instruction.high)
    count = 0
    if instruction.forward:
        while count < most and member(text[at + count]):
            count += 1
    else:
        while count < most and member(text[at - count - 1]):
            count += 1
    budget.spend(count >> 3)
    if count < instruction.low:
        return None
    sign = 1 if instruction.forward else -1
    if count > instruction.low:
        back = at + sign * (count - 1)
        pending.append(State(now.step + 1, back, now.slots, now.counters, count - instruction.low - 1))
    return State(now.step + 1, at + sign * count, now.slots, now.counters)


def _split(instruction: Instruction, _budget: Budget, _text: str, now: State, pending: list[State]) -> State:
    pending.append(State(instruction.second, now.at, now.slots, now.counters))
    return State(instruction.to, now.at, now.slots, now.counters)


def _jump(instruction: Instruction, _budget: Budget, _text: str, now: State, _pending: list[State]) -> State:
    return State(instruction.to, now.at, now.slots, now.counters)


def _save(instruction: Instruction, _budget: Budget, _text: str, now: State, _pending: list[State]) -> State:
    slot = instruction.number
    return State(now.step + 1, now.at, (*now.slots[:slot], now.at, *now.slots[slot + 1 :]), now.counters)


def _enter(instruction: Instruction, _budget: Budget, _text: str, now: State, _pending: list[State]) -> State:
    return State(now.step + 1, now.at, now.slots, _counted(now, instruction.number, (0, -1)))


def _counted(now: State, register: int, counter: Counter) -> tuple[Counter, ...]:
    return (*now.counters[:register], counter, *now.counters[register + 1 :])


def _loop(instruction: Instruction, _budget: Budget, _text: str, now: State, pending: list[State]) -> State | None:
    """ECMA-262, RepeatMatcher: beyond the least number of times, a time that matches nothing is no match."""
    count, begun = now.counters[instruction.number]
    if count > instruction.low and begun == now.at:
        return None
    leave = State(instruction.to, now.at, now.slots, now.counters)
    if instruction.high is not None and count >= instruction.high:
        return leave
    slots = now.slots
    if instruction.forget:
        forget = frozenset(instruction.forget)
        slots = tuple(-1 if slot in forget else place for slot, place in enumerate(slots))
    again = State(now.step + 1, now.at, slots, _counted(now, instruction.number, (count + 1, now.at)))
    if count < instruction.low:
        return again
    pending.append(again if instruction.lazy else leave)
    return leave if instruction.lazy else again


def _back(instruction: Instruction, budget: Budget, text: str, now: State, _pending: list[State]) -> State | None:
    begin, end = now.slots[2 * instruction.number : 2 * instruction.number + 2]
    if begin < 0 or end < 0:
        return State(now.step + 1, now.at, now.slots, now.counters)
    size = end - begin
    budget.spend(size >> 3)
    here = now.at if instruction.forward else now.at - size
    if here < 0 or here + size > len(text):
        return None
    captured, present = text[begin:end], text[here : here + size]
    if captured != present and not (instruction.flag and folded(captured) == folded(present)):
        return None
    return State(now.step + 1, here + size if instruction.forward else here, now.slots, now.counters)


def _edge(instruction: Instruction, _budget: Budget, text: str, now: State, _pending: list[State]) -> State | None:
    return State(now.step + 1, now.at, now.slots, now.counters) if holds(instruction.kind, text, now.at) else None


def holds(kind: EdgeKind, text: str, at: int) -> bool:
    """Whether an edge is at a place of a text."""
    match kind:
        case "start":
            return at == 0
        case "end":
            return at == len(text)
        case "line start":
            return at == 0 or text[at - 1] in LINES
        case "line end":
            return at == len(text) or text[at] in LINES
    between = (at > 0 and text[at - 1] in WORDS) != (at < len(text) and text[at] in WORDS)
    return between == (kind == "word")


STEPS: Final = {
    Op.SET: _set,
    Op.RUN: _run,
    Op.SPLIT: _split,
    Op.JUMP: _jump,
    Op.SAVE: _save,
    Op.ENTER: _enter,
    Op.LOOP: _loop,
    Op.BACK: _back,
    Op.EDGE: _edge,
}
