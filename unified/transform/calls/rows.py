"""The rows that the provider sent: `items` may drop some of them, but paging counts what came.

The lists are found by the paths that `items` reads, so that an author states them once.
"""

from functools import lru_cache
from typing import Any

from unified_jsonata import Expression

WILD = frozenset({"*", "**"})
Path = tuple[str, ...]


def rows_in(body: Any, items: Expression | None) -> list[Any] | None:
    """Return the rows of a list response before `items` chose among them; None where no list is found.

    Args:
        body: The decoded response.
        items: The call's `items`; without one, the response itself is the list.
    """
    found: dict[int, list[Any]] = {}
    for path in _paths(items):
        place = _place(body, path)
        if isinstance(place, list):
            found[id(place)] = place
    return [row for rows in found.values() for row in rows] if found else None


def has_place(body: Any, items: Expression, *, may_lack: bool = False) -> bool:
    """Return whether a response has one of the places where `items` looks for records, be it an empty list or null.

    Args:
        body: The decoded response.
        items: The call's `items`.
        may_lack: Whether an empty list is absent, as in XML; then, what should hold it must be there.
    """
    paths = [path[:-1] if may_lack and len(path) > 1 else path for path in _paths(items)]
    return any(_place(body, path) is not MISSING for path in paths)


@lru_cache(maxsize=1024)
def _paths(items: Expression | None) -> tuple[Path, ...]:
    paths = ((),) if items is None else (_without_end(read.path) for read in items.analysis.reads)
    return tuple(dict.fromkeys(paths))


def _without_end(path: Path) -> Path:
    """Return a path up to its last name: a wildcard at the end matches every key."""
    while path and path[-1] in WILD:
        path = path[:-1]
    return path


MISSING = object()


def _place(body: Any, path: Path) -> Any:
    """Return the value at a path, or the first list on the way, as rows may hold lists; MISSING if there is nothing.

    The response as a whole is a place for rows only if it is a list.
    """
    place = body
    for depth, name in enumerate(path):
        if isinstance(place, list):
            return place if not place or any(isinstance(row, dict) and name in row for row in place) else MISSING
        if place is None:
            return None
        if not isinstance(place, dict):
            return MISSING
        if name in WILD:
            below = (_place(one, path[depth + 1 :]) for one in place.values())
            return next((one for one in below if one is not MISSING), MISSING)
        if name not in place:
            return MISSING
        place = place[name]
    return MISSING if isinstance(place, dict) and not path else place
