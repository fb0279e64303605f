"""`unified test`: run the golden cases of the mappings, or write what they expect."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.option_values import existing
from unified.cli.printing import progress

if TYPE_CHECKING:
    from unified.authoring.golden.golden import CaseResult

COLOURS = {"+": "green", "-": "red"}


def run_cases(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Mapping files, test files or folders; all golden cases if omitted.")
    ] = None,
    keyword: Annotated[str, typer.Option("-k", help="Only cases with this text in their id.")] = "",
    update: Annotated[
        bool, typer.Option("--update", help="Write what came into the expectations that differ, after showing the change.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update, write without asking.")] = False,
) -> None:
    """Run golden cases and print every difference."""
    from unified.authoring.golden.golden import run_path
    from unified.authoring.golden.golden_files import golden_paths
    from unified.authoring.workspace import find_folder

    folder = catalog_folder() if not paths else find_folder(paths[0])
    found = dict.fromkeys(path for one in (paths or [folder]) for path in golden_paths(folder, existing(one)))
    left = update and _update(folder, list(found), keyword, yes=yes)
    with progress() as bars:
        outcomes = [
            one for path in bars.track(found, description="files") for one in run_path(folder, path) if keyword in one.id
        ]
    _show(outcomes)
    if left or not outcomes or any(one.problem is not None for one in outcomes):
        raise typer.Exit(1)


def _show(outcomes: "list[CaseResult]") -> None:
    failed = [one for one in outcomes if one.problem is not None]
    for outcome in failed:
        lines = (outcome.problem or "").replace("\n", "\n    ")
        typer.echo(f"{typer.style('FAILED', fg='red')} {outcome.id}\n    {lines}")
    typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if not outcomes:
        typer.echo("No golden cases found. They belong in mappings/<provider>/<model>.test.yaml.", err=True)


def _update(folder: Path, paths: list[Path], keyword: str, *, yes: bool) -> bool:
    """Show what would change in the files, and write it if the person agrees; return whether a file could not be changed."""
    from unified.authoring.golden.golden_update import read_text, updated_text, write_text
    from unified.errors.configuration import CatalogError

    changed: dict[Path, str] = {}
    left = False
    for path in paths:
        try:
            text = updated_text(folder, path, keyword)
        except CatalogError as problem:
            typer.echo(str(problem), err=True)
            left = True
            continue
        if text != (before := read_text(path)):
            changed[path] = text
            _show_change(str(path.relative_to(folder)), before, text)
    if not changed and not left:
        typer.echo("No expectation differs from what came.", err=True)
    elif changed and (yes or typer.confirm(f"Write {len(changed)} file{'' if len(changed) == 1 else 's'}?", err=True)):
        for path, text in changed.items():
            write_text(path, text)
    return left


def _show_change(name: str, before: str, after: str) -> None:
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=1, lineterm=""):
        typer.echo(typer.style(line, fg=COLOURS.get(line[:1])))
