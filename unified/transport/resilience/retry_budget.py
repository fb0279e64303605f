"""Bounds retries to a tenth of an account's calls, so that a failing provider is not hit harder for failing.

A bucket an account: each call adds a tenth of a retry, each retry takes one. A few are always there, so that an
account with little traffic is retried too.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

SHARE = 0.1
"""Retries a call."""
FLOOR = 3.0
"""Retries that an account has at first, and again after `REFILL` seconds each."""
REFILL = 10.0
CEILING = 10.0
"""Retries that can be saved up."""
MAX_BUDGETS = 10_000
"""Accounts; the ones not used for longest begin anew."""


class _Bucket(msgspec.Struct):
    retries: float
    at: float
    """When it was last looked at."""


class RetryBudget:
    """The retries that are left to each account, in one worker."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = MAX_BUDGETS) -> None:
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def remembered(self) -> int:
        """How many accounts are remembered."""
        return len(self._buckets)

    def called(self, account_id: str) -> None:
        """Count a call."""
        bucket = self._bucket(account_id)
        bucket.retries = min(CEILING, bucket.retries + SHARE)

    def take(self, account_id: str) -> bool:
        """Take one retry; whether there was one."""
        bucket = self._bucket(account_id)
        if bucket.retries < 1:
            return False
        bucket.retries -= 1
        return True

    def _bucket(self, account_id: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(account_id)
        if bucket is None:
            bucket = self._buckets[account_id] = _Bucket(FLOOR, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(account_id)
        if bucket.retries < FLOOR:
            bucket.retries = min(FLOOR, bucket.retries + (now - bucket.at) / REFILL)
        bucket.at = now
        return bucket
