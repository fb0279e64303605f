"""The package `regex`, for back references, look-around and what is too large for RE2: it stops when the time is over."""

from functools import lru_cache
from typing import Any, Final

import msgspec
import regex

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex.emit import backtracking
from unified_jsonata.runtime.regex.found import Find, Match
from unified_jsonata.runtime.regex.parsing.shape import captures, parts, written
from unified_jsonata.runtime.regex.parsing.tree import Expression, Group, Node, Round

CACHE_SIZE: Final = 256
"""Compiled expressions kept."""
WRITTEN: Final = 256
"""Characters of an expression, repetitions written out, up to which it is set up within 5 ms.

The engine prepares to look for the longest certain text, with work in the third power of its length and without any time-out.
"""
LONGEST: Final = 1_000_000
"""Characters of a text: the engine notes every round of a repetition, in up to 100 bytes for a character."""
LEAST: Final = 0.001
"""Seconds under which a search is not begun."""
COUNTED: Final = 6
"""Binary digits by which the length of a text is shifted to count as steps."""


class Backtracking(msgspec.Struct, frozen=True, kw_only=True):
    """An expression for the engine."""

    source: str
    rounds: tuple[tuple[int, ...], ...]
    """For each group the rounds around it, from outside to inside."""


def prepared(expression: Expression) -> Backtracking | None:
    """Return an expression, which `normalize` has been through, for the engine; None when its set-up is not bounded."""
    if written(expression.root) > WRITTEN:
        return None
    around: dict[int, tuple[int, ...]] = {}
    _note_rounds(expression.root, (), around)
    return Backtracking(
        source=backtracking(expression.root, captures(expression.root), fold=expression.fold),
        rounds=tuple(around.get(number, ()) for number in range(1, expression.groups + 1)),
    )


def _note_rounds(node: Node, above: tuple[int, ...], around: dict[int, tuple[int, ...]]) -> None:
    if isinstance(node, Group):
        around[node.number] = above
    inner = (*above, node.number) if isinstance(node, Round) else above
    for part in parts(node):
        _note_rounds(part, inner, around)


@lru_cache(CACHE_SIZE)
def _compiled(source: str) -> Any:
    return regex.compile(source, regex.VERSION0 | regex.DOTALL)


def finder(expression: Backtracking, budget: Budget, text: str) -> Find:
    """Return the search in one text.

    Raises:
        Failure: U1001 when the text is longer than LONGEST; by the search that is returned, when the time of the evaluation
            is over before a match is found.
    """
    if len(text) > LONGEST:
        raise Failure("U1001", f"a regular expression of this kind over more than {LONGEST} characters")
    find = _compiled(expression.source).search

    def search(start: int) -> Match | None:
        budget.spend(len(text) >> COUNTED)
        left = budget.remaining()
        while left > LEAST:
            try:
                found = find(text, start, timeout=left)
            except TimeoutError:  # the engine counts the time of all threads of the process
                left = budget.remaining()
            else:
                return None if found is None else Match(found[0], found.start(), found.end(), _groups(expression, found))
        raise Failure("U1001", f"longer than {budget.limits.timeout} s, in a regular expression")

    return search


def _groups(expression: Backtracking, found: Any) -> tuple[str | None, ...]:
    names = found.re.groupindex
    return tuple(
        found[f"g{number}"] if f"g{number}" in names and _took_part(found, number, rounds) else None
        for number, rounds in enumerate(expression.rounds, 1)
    )


def _took_part(found: Any, number: int, rounds: tuple[int, ...]) -> bool:
    """Return whether a group captured in the last rounds around it, not in earlier ones."""
    inner = found.span(f"g{number}")
    for around in reversed(rounds):
        outer = found.span(f"r{around}")
        if not outer[0] <= inner[0] <= inner[1] <= outer[1]:
            return False
        inner = outer
    return True
