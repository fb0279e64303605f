"""What each account's provider last said of its limits: numbers only, for headers and for people."""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from unified.transport.rate_limit_headers import RateNotes

BELIEVED = 60.0
"""Seconds for which numbers without a reset time are shown."""
MAX_ACCOUNTS = 10_000
"""Accounts; the ones not heard of for longest go first."""


class SeenLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's limit as of its last answer."""

    remaining: int
    limit: int | None
    reset: float | None
    """Seconds from now until the budget is fresh."""


class SeenLimits:
    """The last limit of each account, in one worker."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = MAX_ACCOUNTS) -> None:
        self._clock = clock
        self._most = most
        self._seen: OrderedDict[str, tuple[float, RateNotes]] = OrderedDict()

    def saw(self, account_id: str, notes: RateNotes) -> None:
        """Remember what an answer said, if it said how many calls remain."""
        if notes.remaining is None:
            return
        self._seen[account_id] = (self._clock(), notes)
        self._seen.move_to_end(account_id)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def of(self, account_id: str) -> SeenLimit | None:
        """The account's limit; None when the provider said nothing, or it no longer holds."""
        found = self._seen.get(account_id)
        if found is None:
            return None
        at, notes = found
        age = self._clock() - at
        if notes.remaining is None or age >= (BELIEVED if notes.reset is None else notes.reset):
            del self._seen[account_id]
            return None
        left = None if notes.reset is None else notes.reset - age
        return SeenLimit(remaining=notes.remaining, limit=notes.limit, reset=left)
