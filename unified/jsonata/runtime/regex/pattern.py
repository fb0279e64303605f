"""Regular expressions as mappings use them: compiled once, with a bound on the time of each use.

Each use runs on the quickest engine that is safe for the expression and the length of the text: Python's own, as long as the
search is bounded beforehand; an interruptible one; or the exact matcher, for what those two cannot express.

Places are counted in characters. JavaScript counts an astral character as two, so behind one its places are greater.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import ceil
from typing import Any, Final

import msgspec

from unified.jsonata.errors import Failure
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.regex import exact
from unified.jsonata.runtime.regex import interruptible as slow
from unified.jsonata.runtime.regex.bulk import WIDE, WRITTEN, wide, written
from unified.jsonata.runtime.regex.emit import emit
from unified.jsonata.runtime.regex.found import Match
from unified.jsonata.runtime.regex.growth import Growth, growth
from unified.jsonata.runtime.regex.parser import parse
from unified.jsonata.runtime.regex.program import Program, assemble
from unified.jsonata.runtime.regex.shape import looking_captures, nullable, plain, starts_only
from unified.jsonata.runtime.regex.template import Part, Template, template

CACHE_SIZE: Final = 1_000
"""Regular expressions kept compiled."""
UNCOUNTED: Final = 4_096
"""Steps of a search that are not counted, well under 0.1 ms."""
BOUND: Final = 2_000_000
"""Steps of a search that cannot be interrupted, up to about 40 ms."""
COUNTED: Final = 6
"""Binary digits by which the steps of an engine are shifted to count as steps of the evaluation."""
ROOM: Final = 65_536
"""Characters of a result that are not counted."""

Find = Callable[[int], Match | None]
"""The first match at or behind a character."""
Piece = tuple[int, int, str]
"""Where a part of a text begins and ends, and what replaces it."""


class Pattern(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A compiled regular expression; made by `pattern`, shared by all evaluations."""

    source: str
    flags: str
    groups: int
    empty: bool
    """Whether it may match the empty string."""
    anchored: bool
    """Whether it can match at the beginning of the text only."""
    outside: bool
    """Whether a group may capture text outside of the match, so that a result may be longer than the text allows."""
    growth: Growth
    interruptible: str
    """Source for the interruptible engine; empty when the meaning would differ, or the set-up take long."""
    engine: re.Pattern[str] | None
    """Python's own engine; None when the search is not bounded, the meaning would differ, or the set-up take long."""
    search: Callable[..., re.Match[str] | None]
    """Its method for one match."""
    program: Program | None
    """For the exact matcher; None when the interruptible engine does."""
    calm: int
    """Length of text up to which a search on `engine` is not even counted; negative when never."""
    reach: int
    """Length of text up to which `engine` is used; negative when never."""

    def test(self, budget: Budget, text: str) -> bool:
        """Whether there is a match anywhere."""
        if len(text) <= self.calm:
            return self.search(text) is not None
        return self.finder(budget, text)(0) is not None

    def find(self, budget: Budget, text: str, start: int = 0) -> Match | None:
        """The first match at or behind a character."""
        return self.finder(budget, text)(start)

    def find_all(self, budget: Budget, text: str, limit: float | None = None) -> list[Match]:
        """All matches, at most `limit`, rounded up; D1004 when one but the first is empty."""
        found: list[Match] = []
        for match in self.matches(budget, text, limit):
            budget.spend(2 + self.groups)
            found.append(match)
            if len(found) > budget.limits.array:
                budget.items(len(found))
        return found

    def matches(self, budget: Budget, text: str, limit: float | None = None) -> Iterator[Match]:
        """The matches one by one. Behind the last one wanted there is one more search, which may raise D1004 as well."""
        find = self.finder(budget, text)
        wanted = None if limit is None else ceil(limit)
        found = find(0)
        while found is not None and wanted != 0:
            yield found
            found = following(find, found.end, len(text))
            wanted = None if wanted is None else wanted - 1

    def split(self, budget: Budget, text: str, limit: float | None = None) -> list[str]:
        """The texts between the matches, at most `limit`, rounded up; groups are not part of the result."""
        if len(text) <= self.calm and self.groups == 0 and not self.empty and self.engine is not None:
            if limit is None:
                return self.engine.split(text)
            wanted = ceil(limit)
            return self.engine.split(text, wanted)[:wanted] if wanted else []
        pieces: list[str] = []
        at = 0
        for found in self.matches(budget, text, limit):
            budget.spend(2)
            pieces.append(text[at : found.start])
            at = found.end
            if len(pieces) > budget.limits.array:
                budget.items(len(pieces))
        if limit is None or len(pieces) < limit:
            pieces.append(text[at:])
        return pieces

    def replace(self, budget: Budget, text: str, replacement: str, limit: float | None = None) -> str:
        """The text with each match, at most `limit`, rounded up, replaced by a template."""
        form = template(replacement, self.groups)
        if self._replaces(budget, text, form, len(replacement) + 1) and self.engine is not None:
            if limit is None:
                return self.engine.sub(form.python, text)
            wanted = ceil(limit)
            return self.engine.sub(form.python, text, wanted) if wanted else text
        return self.replace_with(budget, text, filler(form.parts), limit)

    def prepare_replace(self, replacement: str) -> Callable[[Budget, str], str]:
        """`replace` for a template that is always the same, with all that can be done beforehand done."""
        form = template(replacement, self.groups)
        factor = len(replacement) + 1
        if self.engine is None or self.empty or (self.outside and form.groups):
            return lambda budget, text: self.replace_with(budget, text, filler(form.parts))
        calm = min(self.calm, ROOM // factor)
        sub, python = self.engine.sub, form.python

        def replace(budget: Budget, text: str) -> str:
            return sub(python, text) if len(text) <= calm else self.replace(budget, text, replacement)

        return replace

    def replace_with(self, budget: Budget, text: str, function: Callable[[Match], str], limit: float | None = None) -> str:
        """The text with each match, at most `limit`, rounded up, replaced by what a function answers for it."""
        found = self.matches(budget, text, limit)
        return replaced(budget, text, ((match.start, match.end, function(match)) for match in found))

    def _replaces(self, budget: Budget, text: str, form: Template, factor: int) -> bool:
        """Whether Python's engine may replace: the time and the length of the result are bounded, and counted here."""
        size = len(text)
        if self.empty or size > self.reach or (self.outside and form.groups) or size * factor > budget.limits.string:
            return False
        if size > self.calm:
            budget.spend(self.growth.steps(size) >> COUNTED)
        if size * factor > ROOM:
            budget.room(size * factor)
        return True

    def finder(self, budget: Budget, text: str) -> Find:
        """The search in one text on the engine that suits it; its work on Python's engine is counted here, once."""
        if len(text) > self.reach:
            return self._bounded(budget, text)
        if len(text) > self.calm:
            budget.spend(self.growth.steps(len(text)) >> COUNTED)
        search = self.search

        def find(start: int) -> Match | None:
            found = search(text, start)
            return None if found is None else Match(found[0], found.start(), found.end(), found.groups())

        return find

    def _bounded(self, budget: Budget, text: str) -> Find:
        if self.program is None:
            return lambda start: slow.search(self.interruptible, budget, text, start, anchored=self.anchored)
        program = self.program

        def find(start: int) -> Match | None:
            slots = exact.search(program, budget, text, start, anchored=self.anchored)
            return None if slots is None else _captured(text, slots)

        return find


def following(find: Find, at: int, size: int) -> Match | None:
    """The match behind one that ends at a place; D1004 when it is empty, for no further one could be found."""
    if at >= size:
        return None
    found = find(at)
    if found is not None and found.start == found.end:
        raise Failure("D1004")
    return found


def replaced(budget: Budget, text: str, pieces: Iterator[Piece]) -> str:
    """A text with pieces replaced; the result is counted while it grows."""
    parts: list[str] = []
    at = size = 0
    for begin, end, piece in pieces:
        kept = cut(text, at, begin)
        parts += (kept, piece)
        size += len(kept) + len(piece)
        at = end
        budget.spend(3 + (len(piece) >> COUNTED))
        if size > budget.limits.string:
            budget.room(size)
    parts.append(text[at:])
    return budget.text("".join(parts))


def cut(text: str, begin: int, end: int) -> str:
    """The text between two places in any order, as JavaScript cuts it."""
    return text[begin:end] if begin <= end else text[end:begin]


def filler(parts: tuple[Part, ...]) -> Callable[[Match], str]:
    """The function that fills a template."""
    return lambda found: "".join(part if isinstance(part, str) else _part(found, part) for part in parts)


def _part(found: Match, number: int) -> str:
    return found.match if number == 0 else found.groups[number - 1] or ""


def _captured(text: str, slots: tuple[int, ...]) -> Match:
    spans = list(zip(slots[2::2], slots[3::2], strict=True))
    groups = tuple(None if begin < 0 or end < 0 else text[begin:end] for begin, end in spans)
    return Match(text[slots[0] : slots[1]], slots[0], slots[1], groups)


@lru_cache(CACHE_SIZE)
def pattern(source: str, flags: str = "") -> Pattern:
    """Compile a regular expression of the language, without its slashes; S0301 when empty, U1005 when not valid."""
    expression = parse(source, flags)
    simple = plain(expression) and wide(expression.root) <= WIDE
    cost = growth(expression.root)
    engine = re.compile(emit(expression.root), re.ASCII | re.DOTALL) if simple and cost.degree is not None else None
    interruptible = emit(expression.root, negate=False) if simple and written(expression.root) <= WRITTEN else ""
    anchored = starts_only(expression.root)
    return Pattern(
        source=source,
        flags=flags,
        groups=expression.groups,
        empty=nullable(expression.root),
        anchored=anchored,
        outside=looking_captures(expression.root),
        growth=cost,
        interruptible=interruptible,
        engine=engine,
        search=_never if engine is None else engine.match if anchored else engine.search,
        program=None if interruptible else assemble(expression),
        calm=-1 if engine is None else _size(cost, UNCOUNTED),
        reach=-1 if engine is None else _size(cost, BOUND),
    )


def _never(*_: Any) -> None:
    """The search of an expression that Python's engine does not run."""


def _size(cost: Growth, steps: int) -> int:
    """The greatest length of text within a number of steps, rounded down."""
    size = (steps / cost.weight) ** (1 / (cost.degree or 1))
    return int(size + 1e-9)
