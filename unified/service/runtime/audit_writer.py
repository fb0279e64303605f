"""The writer of the audit trail: requests put rows in a queue, one task writes them in batches.

An allowed call does not wait for its row; a denial does. When the database does not take rows, the queue fills to its bound,
then requests wait before anything is done, and at last are refused as overloaded: no row is given up for speed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec
import structlog

from unified.errors import Overloaded
from unified.store import audit
from unified.store.audit import UnknownTenant
from unified.store.audit_chain import AuditEntry
from unified.store.engine import Database
from unified.telemetry.metrics import set_audit_waiting

MAX_ROWS = 500
"""Rows of one transaction; at least one of each tenant, of as many tenants at most."""
LINGER_SECONDS = 0.2
"""Seconds that an allowed call's row waits for others; a hard kill loses no more than these."""
MAX_WAITING = 10_000
"""Rows in the queue before requests wait."""
PATIENCE_SECONDS = 10.0
"""Seconds that a request waits for the database before it is refused as overloaded."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between tries while the database does not take rows."""
CLOSE_SECONDS = 10.0
"""Seconds that the end of the process waits for the last rows."""
UNWRITTEN = "the audit trail cannot be written now, so this request is not answered; try again"

log = structlog.get_logger("unified.audit")
Append = Callable[..., Awaitable[None]]


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of a log; tests make them smaller."""

    most_rows: int = MAX_ROWS
    linger: float = LINGER_SECONDS
    most_waiting: int = MAX_WAITING
    patience: float = PATIENCE_SECONDS
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    closing: float = CLOSE_SECONDS


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A row in the queue, and who waits for it."""

    entry: AuditEntry
    kept: "asyncio.Future[None] | None" = None


_Batch = dict[str, list[_Waiting]]


@asynccontextmanager
async def running_log(database: Database, timing: Timing | None = None) -> AsyncIterator["AuditLog"]:
    """A log whose writer runs for the time of the block; at its end everything is written."""
    opened = AuditLog(database, timing)
    writer = asyncio.create_task(opened.write_on())
    try:
        yield opened
    finally:
        await opened.close(writer)


class AuditLog:
    """The queue of rows of all tenants, and whether the database takes them."""

    def __init__(self, database: Database, timing: Timing | None = None, append: Append = audit.append) -> None:
        self._database = database
        self._timing = timing or Timing()
        self._append = append
        self._queue: dict[str, list[_Waiting]] = {}
        self._unsure: set[str] = set()  # tenants whose last try failed: it may have been kept all the same
        self._added = asyncio.Event()
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self.waiting = 0
        """Rows that are not written yet."""
        self.healthy = True
        """Whether the last try to write succeeded."""

    async def room(self) -> None:
        """Wait until the queue has room, before anything is done for a request; raises Overloaded."""
        if self.waiting >= self._timing.most_waiting:
            await self._patiently(self._room.wait())

    def add(self, tenant_id: str, entries: Sequence[AuditEntry]) -> None:
        """Queue rows of one tenant; they are written soon."""
        self._put(tenant_id, [_Waiting(entry=one) for one in entries])

    async def settle(self, tenant_id: str, entries: Sequence[AuditEntry]) -> None:
        """Queue rows of one tenant and wait until they are written; raises Overloaded when that takes too long.

        They stay in the queue then, so a row may tell of a refusal that was answered as overloaded.
        """
        kept = asyncio.get_running_loop().create_future()
        rows = [_Waiting(entry=one) for one in entries]
        self._put(tenant_id, [*rows[:-1], msgspec.structs.replace(rows[-1], kept=kept)])
        self._hurry.set()
        await self._patiently(kept)

    async def _patiently(self, wanted: Awaitable[Any]) -> None:
        try:
            async with asyncio.timeout(self._timing.patience):
                await wanted
        except TimeoutError:
            raise Overloaded(UNWRITTEN, retry_after=self._timing.longest_pause) from None

    def _put(self, tenant_id: str, rows: list[_Waiting]) -> None:
        if not rows:
            return
        self._queue.setdefault(tenant_id, []).extend(rows)
        self.waiting += len(rows)
        set_audit_waiting(self.waiting)
        self._added.set()
        if self.waiting >= self._timing.most_rows:
            self._hurry.set()
        if self.waiting >= self._timing.most_waiting:
            self._room.clear()

    async def write_on(self) -> None:
        """Write batches until the log is closed and its queue is empty."""
        pause = self._timing.first_pause
        while not (self._closing and not self._queue):
            await self._added.wait()
            await self._linger()
            self.healthy = await self._write_round()
            if self.healthy:
                pause = self._timing.first_pause
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._timing.longest_pause)

    async def _linger(self) -> None:
        """Let a batch gather, unless somebody waits for it."""
        try:
            async with asyncio.timeout(self._timing.linger):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    async def _write_round(self) -> bool:
        """Try to write a batch; whether all of it was written."""
        all_kept = await self._write_batch()
        if not self._queue:
            self._added.clear()
        if self._closing or not all_kept or self.waiting >= self._timing.most_rows:
            self._added.set()
            self._hurry.set()
        return all_kept

    async def _write_batch(self) -> bool:
        """One transaction for all tenants; when it fails one for each, so that a tenant does not hold up the others."""
        batch = self._next_batch()
        if not batch or await self._failure(batch) is None:
            self._drop(batch)
            return True
        all_kept = True
        for tenant_id, rows in batch.items():
            kept = await self._write_alone(tenant_id, rows)
            all_kept = all_kept and kept
        return all_kept

    def _next_batch(self) -> _Batch:
        """The first rows of each tenant, in all about as many as one transaction takes."""
        batch: _Batch = {}
        room = self._timing.most_rows
        for tenant_id, rows in islice(self._queue.items(), self._timing.most_rows):
            batch[tenant_id] = rows[: max(room, 1)]
            room -= len(batch[tenant_id])
        return batch

    async def _write_alone(self, tenant_id: str, rows: list[_Waiting]) -> bool:
        """Try to write one tenant's rows again; rows that never can be written are given up loudly."""
        problem = await self._failure({tenant_id: rows})
        if isinstance(problem, UnknownTenant):
            log.error("audit_rows_lost", tenant=tenant_id, count=len(rows), meaning="the tenant is no longer there")
        elif problem is not None:
            # The kind only: a driver's message may hold values.
            log.error("audit_not_written", tenant=tenant_id, count=self.waiting, kind=type(problem).__name__)
            return False
        self._drop({tenant_id: rows})
        return True

    async def _failure(self, batch: _Batch) -> Exception | None:
        entries = {tenant_id: [one.entry for one in rows] for tenant_id, rows in batch.items()}
        try:
            await self._append(self._database, entries, again=not self._unsure.isdisjoint(batch))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the rows are not given up
            self._unsure.update(batch)
            return problem
        self._unsure.difference_update(batch)
        return None

    def _drop(self, batch: _Batch) -> None:
        """Take rows that are settled out of the queue, and tell who waits for them."""
        for tenant_id, rows in batch.items():
            left = self._queue[tenant_id][len(rows) :]
            if left:
                self._queue[tenant_id] = left
            else:
                del self._queue[tenant_id]
            self._unsure.discard(tenant_id)
            self.waiting -= len(rows)
            set_audit_waiting(self.waiting)
            for row in rows:
                if row.kept is not None and not row.kept.done():
                    row.kept.set_result(None)
        if self.waiting < self._timing.most_waiting:
            self._room.set()

    async def close(self, writer: "asyncio.Task[None]") -> None:
        """Write what is left, for as long as the end of the process may wait; what cannot be written is said loudly."""
        self._closing = True
        self._added.set()
        self._hurry.set()
        await asyncio.wait({writer}, timeout=self._timing.closing)
        if not writer.done():
            writer.cancel()
            await asyncio.wait({writer})
        if self.waiting:
            log.error("audit_rows_lost", count=self.waiting, meaning="the process ends and the database does not take them")
