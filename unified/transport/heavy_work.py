"""Does work on large answers outside the event loop, which answers everybody else meanwhile.

What takes longer than a few milliseconds is done in a thread: Python gives the loop its turn every 5 ms there, as long as no
single step of C code takes longer. An ordinary answer is handled at once, since a thread would cost it more than it saves. The
threads are few and shared in turns over tenants, so that large answers of one do not hold up another's.
"""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

from unified.fair_queue import Owner
from unified.transport.resilience.queued_semaphore import QueuedSemaphore

HEAVY_BYTES = 114 * 1024
"""An answer from which a thread is used. What is made of an ordinary one of this size takes 2 ms. A thread adds a half to what
a page of 100 records costs (`make bench`), as two threads take turns while each waits for the other; what costs most, HTML
of nothing but angle brackets, takes a microsecond a byte, so each bracket counts twice (`ProviderAnswer.weight`)."""
THREADS = 2
P = ParamSpec("P")
T = TypeVar("T")


class HeavyWork:
    """The threads of one worker, which start when they are needed first."""

    def __init__(self, *, heavy_bytes: int = HEAVY_BYTES) -> None:
        self._heavy_bytes = heavy_bytes
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="heavy")
        self._turns = QueuedSemaphore(THREADS, sys.maxsize)

    def is_heavy(self, size: int) -> bool:
        """Return whether a thread is used for an answer of so many bytes."""
        return size >= self._heavy_bytes

    async def run(self, size: int, tenant_id: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of work on an answer of so many bytes, or raise its error.

        The work is not interrupted when its caller goes away, so it must end by itself; it keeps its thread, and the turn of
        its tenant, until then.
        """
        if not self.is_heavy(size):
            return work(*args, **kwargs)
        owner: Owner = (tenant_id,)
        await self._turns.enter(None, "threads for large answers", owner)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        done = self._threads.submit(lambda: context.run(work, *args, **kwargs))
        done.add_done_callback(lambda _done: self._leave(loop, owner))
        return await asyncio.wrap_future(done)

    def _leave(self, loop: asyncio.AbstractEventLoop, owner: Owner) -> None:
        """Give the turn back, called in the thread that is free now."""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._turns.leave, owner)

    def close(self) -> None:
        """End the threads once they have nothing to do."""
        self._threads.shutdown(wait=False)
