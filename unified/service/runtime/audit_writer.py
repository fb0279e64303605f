"""The audit writer: requests put rows in a queue, and one task writes them in batches.

An allowed call does not wait for its row; a denial does. If the database accepts no rows, the queue fills to its bound; then
requests wait before anything is done, and are at last refused as overloaded: no row is dropped for speed. Each tenant has its
share of the queue and of each batch, so that the rows of one that floods hold up no other's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec

from unified.errors.service import Overloaded
from unified.fair_queue import even_shares, may_take
from unified.service.runtime.closing import AUDIT_SECONDS, cut
from unified.store import audit
from unified.store.audit import UnknownTenant
from unified.store.audit_chain import AuditEntry
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger
from unified.telemetry.metrics import set_audit_waiting

MAX_ROWS = 500
"""Rows of one transaction: at least one of each tenant, and of as many tenants at most."""
BATCH_INTERVAL = 0.2
"""Seconds that an allowed call's row waits for others; a killed process loses the rows of no more than this time."""
MAX_WAITING = 10_000
"""Rows in the queue before requests wait; a tenant's wait when it has five times as many as there is room for (`may_take`)."""
WAIT_TIMEOUT = 10.0
"""Seconds that a request waits for the database before it is refused as overloaded."""
MIN_RETRY_INTERVAL, MAX_RETRY_INTERVAL = 0.1, 5.0
"""Seconds between tries while the database does not accept rows."""
UNWRITTEN = "the audit trail cannot be written now, so this request is not answered; try again"

log = get_logger("unified.audit")
Append = Callable[..., Awaitable[None]]


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of an audit log; tests make them smaller."""

    max_rows: int = MAX_ROWS
    batch_interval: float = BATCH_INTERVAL
    max_waiting: int = MAX_WAITING
    wait_timeout: float = WAIT_TIMEOUT
    min_retry_interval: float = MIN_RETRY_INTERVAL
    max_retry_interval: float = MAX_RETRY_INTERVAL
    close_timeout: float = AUDIT_SECONDS


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A row in the queue, and the future that its request waits for."""

    entry: AuditEntry
    kept: "asyncio.Future[None] | None" = None


_Batch = dict[str, list[_Waiting]]


@asynccontextmanager
async def running_log(database: Database, timing: Timing | None = None) -> AsyncIterator["AuditLog"]:
    """Provide an audit log with a writer that runs during the block; at its end everything is written."""
    opened = AuditLog(database, timing)
    writer = asyncio.create_task(opened.write_until_closed())
    try:
        yield opened
    finally:
        await opened.close(writer)


class AuditLog:
    """The queue of the rows of all tenants, and whether the database accepts them."""

    def __init__(self, database: Database, timing: Timing | None = None, append: Append = audit.append) -> None:
        self._database = database
        self._timing = timing or Timing()
        self._append = append
        self._queue: dict[str, list[_Waiting]] = {}
        self._unsure: set[str] = set()  # tenants with a failed last try, which may have been stored anyway
        self._added = asyncio.Event()
        self._hurry = asyncio.Event()
        self._written = asyncio.Event()
        self._closing = False
        self.waiting = 0
        """Rows that are not written yet."""
        self.healthy = True
        """Whether the last try to write succeeded."""

    async def wait_for_capacity(self, tenant_id: str = "") -> None:
        """Wait until the queue has capacity for the tenant, before anything is done for a request.

        Raises:
            Overloaded: there was none within the timeout.
        """
        if not self._has_capacity(tenant_id):
            await self._with_timeout(self._until_capacity(tenant_id))

    def _has_capacity(self, tenant_id: str) -> bool:
        return may_take(len(self._queue.get(tenant_id, ())), self._timing.max_waiting - self.waiting)

    async def _until_capacity(self, tenant_id: str) -> None:
        while not self._has_capacity(tenant_id):
            self._written.clear()
            await self._written.wait()

    def enqueue(self, tenant_id: str, entries: Sequence[AuditEntry]) -> None:
        """Queue rows of one tenant; they are written soon."""
        self._put(tenant_id, [_Waiting(entry=one) for one in entries])

    async def write_through(self, tenant_id: str, entries: Sequence[AuditEntry]) -> None:
        """Queue rows of one tenant, and wait until they are written.

        Raises:
            Overloaded: that takes too long. The rows stay in the queue, so the audit may record a refusal that was answered as
                overloaded.
        """
        kept = asyncio.get_running_loop().create_future()
        rows = [_Waiting(entry=one) for one in entries]
        self._put(tenant_id, [*rows[:-1], msgspec.structs.replace(rows[-1], kept=kept)])
        self._hurry.set()
        await self._with_timeout(kept)

    async def _with_timeout(self, wanted: Awaitable[Any]) -> None:
        try:
            async with asyncio.timeout(self._timing.wait_timeout):
                await wanted
        except TimeoutError:
            raise Overloaded(UNWRITTEN, retry_after=self._timing.max_retry_interval) from None

    def _put(self, tenant_id: str, rows: list[_Waiting]) -> None:
        if not rows:
            return
        self._queue.setdefault(tenant_id, []).extend(rows)
        self.waiting += len(rows)
        set_audit_waiting(self.waiting)
        self._added.set()
        if self.waiting >= self._timing.max_rows:
            self._hurry.set()

    async def write_until_closed(self) -> None:
        """Write batches until the log is closed and its queue is empty."""
        pause = self._timing.min_retry_interval
        while not (self._closing and not self._queue):
            await self._added.wait()
            await self._wait_for_batch()
            self.healthy = await self._write_round()
            if self.healthy:
                pause = self._timing.min_retry_interval
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._timing.max_retry_interval)

    async def _wait_for_batch(self) -> None:
        """Let a batch gather, unless a request waits for it."""
        try:
            async with asyncio.timeout(self._timing.batch_interval):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    async def _write_round(self) -> bool:
        """Try to write a batch; return whether all of it was written."""
        all_kept = await self._write_batch()
        if not self._queue:
            self._added.clear()
        if self._closing or not all_kept or self.waiting >= self._timing.max_rows:
            self._added.set()
            self._hurry.set()
        return all_kept

    async def _write_batch(self) -> bool:
        """Write all tenants in one transaction; if it fails, in one each, so that a tenant does not block the others."""
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
        """Return the first rows of each tenant, together about as many as one transaction holds, in even shares."""
        wanted = {tenant_id: len(rows) for tenant_id, rows in islice(self._queue.items(), self._timing.max_rows)}
        shares = even_shares(wanted, self._timing.max_rows)
        return {tenant_id: self._queue[tenant_id][: shares[tenant_id]] for tenant_id in wanted}

    async def _write_alone(self, tenant_id: str, rows: list[_Waiting]) -> bool:
        """Try to write one tenant's rows again; rows that can never be written are dropped with an error in the log."""
        problem = await self._failure({tenant_id: rows})
        if isinstance(problem, UnknownTenant):
            log.error("audit_rows_lost", tenant=tenant_id, count=len(rows), meaning="the tenant was deleted")
        elif problem is not None:
            # The kind only: a driver's message may hold values.
            log.error("audit_not_written", tenant=tenant_id, count=self.waiting, **describe_failure(problem))
            return False
        self._drop({tenant_id: rows})
        return True

    async def _failure(self, batch: _Batch) -> Exception | None:
        entries = {tenant_id: [one.entry for one in rows] for tenant_id, rows in batch.items()}
        try:
            await self._append(self._database, entries, again=not self._unsure.isdisjoint(batch))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the rows are kept
            self._unsure.update(batch)
            return problem
        self._unsure.difference_update(batch)
        return None

    def _drop(self, batch: _Batch) -> None:
        """Remove written rows from the queue, and notify the requests that wait for them."""
        for tenant_id, rows in batch.items():
            rest = self._queue.pop(tenant_id)[len(rows) :]
            if rest:
                self._queue[tenant_id] = rest  # behind the others: more tenants than one batch holds take turns
            self._unsure.discard(tenant_id)
            self.waiting -= len(rows)
            set_audit_waiting(self.waiting)
            for row in rows:
                if row.kept is not None and not row.kept.done():
                    row.kept.set_result(None)
        self._written.set()

    async def close(self, writer: "asyncio.Task[None]") -> None:
        """Write the rest within the timeout; what cannot be written is reported as an error in the log."""
        self._closing = True
        self._added.set()
        self._hurry.set()
        await asyncio.wait({writer}, timeout=self._timing.close_timeout)
        if not writer.done():
            await cut({writer})
        if self.waiting:
            log.error("audit_rows_lost", count=self.waiting, meaning="the process ends and the database does not accept them")
