"""RE2: searches in a time that is linear in the length of the text, for whatever an automaton can match.

A search cannot be interrupted, and other threads wait for it. So the product of the sizes of program and text is bounded.
RE2 takes UTF-8, so texts are encoded, and its places are bytes; a surrogate that is alone is encoded like any character.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from re2 import Options, _re2

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import emit
from unified_jsonata.runtime.regex.emit import Rounds, Source
from unified_jsonata.runtime.regex.found import Find, Match, Span
from unified_jsonata.runtime.regex.parsing.tree import Node

MEMORY: Final = 1 << 21
"""Bytes that a program and the states of its automaton may take."""
NOWHERE: Final = (-1, -1)
ANYWHERE: Final = _re2.RE2.Anchor.UNANCHORED
EXACTLY: Final = _re2.RE2.Anchor.ANCHOR_BOTH
Search = Callable[[Any, bytes, int, int], list[Span]]
"""The places of a match and of its captures in bytes from one place to another."""


class LastRound(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a capture that is the last round of a repetition."""

    groups: tuple[int, ...]
    body: "Automaton"
    """Matches the round again, for what its groups have captured in it."""


class Automaton(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A program of RE2."""

    search: Search
    size: int
    """Instructions of the program."""
    slots: tuple[int | LastRound, ...]
    plain: bool
    """Whether the captures are the groups, one after the other."""

    def groups(self, data: bytes, spans: list[Span], total: int) -> list[Span]:
        """Return the places of the groups of the regular expression for the captures of a match."""
        if self.plain:
            return spans[1:]
        places = [NOWHERE] * total
        _note_places(self, data, spans, places)
        return places


def _note_places(program: Automaton, data: bytes, spans: list[Span], places: list[Span]) -> None:
    for slot, span in zip(program.slots, spans[1:], strict=True):
        if span == NOWHERE:
            continue
        if isinstance(slot, int):
            places[slot - 1] = span
            continue
        for number in slot.groups:
            places[number - 1] = NOWHERE
        _note_places(slot.body, data, slot.body.search(EXACTLY, data, *span), places)


def automaton(node: Node, total: int, *, capture: bool = True) -> Automaton | None:
    """Return the program for a regular expression with a number of groups, None when it would be too large."""
    try:
        return _program(emit.linear(node, capture=capture), total)
    except emit.TooLarge:
        return None


def _program(source: Source, total: int) -> Automaton | None:
    options = Options()
    options.log_errors = False
    options.max_mem = MEMORY
    program = _re2.RE2(source.text.encode(), options)
    slots = [_slot(slot, total) for slot in source.slots]
    if not program.ok() or None in slots:
        return None
    known = tuple(slot for slot in slots if slot is not None)
    size = program.ProgramSize() + sum(slot.body.size for slot in known if isinstance(slot, LastRound))
    return Automaton(search=program.Match, size=size, slots=known, plain=known == tuple(range(1, total + 1)))


def _slot(slot: int | Rounds, total: int) -> int | LastRound | None:
    if isinstance(slot, int):
        return slot
    body = _program(slot.body, total)
    return None if body is None else LastRound(groups=tuple(slot.groups), body=body)


def encoded(text: str) -> bytes:
    """Return a text as RE2 takes it."""
    return text.encode("utf-8", "surrogatepass")


def decoded(data: bytes) -> str:
    """Return the text of bytes that `encoded` made."""
    return data.decode("utf-8", "surrogatepass")


def every(search: Search, text: str) -> tuple[bytes, list[Span]]:
    """Return a short text in bytes, and the places of all matches in them.

    Raises:
        Failure: D1004 when a match but the first is empty.
    """
    data = encoded(text)
    size = len(data)
    spans: list[Span] = []
    span = search(ANYWHERE, data, 0, size)[0]
    while span[0] >= 0:
        spans.append(span)
        end = span[1]
        if end >= size:
            break
        span = search(ANYWHERE, data, end, size)[0]
        if span[0] == span[1] >= 0:
            raise Failure("D1004")
    return data, spans


def finder(program: Automaton, total: int, budget: Budget, text: str, *, watch: bool) -> Find:
    """Return the search in one text; with `watch` it looks at the clock each time.

    Raises:
        Failure: By the search that is returned: U1001 when the time of the evaluation is over.
    """
    data = encoded(text)
    size = len(data)
    search = program.search
    place = _places(text, data)

    def find(start: int) -> Match | None:
        if watch and budget.remaining() <= 0:
            raise Failure("U1001", f"longer than {budget.limits.timeout} s")
        begin = place.byte(start)
        spans = search(ANYWHERE, data, begin, size)
        if spans[0] == NOWHERE:
            return None
        first, last = spans[0]
        match = decoded(data[first:last])
        at = place.character(first)
        groups = tuple(
            None if span == NOWHERE else decoded(data[span[0] : span[1]]) for span in program.groups(data, spans, total)
        )
        return Match(match, at, at + len(match), groups)

    return find


class _Same:
    """Places in a text of ASCII, where characters are bytes."""

    def byte(self, at: int) -> int:
        return at

    def character(self, at: int) -> int:
        return at


class _Counted:
    """Places in any text, counted on from the last one."""

    def __init__(self, text: str, data: bytes) -> None:
        self._text = text
        self._data = data
        self._at = (0, 0)

    def byte(self, at: int) -> int:
        character, byte = self._at if self._at[0] <= at else (0, 0)
        byte += len(encoded(self._text[character:at]))
        self._at = (at, byte)
        return byte

    def character(self, at: int) -> int:
        character, byte = self._at if self._at[1] <= at else (0, 0)
        character += len(decoded(self._data[byte:at]))
        self._at = (character, at)
        return character


def _places(text: str, data: bytes) -> _Same | _Counted:
    return _Same() if len(text) == len(data) else _Counted(text, data)
