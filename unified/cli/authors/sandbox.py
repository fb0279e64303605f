"""`unified sandbox`: run the sandbox of the providers."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import Annotated

import typer

from unified.cli.environment import catalog_folder, require_sandbox

HOST = "127.0.0.1"


def sandbox(
    names: Annotated[list[str] | None, typer.Argument(help="Providers to run; all if none is named.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 selects a free one.")] = 8401,
) -> None:
    """Run a sandbox of the providers on this machine until Ctrl-C; docs/sandbox.md explains how to control it."""
    require_sandbox()
    import asyncio

    from unified.server.serving import Served, run_servers
    from unified_sandbox.app import create_sandbox
    from unified_sandbox.registry import discover

    app = create_sandbox(discover(*(names or ()), folder=catalog_folder()))

    async def started(urls: list[str]) -> None:
        typer.echo(f"Sandbox at {urls[0]}, with one path per provider: {', '.join(sorted(app.lives))}. Ctrl-C stops it.")

    asyncio.run(run_servers([Served(app=app, host=HOST, port=port, named="--port")], started))
