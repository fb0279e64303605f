"""Sweeps away what has expired, now and then: marks of idempotency, connect links, sessions."""

import asyncio

import structlog

from unified.store import connect_links, idempotency, sessions
from unified.store.engine import Database

PAUSE_S = 3600.0
SWEEPS = (idempotency.purge_expired, connect_links.purge_expired, sessions.purge_expired)
"""Each deletes the expired rows of all tenants; expired rows are found by no query in the meantime."""
log = structlog.get_logger("unified.housekeeping")


async def sweep(database: Database) -> None:
    """Sweep once."""
    for purge in SWEEPS:
        await purge(database)


async def keep_swept(database: Database, *, pause: float = PAUSE_S) -> None:
    """Sweep at once and then until cancelled; a sweep that fails is logged and followed by the next one."""
    while True:
        try:
            await sweep(database)
        except Exception as problem:  # noqa: BLE001 - the database may be away for a while
            log.warning("sweep_failed", kind=type(problem).__name__)
        await asyncio.sleep(pause)
