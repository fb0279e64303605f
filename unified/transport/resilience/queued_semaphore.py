"""A number of slots with a queue, in turns over their owners, so that no flood makes the others wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from unified.errors.service import Overloaded
from unified.errors.waiting import try_again
from unified.fair_queue import FairQueue, Owner, may_take

RETRY_AFTER_SECONDS = 1.0
"""When a refused caller may try again."""
ONE_OWNER: Owner = ("",)
"""The owner where there is only one."""
_Turn = tuple[Owner, "asyncio.Future[None]"]


def _ignore(_by: int) -> None:
    pass


class QueuedSemaphore:
    """Slots that are handed to the next in turn; a caller that goes away leaves the queue, and no slot is lost.

    With `is_shared`, the first names of owners are tenants that share the slots: none holds so many that others find none
    (`unified.fair_queue`). Otherwise all slots may be one's.
    """

    __slots__ = ("_held", "_is_shared", "_max_queue", "_max_slots", "_on_wait", "_queue", "_taken")

    def __init__(
        self, max_slots: int, max_queue: int, on_wait: Callable[[int], None] = _ignore, *, is_shared: bool = False
    ) -> None:
        """`max_queue` bounds the callers that wait for each first name of an owner."""
        self._max_slots = max_slots
        self._max_queue = max_queue
        self._is_shared = is_shared
        self._taken = 0
        self._held: dict[str, int] = {}
        self._on_wait = on_wait
        self._queue: FairQueue[_Turn] = FairQueue()

    @property
    def taken(self) -> int:
        """Slots in use."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Callers in the queue."""
        return len(self._queue)

    @asynccontextmanager
    async def slot(self, owner: Owner) -> AsyncIterator[None]:
        """Hold a slot for the time of the block, waiting for as long as it takes."""
        await self.enter(None, "this", owner)
        try:
            yield
        finally:
            self.leave(owner)

    async def enter(self, ends: float | None, what: str, owner: Owner = ONE_OWNER) -> None:
        """Take a slot, waiting until `ends` (the event loop's time) at most; None for as long as it takes.

        Raises:
            Overloaded: There is none, or the owner's queue is full.
        """
        if self._taken < self._max_slots and self._may_take(owner[0]):
            self._take(owner)
            return
        if self._queue.waiting(owner[0]) >= self._max_queue:
            raise Overloaded(
                f"{self._max_slots} calls to {what} are running and {self._max_queue} are waiting; "
                f"{try_again(RETRY_AFTER_SECONDS)}",
                retry_after=RETRY_AFTER_SECONDS,
            )
        try:
            async with asyncio.timeout_at(ends):
                await self._turn(owner)
        except TimeoutError:
            raise Overloaded(
                f"{self._max_slots} calls to {what} were running for as long as the request could wait; "
                f"{try_again(RETRY_AFTER_SECONDS)}",
                retry_after=RETRY_AFTER_SECONDS,
            ) from None

    async def _turn(self, owner: Owner) -> None:
        turn: _Turn = (owner, asyncio.get_running_loop().create_future())
        self._queue.add(owner, turn)
        self._on_wait(1)
        try:
            await turn[1]
        except asyncio.CancelledError:
            self._queue.discard(owner, turn)
            if not turn[1].cancelled():  # the slot was handed over just before the caller went away
                self.leave(owner)
            raise
        finally:
            self._on_wait(-1)

    def leave(self, owner: Owner = ONE_OWNER) -> None:
        """Give the slot to the next in turn, or back."""
        self._taken -= 1
        held = self._held.pop(owner[0]) - 1
        if held:
            self._held[owner[0]] = held
        while self._queue and self._taken < self._max_slots:
            turn = self._queue.take(self._may_take)
            if turn is None:
                return
            if not turn[1].done():  # a caller that goes away has cancelled its turn
                self._take(turn[0])
                turn[1].set_result(None)

    def _take(self, owner: Owner) -> None:
        self._taken += 1
        self._held[owner[0]] = self._held.get(owner[0], 0) + 1

    def _may_take(self, name: str) -> bool:
        return not self._is_shared or may_take(self._held.get(name, 0), self._max_slots - self._taken)
