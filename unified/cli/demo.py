"""`unified demo`: the whole product on this machine, connected to stand-ins of providers; nothing leaves it."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from unified.cli.environment import settings

HOME = Path(".unified/demo")
LOG = "demo.log"


def demo(
    ready_file: Annotated[
        Path | None, typer.Option(help="Written as JSON once everything answers, in place of UNIFIED_READY_FILE.")
    ] = None,
) -> None:
    """Run service and stand-ins together, with an account at each, until Ctrl-C; prints calls to paste."""
    asyncio.run(_demo(ready_file))


async def _demo(ready_file: Path | None) -> None:
    import os

    import msgspec

    from unified.cli.demo_data import Demo, prepare
    from unified.cli.demo_screen import screen
    from unified.cli.hardening import forbid_dumps
    from unified.cli.serving import Served, free_port, refuse_taken, run_servers, running, wait_ready, write_ready
    from unified.sandbox.app import create_sandbox
    from unified.telemetry.logs import configure_logs

    forbid_dumps()
    asked = settings()
    found = msgspec.structs.replace(asked, port=asked.port or free_port(asked.host))  # connect links must name the port
    home = found.home if os.environ.get("UNIFIED_HOME") else HOME
    where = Served(
        app=None,
        host=found.host,
        port=found.port,
        named="UNIFIED_PORT, such as UNIFIED_PORT=8500 unified demo",
        patience=found.client_timeout,
    )
    refuse_taken(where)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    sandbox = create_sandbox()
    with os.fdopen(os.open(home / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as log:
        configure_logs(log)
        async with running(Served(app=sandbox, host="127.0.0.1", port=0, named="")) as sandbox_url:
            chosen = msgspec.structs.replace(
                found,
                home=home,
                database_url=f"sqlite+aiosqlite:///{home / 'unified.sqlite'}",
                provider_urls={name: f"{sandbox_url}/{name}" for name in sandbox.lives},
                allow_loopback=True,
            )
            made, app = await prepare(chosen)

            async def started(urls: list[str]) -> None:
                await wait_ready(f"{urls[0]}/ready", f"{sandbox_url}/_sandbox/requests")
                shown = Demo(base_url=urls[0], sandbox_url=sandbox_url, made=made)
                typer.echo(screen(shown, log=home / LOG))
                file = ready_file or chosen.ready_file
                if file is not None:
                    write_ready(file, ready_content(shown))

            await run_servers([msgspec.structs.replace(where, app=app)], started)


def ready_content(shown: Any) -> dict[str, Any]:
    """What scripts need to call the demo."""
    return {
        "base_url": shown.base_url,
        "admin_key": shown.made.admin_key,
        "app_key": shown.made.app_key,
        "accounts": {one.provider.name: one.account_id for one in shown.made.accounts},
        "sandbox_url": shown.sandbox_url,
        "mcp": {name: {"url": one.url, "api_key": one.api_key} for name, one in shown.made.servers.items()},
    }
