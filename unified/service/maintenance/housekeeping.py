"""Housekeeping: deletes what has expired at intervals: idempotency keys, connect links, sessions and approvals."""

import asyncio
from collections.abc import Awaitable, Callable

from unified.service.runtime.events import approval_events
from unified.store import approvals, connect_links, idempotency, sessions
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger
from unified.telemetry.request_scope import background_work

INTERVAL_SECONDS = 3600.0
SOON_SECONDS = 60.0
Sweep = Callable[[Database], Awaitable[int]]


async def lapse_approvals(database: Database) -> int:
    """Erase the writes of expired approvals, and end the executions that did not report; return how many."""
    return await approvals.lapse(database, event_of=approval_events("approval.decided", database.clock))


SWEEPS: tuple[Sweep, ...] = (
    idempotency.purge_expired,
    connect_links.purge_expired,
    sessions.purge_expired,
    approvals.purge_old,
)
"""Each deletes the expired rows of all tenants; no query finds expired rows in the meantime."""
SOON: tuple[Sweep, ...] = (lapse_approvals,)
"""Sweeps that do not wait for an hour: they erase customers' data and send events."""
log = get_logger("unified.housekeeping")


async def sweep(database: Database, sweeps: tuple[Sweep, ...] = (*SWEEPS, *SOON)) -> None:
    """Run every sweep once."""
    with background_work():
        for one in sweeps:
            await one(database)


async def run_housekeeping(database: Database, sweeps: tuple[Sweep, ...] = SWEEPS, *, pause: float = INTERVAL_SECONDS) -> None:
    """Sweep immediately, and then every `pause` seconds until cancelled; a failing sweep is logged, and the next one runs."""
    while True:
        try:
            await sweep(database, sweeps)
        except Exception as problem:  # noqa: BLE001 - the database may be unavailable for a while
            log.warning("sweep_failed", **describe_failure(problem))
        await asyncio.sleep(pause)
