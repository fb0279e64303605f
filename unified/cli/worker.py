"""One worker of `unified serve --workers N`; started by `unified.cli.workers`, not by people."""

import asyncio
import os
import socket
import sys

import uvloop

from unified.app import create_app
from unified.cli.hardening import forbid_dumps
from unified.cli.serving import Served, run_servers
from unified.cli.workers import READY
from unified.errors import CatalogError, ConfigurationError
from unified.service.runtime.services import Lifecycle
from unified.settings import Settings, from_environment
from unified.telemetry.loggers import get_logger
from unified.telemetry.logs import catch_uncaught, configure_logs

NOTICE_SECONDS = 1.0
"""How long `/ready` returns 503 before new connections are refused."""
FAILED = 1
log = get_logger("unified.worker")


def main() -> None:
    """Serve on the socket with the descriptor that is the only argument; log a failure and exit with 1."""
    forbid_dumps()
    configure_logs()
    catch_uncaught()
    try:
        uvloop.run(_work(from_environment(os.environ), int(sys.argv[1])))
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
        await run_servers([served(settings, listener)], started, stop)


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
