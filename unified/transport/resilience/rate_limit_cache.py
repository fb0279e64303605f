"""The rate limits that each account's provider reported last: numbers only, for headers and for people."""

import time
from collections.abc import Callable

import msgspec

from unified.bounded_cache import BoundedCache
from unified.transport.rate_limit_headers import RateNotes

DEFAULT_TTL_SECONDS = 60.0
"""How long numbers without a reset time are shown."""
MAX_ACCOUNTS = 10_000
"""Accounts that are remembered; the ones least recently updated are dropped first."""


class SeenLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's limit as of its last response."""

    remaining: int
    limit: int | None
    reset: float | None
    """Seconds from now until the limit resets."""


class SeenLimits:
    """The last limit of each account, in one worker."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, max_accounts: int = MAX_ACCOUNTS) -> None:
        self._clock = clock
        self._seen: BoundedCache[str, tuple[float, RateNotes]] = BoundedCache(max_accounts)

    def put(self, account_id: str, notes: RateNotes) -> None:
        """Remember the limits of a response, if it reported how many calls remain."""
        if notes.remaining is None:
            return
        self._seen.put(account_id, (self._clock(), notes))

    def get(self, account_id: str) -> SeenLimit | None:
        """Return the account's limit; None when the provider reported none, or it has expired."""
        seen = self._seen.get(account_id)
        if seen is None:
            return None
        at, notes = seen
        age = self._clock() - at
        if notes.remaining is None or age >= (DEFAULT_TTL_SECONDS if notes.reset is None else notes.reset):
            del self._seen[account_id]
            return None
        left = None if notes.reset is None else notes.reset - age
        return SeenLimit(remaining=notes.remaining, limit=notes.limit, reset=left)
