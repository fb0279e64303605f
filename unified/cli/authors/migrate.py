"""`unified migrate-mappings`: rewrite data files that have words of an earlier version."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.printing import counted


def migrate_mappings(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Provider and mapping files, or folders; the whole catalog if omitted.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would change; exit code 1 if anything would.")] = False,
) -> None:
    """Rewrite provider and mapping files with words of an earlier version; comments and layout stay."""
    from unified.authoring.golden.golden_update import write_text
    from unified.authoring.migration import data_files, rewritten_file
    from unified.authoring.workspace import find_folder, require_data

    changed = 0
    for chosen in paths or [catalog_folder()]:
        folder = find_folder(chosen)
        require_data(folder, chosen)
        for path, kind in data_files(folder):
            if not _is_in(path, chosen):
                continue
            made = rewritten_file(path, kind)
            changed += bool(made.changes)
            for line in made.changes:
                typer.echo(f"{path.relative_to(folder)}:{line}")
            if made.changes and not check:
                write_text(path, made.text)
    done = "would be rewritten" if check else "rewritten"
    typer.echo(f"{counted(changed, 'file')} {done}", err=True)
    if check and changed:
        raise typer.Exit(1)


def _is_in(path: Path, chosen: Path) -> bool:
    return chosen.resolve() in (path.resolve(), *path.resolve().parents)
