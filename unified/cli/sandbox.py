"""`unified sandbox`: the stand-ins of providers on a port."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import asyncio
from typing import Annotated

import typer

HOST = "127.0.0.1"


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8401,
) -> None:
    """Run the stand-ins of providers on loopback until Ctrl-C; docs/sandbox.md says how to steer them."""
    from unified.cli.serving import Served, run_servers
    from unified.sandbox.app import create_sandbox

    app = create_sandbox()

    async def started(urls: list[str]) -> None:
        typer.echo(f"Sandbox at {urls[0]}, one path a provider: {', '.join(sorted(app.lives))}. Ctrl-C stops it.")

    asyncio.run(run_servers([Served(app=app, host=HOST, port=port, named="--port")], started))
