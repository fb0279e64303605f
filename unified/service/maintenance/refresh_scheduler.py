"""Keeps tokens alive also where nobody calls: looks for those about to expire and has them refreshed.

Every worker looks; the lease lets one of them refresh an account, and each waits its own share of the pause, so that
they seldom look together.
"""

import asyncio
import random

import structlog

from unified.service.runtime.token_refresher import EARLIEST, Refresher
from unified.store import refreshes
from unified.store.engine import Database

INTERVAL_SECONDS = 15.0
"""Between two looks; small against the 120 s over which refreshes are spread."""
MAX_DUE = 200
"""Accounts of one look; the others are found by the next one."""
log = structlog.get_logger("unified.refresh")


async def run_refresh_scheduler(database: Database, refresher: Refresher, *, pause: float = INTERVAL_SECONDS) -> None:
    """Look for tokens to refresh until cancelled; a look that fails is logged and followed by the next one."""
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the load, guards nothing
        try:
            for row in await refreshes.list_due(database, within=EARLIEST, limit=MAX_DUE):
                refresher.start_due(row)
        except Exception as problem:  # noqa: BLE001 - the database may be away for a while
            log.warning("keeper_failed", kind=type(problem).__name__)
