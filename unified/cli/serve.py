"""`unified serve`: the service, for production."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import settings
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    import socket

    from unified.cli.serving import Started
    from unified.settings import Settings

MAX_WORKERS = 64


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on, in place of UNIFIED_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port, in place of UNIFIED_PORT.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MAX_WORKERS, help="Processes on the port, such as one for each core.")] = 1,
) -> None:
    """Run the service until Ctrl-C; everything else is set in the environment, see docs/reference/settings.md."""
    import msgspec

    from unified.settings import refuse_demo_settings

    found = settings()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    chosen = msgspec.structs.replace(found, **given)
    refuse_open_address(chosen)
    refuse_demo_settings(chosen)
    asyncio.run(_serve(chosen, workers))


def refuse_open_address(chosen: "Settings") -> None:
    """Raise unless the address is this machine's own, or it is known under which public address it is reached."""
    if chosen.host in {"127.0.0.1", "::1", "localhost"} or chosen.public_url is not None:
        return
    raise ConfigurationError(
        f"{chosen.host} can be reached from outside: set UNIFIED_PUBLIC_URL to the https address under which clients reach "
        "this service (a proxy in front of it does TLS), or listen on 127.0.0.1"
    )


async def _serve(chosen: "Settings", workers: int) -> None:
    import msgspec
    import structlog

    from unified.app import prepare
    from unified.cli.hardening import forbid_dumps
    from unified.cli.serving import Served, bound, url_of, write_ready
    from unified.telemetry.logs import catch_uncaught, configure_logs

    forbid_dumps()
    where = Served(app=None, host=chosen.host, port=chosen.port, named="UNIFIED_PORT or --port")
    with bound(where) as listener:
        configure_logs()
        catch_uncaught()
        log = structlog.get_logger("unified")
        if chosen.allow_loopback:
            log.warning("loopback_allowed", meaning="calls to providers may reach this machine; only for tests and sandboxes")
        await prepare(chosen)

        url, taken = url_of(listener), msgspec.structs.replace(chosen, port=listener.getsockname()[1])

        async def started(_urls: list[str]) -> None:
            log.info("listening", url=url, count=workers)
            if chosen.ready_file is not None:
                write_ready(chosen.ready_file, {"base_url": url})

        await (_alone(taken, listener, started) if workers == 1 else _together(taken, listener, started, workers))
        log.info("stopped")


async def _alone(chosen: "Settings", listener: "socket.socket", started: "Started") -> None:
    from unified.cli.serving import run_servers
    from unified.cli.worker import served

    await run_servers([served(chosen, listener)], started)


async def _together(chosen: "Settings", listener: "socket.socket", started: "Started", count: int) -> None:
    from unified.cli.serving import stopping
    from unified.cli.worker import NOTICE_SECONDS
    from unified.cli.workers import Workers
    from unified.telemetry.metrics import SHARED_FOLDER
    from unified.telemetry.metrics_folder import forget_worker, fresh_folder, remove_folder

    folder = fresh_folder(chosen.home)
    own = {"UNIFIED_HOST": chosen.host, "UNIFIED_PORT": str(chosen.port), SHARED_FOLDER: str(folder)}
    workers = Workers(
        listener,
        {**os.environ, **own},
        grace=chosen.grace_period + NOTICE_SECONDS,
        ended=lambda pid: forget_worker(folder, pid),
    )
    stop = asyncio.Event()
    try:
        with stopping(stop):
            await workers.run(count, lambda: started([]), stop)
    finally:
        remove_folder(folder)
