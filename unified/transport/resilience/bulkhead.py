"""A bulkhead that keeps one account or provider from taking all resources: concurrent calls are bounded, others wait.

The queue is first come, first served, and bounded too: when it is full, or the caller's time ends in it, the answer is
503 `overloaded`. A caller that goes away leaves the queue, and no slot is lost.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from unified.errors.service import Overloaded
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

    def slot(self, account_id: str, provider: str, ends: float) -> "Slot":
        """Return a slot for one attempt, which is held while its block runs; entering it waits for a free one.

        Raises:
            Overloaded: When entered: no slot is free until `ends` (the event loop's time), or the queue is full.
        """
        return Slot(self, account_id, provider, ends)

    async def enter(self, account_id: str, provider: str, ends: float) -> str | None:
        """Take a slot of the account and one of the provider; return the lease, if the account's is shared."""
        await self._semaphore(self._accounts, account_id, self._account_concurrency, provider).enter(ends, "this account")
        lease = None
        try:
            if self._shared is not None:
                lease = await self._shared.take(account_id, ends)
            await self._semaphore(self._providers, provider, self._provider_concurrency, provider).enter(ends, provider)
        except BaseException:
            self._leave_account(account_id, lease)
            raise
        return lease

    async def forget(self, account_ids: Iterable[str]) -> None:
        """Drop the shared slots of deleted accounts; those that Redis cannot drop now expire by themselves."""
        if self._shared is not None:
            await self._shared.forget(account_ids)

    def leave(self, account_id: str, provider: str, lease: str | None) -> None:
        """Give both back."""
        _leave(self._providers, provider)
        self._leave_account(account_id, lease)

    def _leave_account(self, account_id: str, lease: str | None) -> None:
        if self._shared is not None and lease is not None:
            self._shared.give_back(account_id, lease)
        _leave(self._accounts, account_id)

    def _semaphore(self, semaphores: dict[str, QueuedSemaphore], name: str, max_slots: int, provider: str) -> QueuedSemaphore:
        found = semaphores.get(name)
        if found is None:
            found = semaphores[name] = QueuedSemaphore(max_slots, self._max_queue, partial(self._on_wait, provider))
        return found


class Slot:
    """A slot of an account and its provider, held while its block runs."""

    __slots__ = ("_account_id", "_bulkhead", "_ends", "_lease", "_provider")

    def __init__(self, bulkhead: Bulkhead, account_id: str, provider: str, ends: float) -> None:
        self._bulkhead = bulkhead
        self._account_id = account_id
        self._provider = provider
        self._ends = ends
        self._lease: str | None = None

    async def __aenter__(self) -> None:
        self._lease = await self._bulkhead.enter(self._account_id, self._provider, self._ends)

    async def __aexit__(self, *_raised: object) -> None:
        self._bulkhead.leave(self._account_id, self._provider, self._lease)


def _leave(semaphores: dict[str, QueuedSemaphore], name: str) -> None:
    """Leave a semaphore; drop it when no caller uses it."""
    semaphore = semaphores[name]
    semaphore.leave()
    if not semaphore.taken:
        del semaphores[name]
