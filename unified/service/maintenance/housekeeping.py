"""Sweeps away what has expired, now and then: marks of idempotency, connect links, sessions, approvals."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from unified.service.runtime.events import approval_events
from unified.store import approvals, connect_links, idempotency, sessions
from unified.store.engine import Database

INTERVAL_SECONDS = 3600.0
SOON_SECONDS = 60.0
Sweep = Callable[[Database], Awaitable[int]]


async def lapse_approvals(database: Database) -> int:
    """Erase the writes whose time is over, and give up the executions that did not report."""
    return await approvals.lapse(database, tell=approval_events("approval.decided", database.clock))


SWEEPS: tuple[Sweep, ...] = (
    idempotency.purge_expired,
    connect_links.purge_expired,
    sessions.purge_expired,
    approvals.purge_old,
)
"""Each deletes the expired rows of all tenants; expired rows are found by no query in the meantime."""
SOON: tuple[Sweep, ...] = (lapse_approvals,)
"""Those that do not wait for an hour: a customer's data is erased, and webhooks tell of it."""
log = structlog.get_logger("unified.housekeeping")


async def sweep(database: Database, sweeps: tuple[Sweep, ...] = (*SWEEPS, *SOON)) -> None:
    """Sweep once."""
    for one in sweeps:
        await one(database)


async def run_housekeeping(database: Database, sweeps: tuple[Sweep, ...] = SWEEPS, *, pause: float = INTERVAL_SECONDS) -> None:
    """Sweep at once and then until cancelled; a sweep that fails is logged and followed by the next one."""
    while True:
        try:
            await sweep(database, sweeps)
        except Exception as problem:  # noqa: BLE001 - the database may be away for a while
            log.warning("sweep_failed", kind=type(problem).__name__)
        await asyncio.sleep(pause)
