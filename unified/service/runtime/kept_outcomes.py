"""Outcomes of writes that are not noted yet when their request ends: they are noted in the background.

A database that restarts is away for a moment; a write that the provider took must not be forgotten for that. Nothing of a
record is kept: only its id and the digest of the key, as in the database.

A client that waited too long goes away and repeats its request. A write that was sent by then ends as it would have, so that
the repetition learns how.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from unified.effects import without_effects
from unified.service.runtime.closing import cut
from unified.store.engine.failures import describe_failure, is_failure
from unified.telemetry.loggers import get_logger

PAUSES = (0.1, 0.3, 0.6, 1.0)
"""Seconds between the tries in a request."""
MAX_PAUSE = 5.0
"""Seconds between later tries."""
LATEST = 600.0
"""Seconds after which an outcome is given up; by then the write counts as one with an unknown outcome."""
LEFT_SECONDS = 5.0
"""How long the end of a process waits for writes without a client."""
MOST = 10_000
"""Outcomes that wait in one worker."""
log = get_logger("unified.writes")
Store = Callable[[], Awaitable[Any]]


class KeptOutcomes:
    """The outcomes of one worker that are not stored yet."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[None], Store] = {}
        self._left: set[asyncio.Task[Any]] = set()
        """Writes that no client waits for any more; each ends within the time that a write may take."""

    @property
    def waiting(self) -> int:
        """How many there are."""
        return len(self._waiting)

    @property
    def left(self) -> int:
        """How many writes are under way without a client."""
        return len(self._left)

    def leave(self, write: "asyncio.Task[Any]") -> None:
        """Let a write end by itself after its client went away; it notes its outcome, and its answer is dropped."""
        self._left.add(write)
        write.add_done_callback(self._drop)

    def _drop(self, write: "asyncio.Task[Any]") -> None:
        self._left.discard(write)
        if not write.cancelled():
            write.exception()  # read here, or the event loop would log its text

    async def store(self, store: Store, *, waits: bool = True) -> None:
        """Store an outcome; if the database fails for longer than a request waits, continue in the background and raise it.

        Args:
            store: writes the outcome; doing it twice does no harm.
            waits: whether the request waits for it; otherwise the first failure is left to the background task.
        """
        with without_effects():
            for pause in PAUSES if waits else ():
                try:
                    await store()
                except Exception as problem:
                    if not is_failure(problem):
                        raise
                    await asyncio.sleep(pause)
                else:
                    return
            try:
                await store()
            except Exception as problem:
                if not is_failure(problem):
                    raise
                self._keep(store, problem)
                if waits:
                    raise

    def _keep(self, store: Store, problem: Exception) -> None:
        if len(self._waiting) >= MOST:
            log.error("outcome_lost", **describe_failure(problem))
            return
        task = asyncio.create_task(self._go_on(store))
        self._waiting[task] = store
        task.add_done_callback(self._waiting.pop)

    async def _go_on(self, store: Store) -> None:
        pause, ends = PAUSES[-1], asyncio.get_running_loop().time() + LATEST
        while asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(pause)
            try:
                await store()
            except Exception as problem:  # noqa: BLE001 - the next try may do; the log names the kind
                log.warning("outcome_not_stored", **describe_failure(problem), seconds=pause)
                pause = min(pause * 2, MAX_PAUSE)
            else:
                return
        log.error("outcome_lost", count=1)

    async def close(self) -> None:
        """Let writes without a client end; those that take too long note that their outcome is unknown.

        Then each outcome that waits is tried once more; what is not stored then is lost with the process.
        """
        if self._left:
            await asyncio.wait(tuple(self._left), timeout=LEFT_SECONDS)
        await cut(tuple(self._left))
        for task, store in list(self._waiting.items()):
            task.cancel()
            try:
                await store()
            except Exception as problem:  # noqa: BLE001 - as above
                log.error("outcome_lost", **describe_failure(problem))  # noqa: TRY400 - its text may hold values
