"""Housekeeping at intervals: deletes expired idempotency keys, links, sessions and approvals; announces the end of API keys."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from unified.service.access.policy import end_of_key, key_limit
from unified.service.runtime.events import approval_events, key_expiring_event
from unified.settings.settings import Settings
from unified.store import api_keys, approvals, connect_links, idempotency, sessions
from unified.store.api_keys import ApiKeyRow
from unified.store.deliveries import Event
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


def announcing_key_ends(settings: Settings) -> Sweep:
    """Return the sweep that sends `key.expiring` for each API key that stops working soon, as the settings say."""
    ahead, longest = timedelta(seconds=settings.key_expiry_warning), key_limit(settings)

    async def announce(database: Database) -> int:
        def event_of(row: ApiKeyRow) -> Event:
            end = end_of_key(settings, row.created_at, row.expires_at) or database.clock()
            return key_expiring_event(row.id, end, database.clock())

        return await api_keys.announce_ends(database, ahead=ahead, longest=longest, event_of=event_of) if ahead else 0

    return announce


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
