"""An account's slots shared between workers: leases in a sorted set of Redis, so that those of a killed worker expire.

A lease expires some seconds after the longest call could end. Within a worker the callers of an account queue up, in turns over
their requesters, and only the first of them asks Redis.
"""

import asyncio
import random
import secrets
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from unified.errors.service import Overloaded
from unified.errors.waiting import try_again
from unified.transport.resilience.queued_semaphore import RETRY_AFTER_SECONDS, QueuedSemaphore

if TYPE_CHECKING:
    from unified.transport.redis_link import RedisLink

PREFIX = "unified:slots:"
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.02, 0.06
"""Bounds of the pause between two requests of the first in the queue; a slot freed in this worker ends the pause."""
_JITTER = random.SystemRandom()


class _Line(msgspec.Struct, kw_only=True):
    """The callers of one account in this worker."""

    turn: QueuedSemaphore
    freed: asyncio.Event
    callers: int = 0


class SharedSlots:
    """Slots of accounts, counted in Redis by its clock; when Redis does not answer, every caller may continue (None)."""

    def __init__(
        self,
        link: "RedisLink",
        *,
        max_slots: int,
        lease: float,
        prefix: str = PREFIX,
    ) -> None:
        self._link = link
        self._take = link.client.register_script(TAKE)
        self._max_slots = max_slots
        self._lease_ms = round(lease * 1000)
        self._prefix = prefix
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def callers(self) -> int:
        """Return how many callers of this worker are served or waiting."""
        return sum(line.callers for line in self._lines.values())

    async def take(self, account_id: str, ends: float, requester: str = "") -> str | None:
        """Take a lease; None when Redis does not answer.

        Raises:
            Overloaded: No slot is free until `ends` (the event loop's time).
        """
        lease = secrets.token_hex(8)
        try:
            async with asyncio.timeout_at(ends), self._line(account_id, requester) as line:
                while not (taken := await self._ask(account_id, lease)):
                    if taken is None:
                        return None
                    await self._pause(line)
        except TimeoutError:
            raise Overloaded(
                f"{self._max_slots} calls to this account were running in all workers for as long as the request could wait; "
                f"{try_again(RETRY_AFTER_SECONDS)}",
                retry_after=RETRY_AFTER_SECONDS,
            ) from None
        return lease

    def give_back(self, account_id: str, lease: str) -> None:
        """End a lease without waiting for the result."""
        self._start(self._release(account_id, lease))

    async def forget(self, account_ids: Iterable[str]) -> None:
        """Drop all leases of these accounts."""
        for name in account_ids:
            await self._link.ask(lambda key=self._prefix + name: self._link.client.delete(key))  # type: ignore[misc]

    async def close(self) -> None:
        """Wait until all ended leases are removed."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @asynccontextmanager
    async def _line(self, account_id: str, requester: str) -> AsyncIterator[_Line]:
        line = self._lines.setdefault(account_id, _Line(turn=QueuedSemaphore(1, sys.maxsize), freed=asyncio.Event()))
        line.callers += 1
        try:
            async with line.turn.slot((requester,)):
                yield line
        finally:
            line.callers -= 1
            if not line.callers:
                self._lines.pop(account_id, None)

    async def _pause(self, line: _Line) -> None:
        line.freed.clear()
        seconds = MIN_PAUSE_SECONDS + (MAX_PAUSE_SECONDS - MIN_PAUSE_SECONDS) * _JITTER.random()
        try:
            async with asyncio.timeout(seconds):
                await line.freed.wait()
        except TimeoutError:
            return

    async def _ask(self, account_id: str, lease: str) -> int | None:
        """Ask for a slot once. A caller that goes away may have got it anyway: it is given back once that is known."""
        asking = asyncio.ensure_future(self._link.ask(lambda: self._command(account_id, lease)))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._start(self._undo(asking, account_id, lease))
            raise

    async def _command(self, account_id: str, lease: str) -> int:
        return int(await self._take(keys=[self._prefix + account_id], args=[self._max_slots, lease, self._lease_ms]))

    async def _undo(self, asking: "asyncio.Future[int | None]", account_id: str, lease: str) -> None:
        if await asking:
            await self._release(account_id, lease)

    async def _release(self, account_id: str, lease: str) -> None:
        await self._link.ask(lambda: self._remove(account_id, lease))
        line = self._lines.get(account_id)
        if line is not None:
            line.freed.set()

    async def _remove(self, account_id: str, lease: str) -> int:
        return int(await self._link.client.zrem(self._prefix + account_id, lease))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
