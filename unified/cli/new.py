"""`unified new`: skeletons of provider and mapping files."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from pathlib import Path
from typing import Annotated

import typer

from unified.cli.environment import catalog_folder

app = typer.Typer(help="Begin a provider or a mapping from a commented skeleton.", no_args_is_help=True)


@app.command("provider")
def provider(name: Annotated[str, typer.Argument(help="Small letters, digits and _, such as `hubspot`.")]) -> None:
    """Write providers/NAME.yaml with every key explained."""
    from unified.authoring.scaffold import new_provider

    path = new_provider(catalog_folder(), name)
    typer.echo(f"{_shown(path)} written. Fill it in, then: unified check {name} --token …, unified new mapping {name} MODEL")


@app.command("mapping")
def mapping(
    provider: Annotated[str, typer.Argument(help="A provider that has its file.")],
    model: Annotated[str, typer.Argument(help="A common model, such as `crm.contacts`.")],
) -> None:
    """Write mappings/PROVIDER/MODEL.yaml with every common field, and golden cases beside it."""
    from unified.authoring.scaffold import new_mapping

    path, tests = new_mapping(catalog_folder(), provider, model)
    typer.echo(f"{_shown(path)} and {_shown(tests)} written. Then: unified try {provider} {model} sample.json, unified lint")


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
