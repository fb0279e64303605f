"""Keeps one account, or one provider, from taking all there is: calls at the same time are bounded, the rest stands in line.

The line is first come, first served, and bounded too: when it is full, or the caller's time ends in it, the answer is
503 `overloaded`. A caller that goes away leaves the line, and no slot is lost.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from unified.errors import Overloaded
from unified.transport.resilience.shared_slots import SharedSlots

RETRY_AFTER = 1.0
"""Seconds after which a refused caller may ask again."""


def _nobody(_by: int) -> None:
    pass


def _nobody_of(_provider: str, _by: int) -> None:
    pass


class QueuedSemaphore:
    """A number of slots with a line before them. A slot is handed over to the next in line, so nobody can push in."""

    __slots__ = ("_line", "_most", "_queue", "_taken", "_tell")

    def __init__(self, most: int, queue: int, tell: Callable[[int], None] = _nobody) -> None:
        self._most = most
        self._queue = queue
        self._taken = 0
        self._tell = tell
        self._line: dict[asyncio.Future[None], None] = {}

    @property
    def taken(self) -> int:
        """Slots in use."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Callers in line."""
        return len(self._line)

    async def enter(self, ends: float, what: str) -> None:
        """Take a slot, waiting until `ends` (time of the loop) at most; Overloaded when there is none."""
        if self._taken < self._most:
            self._taken += 1
            return
        if len(self._line) >= self._queue:
            raise Overloaded(
                f"{self._most} calls to {what} are under way and {self._queue} wait; try again after retry_after seconds",
                retry_after=RETRY_AFTER,
            )
        try:
            async with asyncio.timeout_at(ends):
                await self._turn()
        except TimeoutError:
            raise Overloaded(
                f"{self._most} calls to {what} were under way for as long as the request could wait; "
                "try again after retry_after seconds",
                retry_after=RETRY_AFTER,
            ) from None

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._line[turn] = None
        self._tell(1)
        try:
            await turn
        except asyncio.CancelledError:
            self._line.pop(turn, None)
            if not turn.cancelled():  # the slot was handed over just before the caller went away
                self.leave()
            raise
        finally:
            self._tell(-1)

    def leave(self) -> None:
        """Give the slot to the next in line, or back."""
        while self._line:
            turn = next(iter(self._line))
            del self._line[turn]
            if not turn.done():  # a caller that is going away has cancelled its turn
                turn.set_result(None)
                return
        self._taken -= 1


class Bulkhead:
    """The gates of all accounts and providers of one worker; an account's slots are shared with others through Redis."""

    def __init__(
        self,
        *,
        account_concurrency: int = 32,
        account_queue: int = 1000,
        provider_concurrency: int = 200,
        shared: SharedSlots | None = None,
        tell: Callable[[str, int], None] = _nobody_of,
    ) -> None:
        """`tell` is told of a call to a provider that begins to wait (1) or waits no more (-1)."""
        self._account_concurrency = account_concurrency
        self._provider_concurrency = provider_concurrency
        self._queue = account_queue
        self._shared = shared
        self._tell = tell
        self._accounts: dict[str, QueuedSemaphore] = {}
        self._providers: dict[str, QueuedSemaphore] = {}

    def in_flight(self) -> int:
        """Slots in use."""
        return sum(gate.taken for gate in self._accounts.values())

    def waiting(self) -> int:
        """Callers in line."""
        return sum(gate.waiting for gate in (*self._accounts.values(), *self._providers.values()))

    @asynccontextmanager
    async def slot(self, account_id: str, provider: str, ends: float) -> AsyncIterator[None]:
        """Room for one try until the block ends; Overloaded when there is none until `ends` (time of the loop)."""
        tell = partial(self._tell, provider)
        gate = self._accounts.setdefault(account_id, QueuedSemaphore(self._account_concurrency, self._queue, tell))
        async with _through(self._accounts, account_id, gate, ends, "this account"):
            lease = None if self._shared is None else await self._shared.take(account_id, ends)
            try:
                gate = self._providers.setdefault(provider, QueuedSemaphore(self._provider_concurrency, self._queue, tell))
                async with _through(self._providers, provider, gate, ends, provider):
                    yield
            finally:
                if self._shared is not None and lease is not None:
                    self._shared.give_back(account_id, lease)


@asynccontextmanager
async def _through(
    gates: dict[str, QueuedSemaphore], name: str, gate: QueuedSemaphore, ends: float, what: str
) -> AsyncIterator[None]:
    """A slot of a gate; a gate that nobody uses is forgotten."""
    await gate.enter(ends, what)
    try:
        yield
    finally:
        gate.leave()
        if not gate.taken:
            gates.pop(name, None)
