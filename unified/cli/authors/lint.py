"""`unified lint`: find problems in the data files, with location and code."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from unified.cli.environment import catalog_folder
from unified.cli.printing import counted, print_json, progress


class Format(StrEnum):
    """Output format of findings."""

    TEXT = "text"
    JSON = "json"


def lint(
    path: Annotated[
        Path | None, typer.Argument(help="Folder with providers/ and mappings/, or a file or folder in it.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="One finding per line, or JSON.")] = Format.TEXT,
) -> None:
    """Find problems in provider, mapping and test files; docs/reference/lint.md explains the codes."""
    from unified.authoring.lint.lint import lint as find
    from unified.authoring.workspace import find_folder, require_data

    folder = catalog_folder() if path is None else find_folder(path)
    require_data(folder, path or folder)
    only = None if path is None or path.resolve() == folder else path
    with progress() as bars:
        task = bars.add_task("mappings", total=None)
        watch = lambda done, total: bars.update(task, completed=done, total=total)  # noqa: E731 - what it watches is a line above
        findings = (*find(folder, only=only, watch=watch), *_in_standins(folder, only))
    errors = sum(one.severity == "error" for one in findings)
    if output is Format.JSON:
        print_json(findings)
    else:
        _print(findings, errors)
    if errors:
        raise typer.Exit(1)


def _in_standins(folder: Path, only: Path | None) -> list[Any]:
    """Return what keeps stand-ins from being loaded, or their first data from being made, if the sandbox is installed."""
    from importlib.util import find_spec
    from random import Random

    from unified.authoring.lint.findings import refused
    from unified.authoring.lint.rules.standin_rules import STANDIN_LOADING
    from unified.errors.configuration import CatalogError

    if find_spec("unified_sandbox") is None:
        return []
    from unified_sandbox.described import load_standin, standin_files

    found = []
    for path in standin_files(folder).values():
        if only is not None and only.resolve() not in (path.resolve(), *path.resolve().parents):
            continue
        try:
            standin = load_standin(path)
            standin.seed(Random(standin.name))  # noqa: S311 - the data of a stand-in, as it begins
        except CatalogError as problem:
            found.append(refused(STANDIN_LOADING, problem, f"providers/{path.name}"))
    return found


def _print(findings: tuple[Any, ...], errors: int) -> None:
    for finding in findings:
        code = typer.style(finding.code, fg="red" if finding.severity == "error" else "yellow")
        typer.echo(f"{finding.file}:{finding.line}:{finding.column}: {code} {finding.message}")
    warnings = len(findings) - errors
    typer.echo(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}", err=True)
