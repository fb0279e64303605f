"""Text matched against the pieces of a picture, with no text and no picture taking long."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.pieces import LONGEST_WORD, WORDS, Piece

Match = Callable[[str], list[str] | None]
"""The texts of all pieces but literals in order, or None."""
FEW: Final = 40
"""Pieces up to which a picture becomes one regular expression."""
MAX_STEPS: Final = 50_000
"""Steps of a search, a tenth of a second or two."""


def matcher(found: list[Piece]) -> Match:
    """Return how to match a whole text.

    A regular expression when no piece can continue where the next one begins, so that there is nothing to try again.
    """
    if len(found) > FEW or any(piece.shape == "words" or piece.width > FEW for piece in found):
        return lambda text: _search(found, text)
    if any(piece.runs and piece.runs in found[at + 1].begins for at, piece in enumerate(found[:-1])):
        return lambda text: _search(found, text)
    pattern = "".join(piece.pattern if piece.read is None else f"({piece.pattern})" for piece in found)
    whole = re.compile(pattern, re.IGNORECASE | re.ASCII).fullmatch

    def match(text: str) -> list[str] | None:
        hit = whole(text)
        return None if hit is None else list(hit.groups())

    return match


def _search(found: list[Piece], text: str) -> list[str] | None:
    """Return the first way to divide a text, longer pieces first; U1001 when it takes too many steps."""
    patterns = {piece.pattern: re.compile(piece.pattern, re.IGNORECASE | re.ASCII) for piece in found}
    failed: set[tuple[int, int]] = set()
    ways = [_ends(found[0], patterns, text, 0)] if found else []
    starts = [0]
    steps = 0
    while ways:
        steps += 1
        if steps + len(found) > MAX_STEPS:
            raise Failure("U1001", "a date picture that can be read in too many ways")
        end = next(ways[-1], None)
        if end is None:
            failed.add((len(ways) - 1, starts.pop()))
            ways.pop()
        elif len(ways) == len(found):
            if end == len(text):
                return _texts(found, [*starts, end], text)
        elif (len(ways), end) not in failed:
            ways.append(_ends(found[len(ways)], patterns, text, end))
            starts.append(end)
    return None


def _texts(found: list[Piece], ends: list[int], text: str) -> list[str]:
    return [text[ends[at] : ends[at + 1]] for at, piece in enumerate(found) if piece.read is not None]


def _ends(piece: Piece, patterns: dict[str, re.Pattern[str]], text: str, start: int) -> Iterator[int]:
    """Yield where a piece that begins at a place may end, the farthest first."""
    if piece.shape == "words":
        yield from _word_ends(text, start)
        return
    hit = patterns[piece.pattern].match(text, start)
    if hit is None:
        return
    yield hit.end()
    if piece.runs:
        yield from _shorter(piece, hit)


def _shorter(piece: Piece, hit: re.Match[str]) -> Iterator[int]:
    """Yield the shorter ends of a run, which may lose its last characters; a zone keeps its sign or separator."""
    text, end = hit.group(), hit.end()
    least = hit.start() + 1
    if piece.shape == "zone":
        least = hit.start() + len(text.rstrip("0123456789")) + 1
    yield from range(end - 1, least - 1, -1)


def _word_ends(text: str, start: int) -> Iterator[int]:
    """Yield the ends of words that follow one another, in the order in which a regular expression would try them."""
    ways = [_tokens(text, start)]
    known = {start}
    ends = [start]
    while ways:
        end = next(ways[-1], None)
        if end is None:
            ways.pop()
            last = ends.pop()
            if last != start:
                yield last
        elif end not in known:
            known.add(end)
            ways.append(_tokens(text, end))
            ends.append(end)
        if len(known) > MAX_STEPS:
            raise Failure("U1001", "a number in too many words")


def _tokens(text: str, start: int) -> Iterator[int]:
    rest = text[start : start + LONGEST_WORD].lower()
    return (start + len(word) for word in WORDS if rest.startswith(word))
