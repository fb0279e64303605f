"""The refresh scheduler: finds tokens that are about to expire, and refreshes them even if no one calls.

Every worker looks; the lease lets only one of them refresh an account, and each waits a random part of the interval, so that
they seldom look at the same time.
"""

import asyncio
import random

from unified.service.runtime.refreshes.refresh_times import EARLIEST
from unified.service.runtime.refreshes.token_refresher import Refresher
from unified.store import refreshes
from unified.store.engine.engine import Database
from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger

INTERVAL_SECONDS = 15.0
"""Small compared with the 120 s over which refreshes are spread."""
MAX_DUE = 200
"""Accounts of one look; the next one finds the others."""
log = get_logger("unified.refresh")


async def run_refresh_scheduler(database: Database, refresher: Refresher, *, pause: float = INTERVAL_SECONDS) -> None:
    """Look for tokens to refresh until cancelled, at most `pause` seconds apart; a failure is logged and does not end it."""
    while True:
        await asyncio.sleep(pause * random.SystemRandom().uniform(0.5, 1.0))
        try:
            for row in await refreshes.list_due(database, within=EARLIEST, limit=MAX_DUE):
                refresher.start_due(row)
        except Exception as problem:  # noqa: BLE001 - the database may be unavailable for a while
            log.warning("keeper_failed", **describe_failure(problem))
