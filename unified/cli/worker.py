"""One worker of `unified serve --workers N`; started by `unified.cli.workers`, not by people."""

import asyncio
import gc
import os
import socket
import sys

from unified.app.application import create_app
from unified.cli.event_loop import run
from unified.cli.hardening import forbid_dumps
from unified.cli.serving import Served, Started, run_servers
from unified.cli.workers import READY
from unified.errors.configuration import CatalogError, ConfigurationError
from unified.service.runtime.services import Lifecycle
from unified.settings.environment import from_environment
from unified.settings.settings import Settings
from unified.telemetry.loggers import get_logger
from unified.telemetry.logs import catch_uncaught, configure_logs

NOTICE_SECONDS = 1.0
"""How long `/ready` returns 503 before new connections are refused."""
FAILED = 1
YOUNG_OBJECTS = 10_000
"""New objects before the garbage collector looks at them; Python's default is 2,000."""
log = get_logger("unified.worker")


def main() -> None:
    """Serve on the socket with the descriptor that is the only argument; log a failure and exit with 1."""
    forbid_dumps()
    configure_logs()
    catch_uncaught()
    try:
        run(_work(from_environment(os.environ), int(sys.argv[1])))
    except (CatalogError, ConfigurationError) as problem:
        log.critical("not_started", problem=problem)
        sys.exit(FAILED)


async def _work(settings: Settings, descriptor: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def orphaned() -> None:
        loop.remove_reader(sys.stdin.fileno())
        stop.set()

    loop.add_reader(sys.stdin.fileno(), orphaned)  # nothing is ever written there: it becomes readable when it is closed

    async def started(_urls: list[str]) -> None:
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()

    with socket.socket(fileno=descriptor) as listener:
        await run_service(settings, listener, started, stop)


async def run_service(settings: Settings, listener: socket.socket, started: Started, stop: asyncio.Event | None = None) -> None:
    """Run the service on a bound socket until it is stopped, as the only thing that this process does.

    Raises:
        CatalogError, ConfigurationError: It does not start.
    """
    gc.disable()  # the start makes little garbage, and looking for it takes a tenth of the time

    async def collecting(urls: list[str]) -> None:
        _collect_garbage()
        await started(urls)

    await run_servers([served(settings, listener)], collecting, stop)


def _collect_garbage() -> None:
    """Let the garbage collector run, but never over what the start has made, which stays.

    Measured for 1,000 requests of pages and pass-through: 75 ms in the collector in place of 280, the longest pause 10 ms in
    place of 114, and 1 MiB more. A threshold of 50,000 takes longer and 3 MiB more.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()


def served(settings: Settings, listener: socket.socket) -> Served:
    """Return the service on a bound socket; the database must be prepared."""
    lifecycle = Lifecycle()
    return Served(
        app=create_app(settings, prepared=True, lifecycle=lifecycle),
        host=settings.host,
        port=settings.port,
        named="UNIFIED_PORT or --port",
        listener=listener,
        grace=settings.grace_period,
        patience=settings.client_timeout,
        notice=NOTICE_SECONDS,
        lifecycle=lifecycle,
    )


if __name__ == "__main__":
    main()
