"""Repeated refusals become one audit row a minute with a count: an agent that keeps calling must not fill the database.

The first refusal of a key or server with a reason has its own row immediately; the others are counted in memory. A count is
written when its minute ends, when the process ends, and when there is no room for another one.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from unified.bounded_cache import BoundedCache
from unified.store.audit_chain import AuditEntry

WINDOW_SECONDS = 60.0
"""The length of one count."""
MAX_COUNTS = 10_000
"""Open counts; the oldest is written first."""
CHECK_SECONDS = 1.0
Enqueue = Callable[[str, Sequence[AuditEntry]], None]


_Key = tuple[str, str, str | None, str | None]
"""The tenant, the actor, the MCP server and the reason of a refusal."""


class _Count(msgspec.Struct, kw_only=True):
    since: float
    last: AuditEntry
    repeats: int = 0


class Repeats:
    """The counts of one process."""

    def __init__(
        self,
        put: Enqueue,
        *,
        max_counts: int = MAX_COUNTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._put = put
        self._clock = clock
        self._counts: BoundedCache[_Key, _Count] = BoundedCache(max_counts, self._write)

    def add(self, tenant_id: str, entry: AuditEntry) -> None:
        """Write the row of a refusal, or count it if there was one like it within the window."""
        key = (tenant_id, entry.actor, entry.server, entry.reason)
        known = self._counts.get(key)
        if known is not None:
            known.repeats += 1
            known.last = entry
            return
        self._put(tenant_id, [entry])
        self._counts.put(key, _Count(since=self._clock(), last=entry))

    def open(self) -> int:
        """Return how many counts are open."""
        return len(self._counts)

    def write_due(self) -> None:
        """Write the counts with an expired window; counts with repetitions continue, the others are dropped."""
        now = self._clock()
        while self._counts:
            key, count = next(iter(self._counts.items()))
            if count.since + WINDOW_SECONDS > now:
                return
            del self._counts[key]
            if count.repeats:
                self._write(key, count)
                self._counts.put(key, _Count(since=now, last=count.last))

    def write_all(self) -> None:
        """Write every count, at the end of the process."""
        while self._counts:
            self._write(*self._counts.popitem(last=False))

    def _write(self, key: _Key, count: _Count) -> None:
        if count.repeats:
            repeats = count.repeats if count.repeats > 1 else None
            entry = msgspec.structs.replace(count.last, id=f"aud_{secrets.token_hex(16)}", digest=None, count=repeats)
            self._put(key[0], [entry])


@asynccontextmanager
async def counting(put: Enqueue) -> AsyncIterator[Repeats]:
    """Provide counts that are written during the block, and at its end."""
    repeats = Repeats(put)

    async def look() -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            repeats.write_due()

    looking = asyncio.create_task(look())
    try:
        yield repeats
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        repeats.write_all()
