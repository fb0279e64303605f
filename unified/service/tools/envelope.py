"""What a tool answers: a fixed envelope with all that came from outside in `data`, marked untrusted, or an error.

Nothing of the service's own is ever mixed into `data`, so a record cannot speak in the service's name, whatever its
fields are called.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from unified.errors import UnifiedError
from unified.service.records import Warned
from unified.service.tools.bounding import Tally, safe, safe_record, shortened, size_of

RESERVED = 4_096
"""Bytes of a result that are not for records: the envelope, warnings and a cursor of usual length."""
Record = dict[str, Any]


class Sheet:
    """The records of one result in the making: cut to the fields that the tool shows, cleaned, and within a size."""

    def __init__(self, fields: frozenset[str], most: int) -> None:
        self.tally = Tally()
        self.records: list[Record] = []
        self._fields = fields
        self._left = most - RESERVED

    def take(self, record: Record) -> bool:
        """Add a record, unless others are there already and it does not fit; the first is cut to the size."""
        tally = Tally()
        shown, size = safe_record({name: value for name, value in record.items() if name in self._fields}, tally)
        if size >= self._left:
            self.tally.truncated = True
            if self.records:
                return False
            shown = shortened(shown, self._left, tally)
        self._left -= size + 1  # with its comma
        self.tally.removed += tally.removed
        self.tally.truncated = self.tally.truncated or tally.truncated
        self.records.append(shown)
        return True


def envelope(
    source: str,
    data: Any,
    tally: Tally,
    *,
    warnings: Sequence[Warned] = (),
    cursor: str | msgspec.UnsetType | None = msgspec.UNSET,
) -> Record:
    """A result; `cursor` for lists only."""
    paging = {} if cursor is msgspec.UNSET else {"next_cursor": cursor}
    return {
        "source": source,
        "untrusted": True,
        "data": data,
        **paging,
        "truncated": tally.truncated,
        "cleaned": tally.removed,
        "warnings": [msgspec.to_builtins(one) for one in warnings],
    }


def fitted(result: Record, most: int) -> Record:
    """The result of a list within so many bytes, should a cursor of unusual length have taken the room of its records."""
    if size_of(result) <= most:
        return result
    tally = Tally(truncated=result["truncated"])
    for place, record in sorted(enumerate(result["data"]), key=lambda pair: -size_of(pair[1])):
        excess = size_of(result) - most
        if excess <= 0:
            break
        data = [*result["data"]]
        data[place] = shortened(record, size_of(record) - excess, tally)
        result = {**result, "data": data, "truncated": tally.truncated}
    return result


def failure(problem: UnifiedError) -> Record:
    """A refusal as it is told; of the provider's own words, those that `told_to` left."""
    told = {
        "code": problem.code,
        "detail": problem.detail,
        "retryable": problem.retryable,
        "retry_after": problem.wait,
        "errors": [msgspec.to_builtins(one) for one in problem.errors],
    }
    if problem.provider is not None:
        told["provider"] = {**msgspec.to_builtins(problem.provider), "untrusted": True}
    shown: Record = safe({"error": told}, Tally())
    return shown
