"""`unified lint`: every problem of the data files, with its place and code."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from unified.cli.environment import catalog_folder, print_json


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def lint(
    path: Annotated[
        Path | None, typer.Argument(help="A folder with providers/ and mappings/, or a file or folder in it.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="One finding a line, or JSON for other programs.")] = Format.TEXT,
) -> None:
    """Find what is wrong with provider, mapping and test files; docs/reference/lint.md explains the codes."""
    from unified.authoring.lint import lint as find
    from unified.authoring.workspace import find_folder

    folder = catalog_folder() if path is None else find_folder(path)
    findings = find(folder, only=None if path is None or path.resolve() == folder else path)
    errors = sum(one.severity == "error" for one in findings)
    if output is Format.JSON:
        print_json(findings)
    else:
        _print(findings, errors)
    if errors:
        raise typer.Exit(1)


def _print(findings: tuple[Any, ...], errors: int) -> None:
    for finding in findings:
        code = typer.style(finding.code, fg="red" if finding.severity == "error" else "yellow")
        typer.echo(f"{finding.file}:{finding.line}:{finding.column}: {code} {finding.message}")
    warnings = len(findings) - errors
    typer.echo(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}", err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
