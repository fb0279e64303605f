"""`unified serve`: run the service in production."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import settings
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    import socket

    from unified.server.serving import Started
    from unified.settings.settings import Settings

MAX_WORKERS = 64


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; overrides UNIFIED_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; overrides UNIFIED_PORT.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MAX_WORKERS, help="Number of worker processes, such as one per core.")] = 1,
) -> None:
    """Run the service until Ctrl-C. Set everything else in the environment, see docs/reference/settings.md."""
    import msgspec

    from unified.server.event_loop import run
    from unified.settings.demo_settings import refuse_demo_settings

    configured = settings()
    overrides = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    chosen = msgspec.structs.replace(configured, **overrides)
    refuse_open_address(chosen)
    refuse_demo_settings(chosen)
    run(_serve(chosen, workers))


def refuse_open_address(chosen: "Settings") -> None:
    """Require a loopback address, an https UNIFIED_PUBLIC_URL, or the explicit wish for plain HTTP.

    Raises:
        ConfigurationError: other machines can reach the address, and nothing says that a proxy terminates TLS.
    """
    from unified.settings.urls import is_loopback_host

    url = chosen.public_url
    if is_loopback_host(chosen.host) or (url is not None and (chosen.plain_http or url.startswith("https://"))):
        return
    way_out = (
        f"{chosen.host} is reachable from other machines: set UNIFIED_PUBLIC_URL to the https URL of this service "
        "(a proxy in front of it terminates TLS), or listen on 127.0.0.1"
    )
    if url is None:
        raise ConfigurationError(way_out)
    raise ConfigurationError(
        f"{way_out}; got {url}. With UNIFIED_PLAIN_HTTP=true it is taken, and keys and records cross the network unencrypted"
    )


async def _serve(chosen: "Settings", workers: int) -> None:
    import msgspec

    from unified.app.preparation import prepare
    from unified.server.hardening import forbid_dumps
    from unified.server.serving import Served, bound, url_of, write_ready
    from unified.telemetry.loggers import get_logger
    from unified.telemetry.logs import catch_uncaught, configure_logs
    from unified.version import __version__

    forbid_dumps()
    where = Served(app=None, host=chosen.host, port=chosen.port, named="UNIFIED_PORT or --port")
    with bound(where) as listener:
        configure_logs()
        catch_uncaught()
        log = get_logger("unified")
        if chosen.allow_loopback:
            log.warning("loopback_allowed", meaning="calls to providers may reach this machine; only for tests and sandboxes")
        if chosen.public_url is not None and chosen.public_url.startswith("https://") and not chosen.trusted_proxies:
            log.warning(
                "no_trusted_proxies",
                meaning="UNIFIED_PUBLIC_URL is https, so a proxy is in front, and UNIFIED_TRUSTED_PROXIES does not name it: "
                "failed keys and passwords of all clients count as of one address",
            )
        if not await prepare(chosen):
            log.warning("no_tenants", meaning="no one can call it yet: `unified tenants add NAME` prints a tenant's first key")

        url, listening = url_of(listener), msgspec.structs.replace(chosen, port=listener.getsockname()[1])

        async def started(_urls: list[str]) -> None:
            log.info("listening", url=url, count=workers, version=__version__)
            if chosen.ready_file is not None:
                write_ready(chosen.ready_file, {"base_url": url})

        await (
            _serve_alone(listening, listener, started)
            if workers == 1
            else _serve_with_workers(listening, listener, started, workers)
        )
        log.info("stopped")


async def _serve_alone(chosen: "Settings", listener: "socket.socket", started: "Started") -> None:
    from unified.server.service_process import run_service

    await run_service(chosen, listener, started)


async def _serve_with_workers(chosen: "Settings", listener: "socket.socket", started: "Started", count: int) -> None:
    import asyncio

    from unified.server.service_process import NOTICE_SECONDS
    from unified.server.serving import stopping
    from unified.server.workers import Workers
    from unified.telemetry.metrics import SHARED_FOLDER
    from unified.telemetry.metrics_folder import forget_worker, fresh_folder, remove_folder

    folder = fresh_folder(chosen.home)
    overrides = {"UNIFIED_HOST": chosen.host, "UNIFIED_PORT": str(chosen.port), SHARED_FOLDER: str(folder)}
    workers = Workers(
        listener,
        {**os.environ, **overrides},
        grace=chosen.grace_period + NOTICE_SECONDS,
        ended=lambda pid: forget_worker(folder, pid),
    )
    stop = asyncio.Event()
    try:
        with stopping(stop):
            await workers.run(count, lambda: started([]), stop)
    finally:
        remove_folder(folder)
