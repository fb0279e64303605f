"""`unified test`: run the golden cases of the mappings, or write what they expect."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.option_values import existing

if TYPE_CHECKING:
    from unified.authoring.golden import CaseResult

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
    from unified.authoring.golden import run_path
    from unified.authoring.golden_files import golden_paths
    from unified.authoring.workspace import find_folder

    folder = catalog_folder() if not paths else find_folder(paths[0])
    found = dict.fromkeys(path for one in (paths or [folder]) for path in golden_paths(folder, existing(one)))
    if update:
        _update(folder, list(found), keyword, yes=yes)
    outcomes = [one for path in found for one in run_path(folder, path) if keyword in one.id]
    _show(outcomes)
    if not outcomes or any(one.problem is not None for one in outcomes):
        raise typer.Exit(1)


def _show(outcomes: "list[CaseResult]") -> None:
    failed = [one for one in outcomes if one.problem is not None]
    for outcome in failed:
        lines = (outcome.problem or "").replace("\n", "\n    ")
        typer.echo(f"{typer.style('FAILED', fg='red')} {outcome.id}\n    {lines}")
    typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if not outcomes:
        typer.echo("No golden cases found. They belong in mappings/<provider>/<model>.test.yaml.", err=True)


def _update(folder: Path, paths: list[Path], keyword: str, *, yes: bool) -> None:
    """Show what would change in the files, and write it if the person agrees."""
    from unified.authoring.golden_update import updated_text

    texts = {path: updated_text(folder, path, keyword) for path in paths}
    changed = {path: text for path, text in texts.items() if text != path.read_text(encoding="utf-8")}
    for path, text in changed.items():
        _show_change(str(path.relative_to(folder)), path.read_text(encoding="utf-8"), text)
    if not changed:
        typer.echo("No expectation differs from what came.", err=True)
    elif yes or typer.confirm(f"Write {len(changed)} file{'' if len(changed) == 1 else 's'}?", err=True):
        for path, text in changed.items():
            path.write_text(text, encoding="utf-8")


def _show_change(name: str, before: str, after: str) -> None:
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=1, lineterm=""):
        typer.echo(typer.style(line, fg=COLOURS.get(line[:1])))
