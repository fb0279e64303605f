"""A budget that bounds retries to a tenth of an account's calls, so that a failing provider does not get more load.

Each account has a bucket: every call adds a tenth of a retry, every retry takes one. A few retries are always available,
so that an account with little traffic is retried too.
"""

import time
from collections.abc import Callable

import msgspec

from unified.bounded_cache import BoundedCache

RETRIES_PER_CALL = 0.1
"""Retries earned by each call."""
MIN_RETRIES = 3.0
"""Retries that an account has at first, and gets back one by one every `REFILL_SECONDS` seconds."""
REFILL_SECONDS = 10.0
MAX_RETRIES = 10.0
"""Retries that can be saved up."""
MAX_BUDGETS = 10_000
"""Accounts that are remembered; the ones least recently used start again."""


class _Bucket(msgspec.Struct):
    retries: float
    at: float
    """When it was last updated."""


class RetryBudget:
    """The retries that are left to each account, in one worker."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, max_budgets: int = MAX_BUDGETS) -> None:
        self._clock = clock
        self._buckets: BoundedCache[str, _Bucket] = BoundedCache(max_budgets)

    def remembered(self) -> int:
        """Return how many accounts are remembered."""
        return len(self._buckets)

    def count_call(self, account_id: str) -> None:
        """Count a call."""
        bucket = self._bucket(account_id)
        bucket.retries = min(MAX_RETRIES, bucket.retries + RETRIES_PER_CALL)

    def take(self, account_id: str) -> bool:
        """Take one retry; return whether there was one."""
        bucket = self._bucket(account_id)
        if bucket.retries < 1:
            return False
        bucket.retries -= 1
        return True

    def _bucket(self, account_id: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.use(account_id)
        if bucket is None:
            return self._buckets.put(account_id, _Bucket(MIN_RETRIES, now))
        if bucket.retries < MIN_RETRIES:
            bucket.retries = min(MIN_RETRIES, bucket.retries + (now - bucket.at) / REFILL_SECONDS)
        bucket.at = now
        return bucket
