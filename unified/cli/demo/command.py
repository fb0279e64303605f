"""`unified demo`: the complete service on this machine, connected to a local sandbox of the providers."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.demo.folders import STATE, demo_home, own_folder
from unified.cli.environment import require_sandbox, settings

if TYPE_CHECKING:
    from unified.settings.settings import Settings

LOG = "demo.log"


def demo(
    ready_file: Annotated[
        Path | None, typer.Option(help="File to write as JSON when the demo is ready; overrides UNIFIED_READY_FILE.")
    ] = None,
    providers: Annotated[
        str, typer.Option(help="Providers to run, separated by commas, or `all`; without it, two of each category.")
    ] = "",
) -> None:
    """Run the service with a sandbox and connected accounts until Ctrl-C, and print example calls."""
    import asyncio

    require_sandbox()
    asyncio.run(_demo(ready_file, _chosen(providers)))


def _chosen(providers: str) -> Any:
    """Return the stand-ins to run."""
    from unified.cli.environment import catalog_folder
    from unified_sandbox.registry import SHOWCASE, discover

    names = () if providers == "all" else [one.strip() for one in providers.split(",") if one.strip()] or SHOWCASE
    return discover(*names, folder=catalog_folder())


async def _demo(ready_file: Path | None, standins: Any) -> None:
    import msgspec

    from unified.server.hardening import forbid_dumps
    from unified.server.serving import Served, free_port, refuse_taken

    forbid_dumps()
    configured = settings()
    # Connect links contain the port, so it must be known before the start.
    base = msgspec.structs.replace(configured, port=configured.port or free_port(configured.host))
    where = Served(
        app=None,
        host=base.host,
        port=base.port,
        named="UNIFIED_PORT, such as UNIFIED_PORT=8500 unified demo",
        patience=base.client_timeout,
    )
    refuse_taken(where)
    typer.echo("Starting the sandbox and the service …", err=True)
    with own_folder(demo_home(base)) as home:
        await _run(base, home, where, standins, ready_file)


async def _run(base: "Settings", home: Path, where: Any, standins: Any, ready_file: Path | None) -> None:
    """Run the sandbox and the service with the data of a folder, until a signal ends them."""
    import msgspec

    from unified.cli.demo.data import Demo, prepare
    from unified.cli.demo.screen import screen
    from unified.server.serving import Served, run_servers, running, wait_ready, write_ready
    from unified.telemetry.logs import configure_logs
    from unified_sandbox.app import create_sandbox

    sandbox = create_sandbox(standins)
    with os.fdopen(os.open(home / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as log:
        configure_logs(log)
        async with running(Served(app=sandbox, host="127.0.0.1", port=0, named="")) as sandbox_url:
            chosen = _demo_settings(base, home, sandbox_url, sandbox.lives)
            resources, app = await prepare(chosen, standins.values())

            async def started(urls: list[str]) -> None:
                await wait_ready(f"{urls[0]}/ready", f"{sandbox_url}/_sandbox/requests")
                running_demo = Demo(base_url=urls[0], sandbox_url=sandbox_url, resources=resources)
                typer.echo(screen(running_demo, log=home / LOG))
                for file in (home / STATE, ready_file or chosen.ready_file):
                    if file is not None:
                        write_ready(file, ready_content(running_demo))

            try:
                await run_servers([msgspec.structs.replace(where, app=app)], started)
            finally:
                (home / STATE).unlink(missing_ok=True)


def _demo_settings(base: "Settings", home: Path, sandbox_url: str, providers: Iterable[str]) -> "Settings":
    """Return the settings of the service: its data in the folder, and every provider in the sandbox."""
    import msgspec

    return msgspec.structs.replace(
        base,
        home=home,
        database_url=f"sqlite+aiosqlite:///{home / 'unified.sqlite'}",
        provider_urls={name: f"{sandbox_url}/{name}" for name in providers},
        allow_loopback=True,
    )


def ready_content(running_demo: Any) -> dict[str, Any]:
    """Return the content of the ready file: what scripts need to call the demo."""
    return {
        "base_url": running_demo.base_url,
        "admin_key": running_demo.resources.admin_key,
        "app_key": running_demo.resources.app_key,
        "accounts": {one.provider.name: one.account_id for one in running_demo.resources.accounts},
        "sandbox_url": running_demo.sandbox_url,
        "mcp": {name: {"url": one.url, "api_key": one.api_key} for name, one in running_demo.resources.servers.items()},
    }
