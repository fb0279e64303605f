"""The service as the only thing that a process does: `unified serve`, and each of its workers."""

import asyncio
import socket

from unified.app.application import create_app
from unified.server.garbage import expect_requests
from unified.server.serving import Served, Started, run_servers
from unified.service.runtime.services import Lifecycle
from unified.settings.settings import Settings

NOTICE_SECONDS = 1.0
"""How long `/ready` returns 503 before new connections are refused."""


async def run_service(settings: Settings, listener: socket.socket, started: Started, stop: asyncio.Event | None = None) -> None:
    """Run the service on a bound socket until it is stopped, as the only thing that this process does.

    Raises:
        CatalogError, ConfigurationError: It does not start.
    """

    async def collecting(urls: list[str]) -> None:
        expect_requests()
        await started(urls)

    await run_servers([served(settings, listener)], collecting, stop)


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
