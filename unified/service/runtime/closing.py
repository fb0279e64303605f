"""How long the end of a process may take after the grace period for open requests.

Each part has a limit, so that the last audit rows get their time whatever else hangs. What kills a process waits for the sum.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from unified.store.engine.postgresql import CLOSE_SECONDS

CUT_SECONDS = 3.0
"""For what is cancelled to clean up: a connection of the database is given back within two seconds, or dropped."""
JOBS_SECONDS = 10.0
"""For jobs that run: a rotated grant must be written, and a webhook that was delivered noted."""
AUDIT_SECONDS = 10.0
"""For the last audit rows."""
CONNECTIONS_SECONDS = 2 * CLOSE_SECONDS
"""For the connections of the database: those that are being opened, and then all."""
ROOM_SECONDS = 5.0
"""For a busy machine."""
CLOSING_SECONDS = (
    CUT_SECONDS + (JOBS_SECONDS + CUT_SECONDS) + (AUDIT_SECONDS + CUT_SECONDS) + CONNECTIONS_SECONDS + ROOM_SECONDS
)
"""For requests that are cut, jobs, audit rows and connections, one after another."""


async def end_jobs(*ends: Callable[[], Awaitable[Any]]) -> None:
    """Let jobs end, all at once, and cancel those that take too long."""
    tasks = {asyncio.ensure_future(end()) for end in ends}
    _, late = await asyncio.wait(tasks, timeout=JOBS_SECONDS)
    await cut(late)


async def cut(tasks: Collection["asyncio.Future[Any]"]) -> None:
    """Cancel tasks, and wait until they have cleaned up, but not for ever."""
    for one in tasks:
        one.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=CUT_SECONDS)
