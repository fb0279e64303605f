"""`unified test`: run the golden cases of the mappings."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import Annotated

import typer

from unified.cli.environment import catalog_folder, existing


def run_cases(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Mapping files, test files or folders; all golden cases if omitted.")
    ] = None,
    keyword: Annotated[str, typer.Option("-k", help="Only cases with this text in their id.")] = "",
) -> None:
    """Run golden cases and print every difference."""
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
        typer.echo("No golden cases found. They belong in mappings/<provider>/<model>.test.yaml.", err=True)
    if failed or not outcomes:
        raise typer.Exit(1)
