"""A query within what its caller may see: as the provider may be asked it, and how its records become those of the answer."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from unified.transform.queries.query import Query

Record = dict[str, Any]
Redact = Callable[[Record], Record]
"""Makes the record that a caller sees of a mapped one."""


class RestrictedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a caller's query that a visibility allows. Nothing else is read or shown."""

    query: Query
    """The query that the provider may see: without hidden fields, within the boundary, with the fields that place a record."""
    fields: frozenset[str] = frozenset()
    """The fields that the caller asked for; all of them if there are none."""
    remove_outside: Redact | None = None
    """Removes what names the outside of the boundary; None without one."""
    hide: Redact | None = None
    """Hides the fields that the caller does not see, or did not ask for; None if it sees all."""

    @property
    def redact(self) -> Redact | None:
        """Both in one; None where the records of the answer are the mapped ones."""
        steps = [one for one in (self.remove_outside, self.hide) if one is not None]
        return chained(steps) if steps else None


def chained(steps: Iterable[Redact]) -> Redact:
    """Return what does several steps one after another; there must be one."""
    first, *others = steps
    if not others:
        return first

    def redact(record: Record) -> Record:
        record = first(record)
        for step in others:
            record = step(record)
        return record

    return redact
