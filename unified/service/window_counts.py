"""Counters of rates in memory, for one worker, with the two operations that the `limits` library's Redis storage has.

The library's own memory storage looks at every counter at each hit, which costs a millisecond at ten thousand accounts;
here a hit touches its own counter, and the number of counters is bounded.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import floor

import msgspec

MOST = 100_000
"""Counters; the ones not used for longest go first."""


class _Count(msgspec.Struct):
    window: int
    """Number of the window since the clock's start."""
    current: int
    previous: int


class WindowCounts:
    """Hits of the present window and of the one before it, for each key; the latter count less the older they are."""

    def __init__(self, *, clock: Callable[[], float] = time.time, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def remembered(self) -> int:
        """How many keys are remembered."""
        return len(self._counts)

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a hit unless it goes over the limit; a refused hit is not counted. `expiry` is the window in seconds."""
        count, left = self._count(key, expiry)
        if floor(count.previous * left / expiry) + count.current + amount > limit:
            return False
        count.current += amount
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Hits of the window before and the seconds for which they count; hits of this one and the same for them."""
        count, left = self._count(key, expiry)
        return count.previous, left, count.current, left + expiry

    def _count(self, key: str, expiry: int) -> tuple[_Count, float]:
        now = self._clock()
        window = int(now // expiry)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count(window, 0, 0)
            if len(self._counts) > self._most:
                self._counts.popitem(last=False)
        elif count.window != window:
            count.previous = count.current if count.window == window - 1 else 0
            count.window, count.current = window, 0
        self._counts.move_to_end(key)
        return count, (window + 1) * expiry - now
