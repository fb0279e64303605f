"""Finds every problem in a data file at once: decoding stops at the first, so that value is removed and decoding repeated."""

import copy
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from unified.catalog.files.decode import decode
from unified.catalog.files.source import DocumentPath, Source
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule

T = TypeVar("T")
MAX_PROBLEMS = 50


def decode_all(source: Source, kind: type[T]) -> Iterator[T | CatalogError]:
    """Yield each problem of decoding a file into a struct, and at the end the struct if the rest of it can be decoded.

    A required key that is missing ends the search: it may be one that was taken out.
    """
    left = source
    for _ in range(MAX_PROBLEMS):
        try:
            yield decode(left, kind)
        except CatalogError as problem:
            place = _place_of(left, problem)
            if left is not source and problem.rule is LoadRule.MISSING_KEY:
                return
            yield problem
            if not place:
                return
            left = _without(left, place)
        else:
            return


def _place_of(source: Source, problem: CatalogError) -> DocumentPath:
    """Return the innermost key or value that starts where the error is, as long as it can be taken out."""
    at = problem.position
    if at is None or at.file != source.name:
        return ()
    marks = source.keys if problem.rule is LoadRule.UNKNOWN_KEY else source.values
    found = [place for place, mark in marks.items() if (mark.line, mark.column) == (at.line, at.column)]
    place = max(found, key=len, default=())
    while place and isinstance(place[-1], int):
        place = place[:-1]  # the whole list: without one entry, the places of later ones would be wrong
    return place


def _without(source: Source, place: DocumentPath) -> Source:
    content = copy.deepcopy(source.content)
    holder: Any = content
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    gone = len(place)
    return msgspec.structs.replace(
        source,
        content=content,
        keys={one: mark for one, mark in source.keys.items() if one[:gone] != place},
        values={one: mark for one, mark in source.values.items() if one[:gone] != place},
    )
