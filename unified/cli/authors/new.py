"""`unified new`: create provider and mapping files from templates."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import Annotated

import typer

from unified.cli.environment import catalog_folder

app = typer.Typer(help="Create a provider, a mapping or a stand-in from a commented template.", no_args_is_help=True)


@app.command("provider")
def provider(name: Annotated[str, typer.Argument(help="Lower-case letters, digits and _, such as `hubspot`.")]) -> None:
    """Create providers/NAME.yaml with a comment for every key."""
    from unified.authoring.scaffold.scaffold import new_provider

    path = new_provider(catalog_folder(), name)
    typer.echo(f"{_shown(path)} written. Fill it in. Next: unified check {name} --token …, unified new mapping {name} MODEL")


@app.command("mapping")
def mapping(
    provider: Annotated[str, typer.Argument(help="Name of a provider with a file in providers/.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
) -> None:
    """Create mappings/PROVIDER/MODEL.yaml with every common field, and a file for its golden cases."""
    from unified.authoring.scaffold.scaffold import new_mapping

    path, tests = new_mapping(catalog_folder(), provider, model)
    typer.echo(f"{_shown(path)} and {_shown(tests)} written. Next: unified try {provider} {model} sample.json, unified lint")


@app.command("sandbox")
def sandbox(provider: Annotated[str, typer.Argument(help="Name of a provider with a file in providers/.")]) -> None:
    """Create providers/PROVIDER.sandbox.yaml, a stand-in that runs as it is."""
    from unified.authoring.scaffold.standin_scaffold import new_standin

    path = new_standin(catalog_folder(), provider)
    typer.echo(f"{_shown(path)} written. Describe the API in it. Next: unified sandbox {provider}")


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
