"""`unified test`: runs the golden cases beside the mappings."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from pathlib import Path
from typing import Annotated

import typer

from unified.cli.environment import catalog_folder, existing


def run_cases(
    paths: Annotated[list[Path] | None, typer.Argument(help="Mappings, test files or folders; without one, all.")] = None,
    keyword: Annotated[str, typer.Option("-k", help="Only cases whose id has this text.")] = "",
) -> None:
    """Run golden cases and show what differs."""
    from unified.authoring.golden import golden_paths, run_path
    from unified.authoring.workspace import find_folder

    folder = catalog_folder() if not paths else find_folder(paths[0])
    chosen = [path for one in (paths or [folder]) for path in golden_paths(folder, existing(one))]
    outcomes = [one for path in dict.fromkeys(chosen) for one in run_path(folder, path) if keyword in one.id]
    failed = [one for one in outcomes if one.problem is not None]
    for outcome in failed:
        typer.echo(f"{typer.style('FAILED', fg='red')} {outcome.id}\n    {outcome.problem}")
    typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if not outcomes:
        typer.echo("no case was found: golden cases stand in mappings/<provider>/<model>.test.yaml", err=True)
    if failed or not outcomes:
        raise typer.Exit(1)
