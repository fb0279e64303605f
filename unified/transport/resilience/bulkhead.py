"""A bulkhead that keeps one account or provider from taking all resources: concurrent calls are bounded, others wait.

The queue is first come, first served, and bounded too: when it is full, or the caller's time ends in it, the answer is
503 `overloaded`. A caller that goes away leaves the queue, and no slot is lost.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from unified.errors import Overloaded
from unified.transport.resilience.shared_slots import SharedSlots

RETRY_AFTER_SECONDS = 1.0
"""When a refused caller may try again."""


def _ignore(_by: int) -> None:
    pass


def _ignore_provider(_provider: str, _by: int) -> None:
    pass


class QueuedSemaphore:
    """A number of slots with a queue. A slot is handed over to the next in the queue, so that no caller can overtake."""

    __slots__ = ("_max_queue", "_max_slots", "_on_wait", "_queue", "_taken")

    def __init__(self, max_slots: int, max_queue: int, on_wait: Callable[[int], None] = _ignore) -> None:
        self._max_slots = max_slots
        self._max_queue = max_queue
        self._taken = 0
        self._on_wait = on_wait
        self._queue: dict[asyncio.Future[None], None] = {}

    @property
    def taken(self) -> int:
        """Slots in use."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Callers in the queue."""
        return len(self._queue)

    async def enter(self, ends: float, what: str) -> None:
        """Take a slot, waiting until `ends` (the event loop's time) at most.

        Raises:
            Overloaded: There is none, or the queue is full.
        """
        if self._taken < self._max_slots:
            self._taken += 1
            return
        if len(self._queue) >= self._max_queue:
            raise Overloaded(
                f"{self._max_slots} calls to {what} are running and {self._max_queue} are waiting; "
                "try again after retry_after seconds",
                retry_after=RETRY_AFTER_SECONDS,
            )
        try:
            async with asyncio.timeout_at(ends):
                await self._turn()
        except TimeoutError:
            raise Overloaded(
                f"{self._max_slots} calls to {what} were running for as long as the request could wait; "
                "try again after retry_after seconds",
                retry_after=RETRY_AFTER_SECONDS,
            ) from None

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue[turn] = None
        self._on_wait(1)
        try:
            await turn
        except asyncio.CancelledError:
            self._queue.pop(turn, None)
            if not turn.cancelled():  # the slot was handed over just before the caller went away
                self.leave()
            raise
        finally:
            self._on_wait(-1)

    def leave(self) -> None:
        """Give the slot to the next in the queue, or back."""
        while self._queue:
            turn = next(iter(self._queue))
            del self._queue[turn]
            if not turn.done():  # a caller that goes away has cancelled its turn
                turn.set_result(None)
                return
        self._taken -= 1


class Bulkhead:
    """The semaphores of all accounts and providers of one worker; an account's slots are shared by all workers with Redis."""

    def __init__(
        self,
        *,
        account_concurrency: int = 32,
        account_queue: int = 1000,
        provider_concurrency: int = 200,
        shared: SharedSlots | None = None,
        on_wait: Callable[[str, int], None] = _ignore_provider,
    ) -> None:
        """`on_wait` is called with the provider of a call that begins to wait (1) or stops waiting (-1)."""
        self._account_concurrency = account_concurrency
        self._provider_concurrency = provider_concurrency
        self._max_queue = account_queue
        self._shared = shared
        self._on_wait = on_wait
        self._accounts: dict[str, QueuedSemaphore] = {}
        self._providers: dict[str, QueuedSemaphore] = {}

    def in_flight(self) -> int:
        """Return how many slots are in use."""
        return sum(semaphore.taken for semaphore in self._accounts.values())

    def waiting(self) -> int:
        """Return how many callers are waiting."""
        return sum(semaphore.waiting for semaphore in (*self._accounts.values(), *self._providers.values()))

    @asynccontextmanager
    async def slot(self, account_id: str, provider: str, ends: float) -> AsyncIterator[None]:
        """Hold a slot for one attempt until the block ends.

        Raises:
            Overloaded: No slot is free until `ends` (the event loop's time), or the queue is full.
        """
        on_wait = partial(self._on_wait, provider)
        account = self._accounts.setdefault(account_id, QueuedSemaphore(self._account_concurrency, self._max_queue, on_wait))
        async with _slot(self._accounts, account_id, account, ends, "this account"):
            lease = None if self._shared is None else await self._shared.take(account_id, ends)
            try:
                shared_by_all = QueuedSemaphore(self._provider_concurrency, self._max_queue, on_wait)
                async with _slot(
                    self._providers, provider, self._providers.setdefault(provider, shared_by_all), ends, provider
                ):
                    yield
            finally:
                if self._shared is not None and lease is not None:
                    self._shared.give_back(account_id, lease)


@asynccontextmanager
async def _slot(
    semaphores: dict[str, QueuedSemaphore], name: str, semaphore: QueuedSemaphore, ends: float, what: str
) -> AsyncIterator[None]:
    """Hold a slot of a semaphore; drop the semaphore when no caller uses it."""
    await semaphore.enter(ends, what)
    try:
        yield
    finally:
        semaphore.leave()
        if not semaphore.taken:
            semaphores.pop(name, None)
