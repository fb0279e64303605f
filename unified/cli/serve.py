"""`unified serve`: the service, for production."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import settings
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    from unified.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on, in place of UNIFIED_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port, in place of UNIFIED_PORT.")] = None,
) -> None:
    """Run the service until Ctrl-C; everything else is set in the environment, see docs/reference/settings.md."""
    import msgspec

    found = settings()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    chosen = msgspec.structs.replace(found, **given)
    refuse_open_address(chosen)
    asyncio.run(_serve(chosen))


def refuse_open_address(chosen: "Settings") -> None:
    """Raise unless the address is this machine's own, or it is known under which public address it is reached."""
    if chosen.host in {"127.0.0.1", "::1", "localhost"} or chosen.public_url is not None:
        return
    raise ConfigurationError(
        f"{chosen.host} can be reached from outside: set UNIFIED_PUBLIC_URL to the https address under which clients reach "
        "this service (a proxy in front of it does TLS), or listen on 127.0.0.1"
    )


async def _serve(chosen: "Settings") -> None:
    import msgspec
    import structlog

    from unified.app import create_app
    from unified.cli.logs import configure_logs
    from unified.cli.serving import Served, refuse_taken, run_servers, write_ready

    where = Served(app=None, host=chosen.host, port=chosen.port, named="UNIFIED_PORT or --port")
    refuse_taken(where)
    configure_logs()
    log = structlog.get_logger("unified")
    if chosen.allow_loopback:
        log.warning("loopback_allowed", meaning="calls to providers may reach this machine; only for tests and sandboxes")

    async def started(urls: list[str]) -> None:
        log.info("listening", url=urls[0])
        if chosen.ready_file is not None:
            write_ready(chosen.ready_file, {"base_url": urls[0]})

    await run_servers([msgspec.structs.replace(where, app=create_app(chosen))], started)
    log.info("stopped")
