"""Tools as lines to read before they are accepted; what several tools of a provider share is printed once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from unified.authoring.review.arguments import argument_lines
from unified.authoring.review.review import OpenReview

MARKS = {"new": "+", "changed": "~"}
NULLABLE = " or null"
READING = frozenset({"list", "get"})
SEVERAL = 2
Keys = dict[tuple[str, str], set[str]]
"""Model and method of a tool → its lines that are printed elsewhere."""


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A tool with the lines of its arguments; those that are printed elsewhere are taken out one after another."""

    tool: OpenReview
    lines: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    """Where the others are."""


class _Shared(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that several tools have, under a heading."""

    where: str
    lines: tuple[str, ...]
    note: str = ""

    def text(self) -> Iterator[str]:
        yield f"{self.where[0].upper()}{self.where[1:]} {_takes(self.where)}{self.note}:"
        yield from (f"  {line}" for line in self.lines)
        yield ""


def review_lines(tools: Sequence[OpenReview], head: Callable[[OpenReview], str]) -> Iterator[str]:
    """Yield the lines of the tools of one provider: the shared lines, then each tool with its own.

    Args:
        tools: What is to be read, by model.
        head: Returns the first line of a tool.
    """
    read = [_Read(tool=one, lines=tuple(_lines(one))) for one in tools]
    for method in dict.fromkeys(one.method for one in tools):
        group = [one for one in read if one.tool.method == method]
        read, shared = _taken_out(read, _common(group, f"every {method} tool", least=SEVERAL))
        yield from shared
    for model in dict.fromkeys(one.model for one in tools):
        own = [one for one in read if one.tool.model == model]
        own, reading = _taken_out(own, _common([one for one in own if one.tool.method in READING], f"list and get of {model}"))
        own, writing = _taken_out(own, _written(own, f"create and update of {model}"))
        yield from (*reading, *writing)
        for one in own:
            yield from _tool_lines(one, head)


def _lines(tool: OpenReview) -> Iterator[str]:
    """Yield a line for each argument; arguments that differ only in their names, and the conditions of `filter`, are one."""
    if tool.definition is None:
        return
    lines = argument_lines(tool.definition.input_schema)
    for is_condition, group in groupby(lines, key=lambda line: line.startswith("filter.")):
        if is_condition:
            yield f"filter.…: {'; '.join(map(_in_brackets, group))}"
        else:
            yield from _named_together(group)


def _in_brackets(line: str) -> str:
    shape, _, text = line.removeprefix("filter.").partition(" - ")
    return f"{shape} ({text.rstrip('.')})" if text else shape


def _named_together(lines: Iterable[str]) -> Iterator[str]:
    for text, group in groupby(lines, key=lambda line: line.partition(": ")[2]):
        yield f"{', '.join(line.partition(': ')[0] for line in group)}: {text}"


def _common(group: list[_Read], where: str, *, least: int = 1) -> tuple[_Shared, Keys] | None:
    """Return the lines that every tool of a group has, if these are enough."""
    counts = Counter(line for one in group for line in one.lines)
    shared = tuple(line for line in counts if counts[line] == len(group))
    if len(group) < SEVERAL or len(shared) < least:
        return None
    return _Shared(where=where, lines=shared), {(one.tool.model, one.tool.method): set(shared) for one in group}


def _written(own: list[_Read], where: str) -> tuple[_Shared, Keys] | None:
    """Return the fields that create and update share: an update also takes null for many of them."""
    writes = {one.tool.method: one for one in own if one.tool.method in {"create", "update"}}
    if len(writes) < SEVERAL:
        return None
    create, update = writes["create"], writes["update"]
    clearable = {line.replace(NULLABLE, "", 1): line for line in update.lines}
    shared = [line for line in create.lines if line in clearable]
    if len(shared) < SEVERAL:
        return None
    shown = tuple(line if clearable[line] == line else line.replace(":", "?:", 1) for line in shared)
    gone = {(create.tool.model, "create"): set(shared), (update.tool.model, "update"): {clearable[line] for line in shared}}
    return _Shared(where=where, lines=shown, note=" (`?`: an update also takes null, which clears)"), gone


def _taken_out(read: list[_Read], found: tuple[_Shared, Keys] | None) -> tuple[list[_Read], list[str]]:
    """Return the tools without the lines that are printed for several of them, and these lines."""
    if found is None:
        return read, []
    shared, gone = found
    left = [_without(one, gone.get((one.tool.model, one.tool.method), set()), shared.where) for one in read]
    return left, list(shared.text())


def _without(one: _Read, lines: set[str], where: str) -> _Read:
    if not lines:
        return one
    left = tuple(line for line in one.lines if line not in lines)
    return msgspec.structs.replace(one, lines=left, elsewhere=(*one.elsewhere, where))


def _takes(where: str) -> str:
    return "takes" if where.startswith("every") else "take"


def _tool_lines(one: _Read, head: Callable[[OpenReview], str]) -> Iterator[str]:
    yield head(one.tool)
    if one.tool.definition is not None:
        mark = MARKS[one.tool.state]
        yield f"  {one.tool.definition.description}"
        yield from (f"  {mark} {line}" for line in one.lines)
        yield from (f"  {mark} what {where} {_takes(where)}" for where in one.elsewhere)
    yield ""
