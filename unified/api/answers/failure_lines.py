"""Log lines about a database that fails: the first at once, then one a second, with how many failures there were."""

import asyncio
from contextvars import Context
from weakref import WeakKeyDictionary

from unified.store.engine.failures import describe_failure
from unified.telemetry.loggers import get_logger

SECONDS = 1.0
log = get_logger("unified.api")


class _Lines:
    """The failures of one event loop since its last line."""

    __slots__ = ("_count", "_last", "_timer")

    def __init__(self) -> None:
        self._count = 0
        self._last: BaseException | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, problem: BaseException) -> None:
        if self._timer is None:
            log.error("database_failed", **describe_failure(problem))
            self._wait()
            return
        self._count += 1
        self._last = problem

    def _wait(self) -> None:
        # In a separate context: the line belongs to no request.
        self._timer = asyncio.get_running_loop().call_later(SECONDS, self._tell, context=Context())

    def _tell(self) -> None:
        self._timer = None
        if self._last is not None:
            log.error("database_failed", count=self._count, **describe_failure(self._last))
            self._count, self._last = 0, None
            self._wait()


_LINES: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lines] = WeakKeyDictionary()


def log_failure(problem: BaseException) -> None:
    """Log a failure of the database, now or together with others: every request meets one while it is down."""
    _LINES.setdefault(asyncio.get_running_loop(), _Lines()).add(problem)
