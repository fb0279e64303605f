"""Regular expressions as mappings use them: compiled once, with a bound on the time of each use.

RE2 runs what an automaton can match, in linear time; the package `regex` runs the rest, with the time that is left.

Places are counted in characters. JavaScript counts an astral character as two, so behind one its places are greater.
"""

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from math import ceil
from typing import Final

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import backtracking, linear
from unified_jsonata.runtime.regex.backtracking import Backtracking
from unified_jsonata.runtime.regex.finite import Finite, finite
from unified_jsonata.runtime.regex.found import Find, Match
from unified_jsonata.runtime.regex.linear import ANYWHERE, Automaton, decoded, encoded
from unified_jsonata.runtime.regex.parsing.parser import parse
from unified_jsonata.runtime.regex.parsing.rounds import normalize
from unified_jsonata.runtime.regex.parsing.shape import edges, is_linear
from unified_jsonata.runtime.regex.parsing.tree import Expression, Node
from unified_jsonata.runtime.regex.template import Part, Template, template

CACHE_SIZE: Final = 1_000
"""Regular expressions kept compiled."""
UNCOUNTED: Final = 8_192
"""Steps of a search that are not counted, well under 0.1 ms."""
BOUND: Final = 30_000_000
"""Steps of a search that cannot be interrupted, up to about 300 ms; the usual one takes a hundredth of that."""
COUNTED: Final = 6
"""Binary digits by which the steps of a search are shifted to count as steps of the evaluation."""
SHORT: Final = 256
"""Characters of a text for Python's own engine: with few ways to match at a place, a search takes a few microseconds."""
ROOM: Final = 65_536
"""Characters of a result that are not counted."""

Piece = tuple[int, int, str]
"""Where a part of a text begins and ends, and what replaces it."""


class Pattern(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A compiled regular expression; made by `pattern`, shared by all evaluations."""

    source: str
    flags: str
    groups: int
    root: Node
    ascii: bool
    """Whether RE2 has JavaScript's meaning in texts of ASCII without carriage returns only."""
    fold: bool
    finite: Finite | None
    """For Python's own engine, in short texts of ASCII; most texts are, so the programs of the others are made when needed."""

    @cached_property
    def slow(self) -> Backtracking | None:
        """The program for `regex`; None when its set-up is not bounded."""
        return backtracking.prepared(Expression(root=self.root, groups=self.groups, fold=self.fold))

    @cached_property
    def automaton(self) -> Automaton | None:
        """The program for RE2; None for what it cannot match, or when it would be too large."""
        return linear.automaton(self.root, self.groups) if is_linear(self.root) else None

    @cached_property
    def tester(self) -> Automaton | None:
        """The same without captures."""
        if not self.groups:
            return self.automaton
        return linear.automaton(self.root, 0, capture=False) if is_linear(self.root) else None

    @cached_property
    def calm(self) -> int:
        """Length of text up to which a search by RE2 is not even counted; negative when never."""
        return UNCOUNTED // self._steps

    @cached_property
    def reach(self) -> int:
        """Length of text up to which RE2 is used; negative when never."""
        return BOUND // self._steps

    @property
    def _steps(self) -> int:
        return -1 if self.automaton is None else self.automaton.size

    def test(self, budget: Budget, text: str) -> bool:
        """Return whether there is a match anywhere."""
        size = len(text)
        if self.finite is not None and size <= SHORT and text.isascii():
            return self.finite.pattern.search(text) is not None
        if size > self.reach or self.tester is None or (self.ascii and not _is_simple(text)):
            return self.finder(budget, text)(0) is not None
        if size > self.calm:
            budget.spend((size * self.tester.size) >> COUNTED)
        data = encoded(text)
        return self.tester.search(ANYWHERE, data, 0, len(data))[0][0] >= 0

    def find(self, budget: Budget, text: str, start: int = 0) -> Match | None:
        """Return the first match at or behind a character."""
        return self.finder(budget, text)(start)

    def find_all(self, budget: Budget, text: str, limit: float | None = None) -> list[Match]:
        """Return all matches, at most `limit`, rounded up; D1004 when one but the first is empty."""
        found: list[Match] = []
        for match in self.matches(budget, text, limit):
            budget.spend(2 + self.groups)
            found.append(match)
            if len(found) > budget.limits.array:
                budget.items(len(found))
        return found

    def matches(self, budget: Budget, text: str, limit: float | None = None) -> Iterator[Match]:
        """Yield the matches one by one. Behind the last one wanted there is one more search, which may raise D1004 as well."""
        find = self.finder(budget, text)
        wanted = None if limit is None else ceil(limit)
        found = find(0)
        while found is not None and wanted != 0:
            yield found
            found = following(find, found.end, len(text))
            wanted = None if wanted is None else wanted - 1

    def split(self, budget: Budget, text: str, limit: float | None = None) -> list[str]:
        """Return the texts between the matches, at most `limit`, rounded up; groups are not part of the result."""
        pieces: list[str] = []
        at = 0
        if len(text) <= self.calm and limit is None and self.tester is not None and not self.ascii:
            data, spans = linear.every(self.tester.search, text)
            for begin, end in spans:
                pieces.append(decoded(data[at:begin]))
                at = end
            return [*pieces, decoded(data[at:])]
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
        """Return the text with each match, at most `limit`, rounded up, replaced by a template."""
        return self.replace_with(budget, text, filler(template(replacement, self.groups).parts), limit)

    def prepare_replace(self, replacement: str) -> Callable[[Budget, str], str]:
        """Return `replace` for a template that is always the same, with all that can be done in advance done."""
        made = template(replacement, self.groups)
        fill = filler(made.parts)
        if self.finite is not None:
            return self._replacing(self.finite, made, fill)
        tester = self.tester
        if tester is None or self.ascii or "$" in replacement:
            return lambda budget, text: self.replace_with(budget, text, fill)
        calm = min(self.calm, ROOM // (len(replacement) + 1))
        search, new = tester.search, encoded(replacement)

        def replace(budget: Budget, text: str) -> str:
            return _replaced(search, text, new) if len(text) <= calm else self.replace_with(budget, text, fill)

        return replace

    def _replacing(self, finite: Finite, made: Template, fill: Callable[[Match], str]) -> Callable[[Budget, str], str]:
        """Return `replace` for a template by Python's own engine, in texts that are short enough with all matches replaced."""
        written = sum(len(part) if isinstance(part, str) else finite.longest for part in made.parts)
        is_bounded = finite.longest >= 0 or not made.groups
        calm = SHORT if is_bounded and written * SHORT <= ROOM else 0
        substitute, new = finite.pattern.sub, made.python

        def replace(budget: Budget, text: str) -> str:
            if len(text) <= calm and text.isascii():
                return substitute(new, text)
            return self.replace_with(budget, text, fill)

        return replace

    def replace_with(self, budget: Budget, text: str, function: Callable[[Match], str], limit: float | None = None) -> str:
        """Return the text with each match, at most `limit`, rounded up, replaced by what a function answers for it."""
        found = self.matches(budget, text, limit)
        return replaced(budget, text, ((match.start, match.end, function(match)) for match in found))

    def finder(self, budget: Budget, text: str) -> Find:
        """Return the search in one text, by the engine that suits it; the work of RE2 for one search is counted here.

        Raises:
            Failure: U1005 when the expression is too large for a text of this length.
        """
        size = len(text)
        if self.automaton is not None and size <= self.reach and not (self.ascii and not _is_simple(text)):
            if size > self.calm:
                budget.spend((size * self.automaton.size) >> COUNTED)
            return linear.finder(self.automaton, self.groups, budget, text, watch=size > self.calm)
        if self.slow is None:
            raise Failure("U1005", "it is too large for so long a text")
        return backtracking.finder(self.slow, budget, text)


def _is_simple(text: str) -> bool:
    return text.isascii() and "\r" not in text


def _replaced(search: linear.Search, text: str, new: bytes) -> str:
    """Replace each match in a short text."""
    data, spans = linear.every(search, text)
    if not spans:
        return text
    at = 0
    kept: list[bytes] = []
    for begin, end in spans:
        kept.append(data[at:begin])
        at = end
    kept.append(data[at:])
    return decoded(new.join(kept))


def following(find: Find, at: int, size: int) -> Match | None:
    """Return the match behind one that ends at a place; D1004 when it is empty, for no further one could be found."""
    if at >= size:
        return None
    found = find(at)
    if found is not None and found.start == found.end:
        raise Failure("D1004")
    return found


def replaced(budget: Budget, text: str, pieces: Iterator[Piece]) -> str:
    """Return a text with pieces replaced; the result is counted while it grows."""
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
    """Return the text between two places in any order, as JavaScript cuts it."""
    return text[begin:end] if begin <= end else text[end:begin]


def filler(parts: tuple[Part, ...]) -> Callable[[Match], str]:
    """Return the function that fills a template."""
    return lambda found: "".join(part if isinstance(part, str) else _part(found, part) for part in parts)


def _part(found: Match, number: int) -> str:
    return found.match if number == 0 else found.groups[number - 1] or ""


@lru_cache(CACHE_SIZE)
def pattern(source: str, flags: str = "") -> Pattern:
    """Compile a regular expression of the language, without its slashes.

    Raises:
        Failure: S0301 when it is empty, U1005 when it is not valid or too large.
    """
    parsed = parse(source, flags)
    expression = Expression(root=normalize(parsed.root), groups=parsed.groups, fold=parsed.fold)
    made = Pattern(
        source=source,
        flags=flags,
        groups=expression.groups,
        root=expression.root,
        ascii=not edges(expression.root).isdisjoint(("line start", "line end", "inside")),
        fold=expression.fold,
        finite=finite(expression),
    )
    if made.finite is None and made.automaton is None and made.slow is None:
        raise Failure("U1005", "it is too large")
    return made
