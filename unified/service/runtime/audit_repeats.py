"""Refusals that repeat become one row a minute with a count: a dead agent that calls on must not fill the database.

The first of a key or server and reason has its row at once, the others are counted in memory. The count is written when
the minute ends, when the process does, and when there is no room for another one.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from unified.store.audit_chain import AuditEntry

WINDOW_SECONDS = 60.0
"""Seconds of one count."""
MAX_COUNTS = 10_000
"""Counts that are open at a time; the oldest is written first."""
CHECK_SECONDS = 1.0
Enqueue = Callable[[str, Sequence[AuditEntry]], None]


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
        window: float = WINDOW_SECONDS,
        most: int = MAX_COUNTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._put = put
        self._window = window
        self._most = most
        self._clock = clock
        self._counts: OrderedDict[tuple[str, str, str | None, str | None], _Count] = OrderedDict()

    def add(self, tenant_id: str, entry: AuditEntry) -> None:
        """Put the row of a refusal into the trail, or count it when one like it was there within the window."""
        place = (tenant_id, entry.actor, entry.server, entry.reason)
        known = self._counts.get(place)
        if known is not None:
            known.repeats += 1
            known.last = entry
            return
        self._put(tenant_id, [entry])
        self._counts[place] = _Count(since=self._clock(), last=entry)
        if len(self._counts) > self._most:
            (oldest, *_), count = self._counts.popitem(last=False)
            self._write(oldest, count)

    def open(self) -> int:
        """How many counts are open."""
        return len(self._counts)

    def write_due(self) -> None:
        """Write the counts whose window is over; who goes on is counted on, who stopped is forgotten."""
        now = self._clock()
        while self._counts:
            place, count = next(iter(self._counts.items()))
            if count.since + self._window > now:
                return
            del self._counts[place]
            if count.repeats:
                self._write(place[0], count)
                self._counts[place] = _Count(since=now, last=count.last)

    def write_all(self) -> None:
        """Write every count, at the end of the process."""
        while self._counts:
            (tenant_id, *_), count = self._counts.popitem(last=False)
            self._write(tenant_id, count)

    def _write(self, tenant_id: str, count: _Count) -> None:
        if count.repeats:
            told = count.repeats if count.repeats > 1 else None
            entry = msgspec.structs.replace(count.last, id=f"aud_{secrets.token_hex(16)}", digest=None, count=told)
            self._put(tenant_id, [entry])


@asynccontextmanager
async def counting(put: Enqueue) -> AsyncIterator[Repeats]:
    """Counts that are written for the time of the block, and at its end."""
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
