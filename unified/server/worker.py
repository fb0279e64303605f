"""One worker of `unified serve --workers N`; started by `unified.server.workers`, not by people."""

# ruff: noqa: PLC0415 - heavy imports are local, so that the garbage collector looks seldom before them

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from unified.server.garbage import expect_no_garbage

if TYPE_CHECKING:
    from unified.settings.settings import Settings

FAILED = 1


def main() -> None:
    """Serve on the socket with the descriptor that is the only argument; log a failure and exit with 1."""
    expect_no_garbage()
    from unified.errors.configuration import CatalogError, ConfigurationError
    from unified.server.event_loop import run
    from unified.server.hardening import forbid_dumps
    from unified.settings.environment import from_environment
    from unified.telemetry.loggers import get_logger
    from unified.telemetry.logs import catch_uncaught, configure_logs

    forbid_dumps()
    configure_logs()
    catch_uncaught()
    try:
        run(_work(from_environment(os.environ), int(sys.argv[1])))
    except (CatalogError, ConfigurationError) as problem:
        get_logger("unified.worker").critical("not_started", problem=problem)
        sys.exit(FAILED)


async def _work(settings: "Settings", descriptor: int) -> None:
    import socket

    from unified.server.service_process import run_service
    from unified.server.workers import READY

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


if __name__ == "__main__":
    main()
