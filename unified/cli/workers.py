"""`unified serve --workers N`: starts worker processes on one listening socket, and replaces those that end.

A worker is `python -m unified.cli.worker`. It inherits the socket, says `ready` on its standard output once it accepts
calls, and stops when its standard input ends: workers do not outlive the process that watches them.
"""

import asyncio
import contextlib
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from unified.errors import ConfigurationError

READY = b"ready\n"
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 30.0
"""Between starts of a worker that ends before it is ready."""
MARGIN_SECONDS = 10.0
"""Beyond the grace period, until a worker that does not end is killed."""
log = structlog.get_logger("unified.workers")


class Workers:
    """The workers of one run."""

    def __init__(
        self, listener: socket.socket, environment: Mapping[str, str], *, grace: float, ended: Callable[[int], None]
    ) -> None:
        self._listener = listener
        self._environment = environment
        self._grace = grace
        self._ended = ended
        """Told the process id of each worker that is gone."""
        self._stop = asyncio.Event()
        self._failed = False
        """Whether one of the first workers did not start."""

    async def run(self, count: int, started: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Keep `count` workers running until `stop`; `started` is awaited once all accept calls.

        Raises ConfigurationError when one of the first workers does not start.
        """
        self._stop = stop
        ready = [asyncio.Event() for _ in range(count)]
        telling = asyncio.create_task(self._tell(ready, started))
        await asyncio.gather(*(self._keep(one) for one in ready))
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        if self._failed:
            raise ConfigurationError("a worker did not start; the log says why")

    async def _tell(self, ready: list[asyncio.Event], started: Callable[[], Awaitable[None]]) -> None:
        for one in ready:
            await one.wait()
        await started()

    async def _keep(self, ready: asyncio.Event) -> None:
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            if await self._one(ready):
                pause = FIRST_PAUSE_S
                continue
            if not ready.is_set():
                self._failed = self._failed or not self._stop.is_set()
                self._stop.set()
                return
            await _unless(self._stop, asyncio.sleep(pause))
            pause = min(pause * 2, LAST_PAUSE_S)

    async def _one(self, ready: asyncio.Event) -> bool:
        """Run one worker to its end; whether it ever accepted calls."""
        process = await self._start()
        assert process.stdout is not None
        came: bool = await _unless(self._stop, process.stdout.readline()) == READY
        if came:
            ready.set()
            log.info("worker_ready", pid=process.pid)
        await _unless(self._stop, process.wait())
        if self._stop.is_set():
            self._listener.close()
            await self._end(process)
        else:
            log.error("worker_ended", pid=process.pid, exit_code=process.returncode)
        self._ended(process.pid)
        return came

    async def _start(self) -> Process:
        descriptor = self._listener.fileno()
        # -P: what lies in the current folder is not imported.
        command = (sys.executable, "-P", "-m", "unified.cli.worker", str(descriptor))
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, env=dict(self._environment), pass_fds=(descriptor,)
        )

    async def _end(self, process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._grace + MARGIN_SECONDS)
        except TimeoutError:
            log.warning("worker_killed", pid=process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _unless(stop: asyncio.Event, doing: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine answers, or None when the event comes first."""
    task, stopped = asyncio.create_task(doing), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return None
