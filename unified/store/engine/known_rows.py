"""Rows that were checked, with the stored values that they were made of: what is read again unchanged needs no second check."""

from typing import Any

from unified.bounded_cache import BoundedCache

MAX_ROWS = 10_000
"""Rows that are kept; the ones least recently read are dropped first."""
Stored = tuple[Any, ...]
"""The values of a row in the order of its query."""


class KnownRows:
    """The rows of one database, by table and key. A row is only ever taken for the values that the database gave now."""

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self._rows: BoundedCache[tuple[Any, ...], tuple[Stored, Any]] = BoundedCache(max_rows)

    def find(self, place: tuple[Any, ...], stored: Stored) -> Any:
        """Return the row that these values made before; None if they are other ones."""
        known = self._rows.get(place)
        if known is None or known[0] != stored:
            return None
        self._rows.move_to_end(place)
        return known[1]

    def keep(self, place: tuple[Any, ...], stored: Stored, row: Any) -> None:
        """Keep a row that was checked."""
        self._rows.put(place, (stored, row))

    def drop(self, place: tuple[Any, ...]) -> None:
        """Forget a row that is not there any more."""
        self._rows.pop(place, None)
