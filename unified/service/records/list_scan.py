"""One list answer in the making: what was read of the provider for it, when it is full, and what it warns of.

All bounds count what the provider returned, not what was used of it.
"""

import sys
from collections.abc import Callable
from typing import Any

from unified.parsing_limits import LIMIT_REDUCED, reduced_limit
from unified.service.records.call import Call
from unified.service.records.follow_up import MAX_EACH, FollowUp
from unified.service.records.over_parents import Parents
from unified.service.records.visibility import Record, Visibility
from unified.transform.filters import record_test
from unified.transform.list_calls import ListPlan
from unified.transform.query import MAX_LIMIT, Query

FitsBudget = Callable[[Record], bool]
"""Returns for each record whether it still fits into the answer."""
MAX_PAGES = 20
"""Provider pages read for one answer, whatever their size."""


class ListScan:
    """The state of one answer: its records, how much of the provider was read for it, and warnings."""

    def __init__(
        self, call: Call, visibility: Visibility, query: Query, choice: ListPlan, room: FitsBudget | None = None
    ) -> None:
        self.call = call
        self.visibility = visibility
        self.room = room
        self.out_of_room = False
        self.query = query
        self.choice = choice
        self.parts = call.mapping.chained(choice.operation)
        self.test = record_test(query, choice.remaining, call.mapping.model)
        self.is_bounded = visibility.is_bounded
        self.records: list[Record] = []
        self.looked_at = 0
        self.followed = 0
        """Records for which calls of their own were made."""
        self.pages = 0
        self.warnings = call.warnings
        self.bindings: dict[str, dict[str, Any]] = {}
        self.parents: dict[str, Parents] = {}
        """Pages of parents that were listed for this answer, by their position."""

    def fits(self, record: Record) -> bool:
        """Return whether a record inside fulfils the query; conditions look at no more of it than the caller may see."""
        if record.get("is_deleted") and not self.query.include_deleted:
            return False
        return self.test(self.visibility.without_outside_ids(record) if self.is_bounded else record)

    def append(self, record: Record) -> bool:
        """Add a record to the answer and return True, unless there is no room for it."""
        self.out_of_room = self.room is not None and not self.room(record)
        if not self.out_of_room:
            self.records.append(record)
        return not self.out_of_room

    def room_to_follow(self, calls: FollowUp) -> int:
        """Return for how many more records of this answer calls of their own may be made."""
        return MAX_EACH - self.followed if calls.each else sys.maxsize

    def full(self) -> bool:
        """Return whether this answer is complete: it has enough records, or the scan bound is reached."""
        if self.followed >= MAX_EACH:
            return True
        if self.out_of_room or len(self.records) >= self.query.limit:
            return True
        if not self.choice.remaining and not self.is_bounded:
            return bool(self.records)
        return self.looked_at >= self.call.services.settings.page_scan_limit or self.pages >= MAX_PAGES


def add_warnings(scan: ListScan) -> None:
    """Add warnings about what was asked and is not done, or not by the provider."""
    if scan.query.is_limit_reduced:
        scan.warnings[LIMIT_REDUCED] = reduced_limit(MAX_LIMIT)
    bound = scan.call.services.settings.page_scan_limit
    emulated = scan.choice.remaining - scan.choice.native
    if emulated:
        names = ", ".join(scan.query.shown(name) for name in sorted(emulated))
        scan.warnings["filter_emulated"] = (
            f"{names}: applied by Unified to the mapped records, at most about {bound} of them per response"
        )
    if scan.is_bounded and not scan.visibility.narrowed_by_provider(scan.query):
        scan.warnings["narrowed_here"] = (
            f"records outside the chosen resources were left out here, of at most about {bound} looked at for an answer"
        )
    if scan.query.include_deleted and not all("include_deleted" in part.native for part in scan.parts):
        scan.warnings["deleted_not_offered"] = "include_deleted: the provider does not give deleted records of this list"
