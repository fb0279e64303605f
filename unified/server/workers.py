"""Worker processes of `unified serve --workers N`: start them on one listening socket, and replace those that exit.

A worker is `python -m unified.server.worker`. It inherits the socket, prints `ready` on standard output once it accepts
requests, and stops when its standard input closes, so workers do not outlive this process.

While no worker is ready, connections are refused at once: the socket, which is this process's too, would keep them waiting. A
worker listens on it again when it accepts requests.
"""

import asyncio
import contextlib
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from unified.errors.configuration import ConfigurationError
from unified.service.runtime.closing import CLOSING_SECONDS
from unified.telemetry.loggers import get_logger

READY = b"ready\n"
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 4.0
"""Shortest and longest pause before restarting a worker that exits before it is ready: with the start, less than 10 s."""
BACKLOG = 2048
"""Connections that wait to be accepted; as uvicorn asks for."""
MARGIN_SECONDS = CLOSING_SECONDS
"""Time after the grace period until a worker that does not exit is killed: what a stop takes when the database hangs."""
log = get_logger("unified.workers")


class Workers:
    """The workers of one run."""

    def __init__(
        self, listener: socket.socket, environment: Mapping[str, str], *, grace: float, ended: Callable[[int], None]
    ) -> None:
        self._listener = listener
        self._environment = environment
        self._grace = grace
        self._ended = ended
        """Called with the process id of each worker that exited."""
        self._stop = asyncio.Event()
        self._ready = 0
        """Workers that accept requests."""
        self._failed = False
        """Whether one of the first workers did not start."""

    async def run(self, count: int, started: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Keep `count` workers running until `stop`; await `started` once all accept requests.

        Raises:
            ConfigurationError: one of the first workers does not start.
        """
        self._stop = stop
        ready = [asyncio.Event() for _ in range(count)]
        announcement = asyncio.create_task(self._announce(ready, started))
        await asyncio.gather(*(self._keep_running(one) for one in ready))
        announcement.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcement
        if self._failed:
            raise ConfigurationError("a worker did not start; see the log for the cause")

    async def _announce(self, ready: list[asyncio.Event], started: Callable[[], Awaitable[None]]) -> None:
        for one in ready:
            await one.wait()
        await started()

    async def _keep_running(self, ready: asyncio.Event) -> None:
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            if await self._run_once(ready):
                pause = FIRST_PAUSE_S
                continue
            if not ready.is_set():
                self._failed = self._failed or not self._stop.is_set()
                self._stop.set()
                return
            await _unless(self._stop, asyncio.sleep(pause))
            pause = min(pause * 2, LAST_PAUSE_S)

    async def _run_once(self, ready: asyncio.Event) -> bool:
        """Run one worker until it exits; return whether it ever accepted requests."""
        process = await self._start()
        assert process.stdout is not None
        was_ready: bool = await _unless(self._stop, process.stdout.readline()) == READY
        if was_ready:
            ready.set()
            self._accept()
            log.info("worker_ready", pid=process.pid)
        await _unless(self._stop, process.wait())
        if was_ready:
            self._refuse_without_workers()
        if self._stop.is_set():
            self._listener.close()
            await self._end(process)
        else:
            log.error("worker_ended", pid=process.pid, exit_code=process.returncode)
        self._ended(process.pid)
        return was_ready

    def _accept(self) -> None:
        self._ready += 1
        if not self._listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):  # refused as this worker became ready
            self._listener.listen(BACKLOG)

    def _refuse_without_workers(self) -> None:
        """Refuse connections, those that wait included, if none is left to accept them. Linux lets the socket listen again."""
        self._ready -= 1
        if self._ready == 0 and not self._stop.is_set():
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            log.error("no_workers", meaning="connections are refused until a worker is ready")

    async def _start(self) -> Process:
        descriptor = self._listener.fileno()
        # -P: do not import modules from the current folder.
        command = (sys.executable, "-P", "-m", "unified.server.worker", str(descriptor))
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


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Any]) -> Any:
    """Return the coroutine's result, or None when the event is set first."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return None
