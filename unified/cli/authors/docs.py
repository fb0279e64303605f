"""`unified docs`: write the generated reference pages and schemas."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator


def docs(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 when a file is not current.")] = False,
) -> None:
    """Write docs/reference/*.md, schemas/*.json and the table of README.md, or check that they are current."""
    from unified.cli.environment import catalog_folder, require_sandbox

    require_sandbox()
    folder = catalog_folder()
    pages = generated(folder, context.find_root().command)
    stale = [path for path, text in pages.items() if _is_stale(folder / path, text)]
    if check:
        for path in stale:
            typer.echo(f"{path} is not current: run `unified docs`", err=True)
        if stale:
            raise typer.Exit(1)
        return
    for path in stale:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(pages[path], encoding="utf-8")
        typer.echo(f"{path} written")


def _is_stale(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


def generated(folder: Path, command: Any) -> dict[str, str]:
    """Return the generated texts by path below the folder; `command` is the root command."""
    from unified.authoring.quality.quality_file import load_quality
    from unified.authoring.reference_pages.coverage import PAGE, coverage_page
    from unified.authoring.reference_pages.errors import errors_page
    from unified.authoring.reference_pages.lint import lint_page
    from unified.authoring.reference_pages.models import models_page
    from unified.authoring.reference_pages.provider_page import provider_pages
    from unified.authoring.reference_pages.providers import PAGE as PROVIDERS_PAGE
    from unified.authoring.reference_pages.providers import with_provider_table
    from unified.authoring.reference_pages.quality import quality_pages
    from unified.authoring.reference_pages.settings import settings_page
    from unified.authoring.schemas import (
        cases_schema,
        mapping_schema,
        provider_schema,
        review_schema,
        shared_schema,
        standin_schema,
    )
    from unified.authoring.workspace import offered
    from unified.cli.authors.routes_page import permissions_page
    from unified.cli.authors.scopes_page import EXAMPLES, scopes_page
    from unified.cli.authors.scopes_page import PAGE as SCOPES_PAGE
    from unified_sandbox.described.document import StandInFile

    guide = (folder / "docs/mapping-files.md").read_text(encoding="utf-8")
    mappings = offered(folder)
    providers = {one.provider.name: one.provider for one in mappings}
    return {
        PROVIDERS_PAGE: with_provider_table((folder / PROVIDERS_PAGE).read_text(encoding="utf-8"), mappings),
        "docs/reference/cli.md": cli_page(command),
        "docs/reference/errors.md": errors_page(),
        "docs/reference/lint.md": lint_page(),
        "docs/reference/models.md": models_page(mappings),
        "docs/reference/permissions.md": permissions_page(),
        "docs/reference/settings.md": settings_page(),
        PAGE: coverage_page(mappings),
        SCOPES_PAGE: scopes_page((folder / EXAMPLES).read_text(encoding="utf-8"), mappings),
        **provider_pages(mappings),
        **quality_pages(tuple(providers.values()), {name: load_quality(folder, name) for name in providers}),
        "schemas/mapping.json": mapping_schema(guide),
        "schemas/cases.json": cases_schema(guide),
        "schemas/review.json": review_schema(),
        "schemas/sandbox.json": standin_schema(StandInFile, (folder / "docs/sandbox.md").read_text(encoding="utf-8")),
        "schemas/shared.json": shared_schema(guide),
        "schemas/provider.json": provider_schema((folder / "docs/provider-files.md").read_text(encoding="utf-8")),
    }


HEAD = """\
# Command line

Generated from the commands by `unified docs`. Exit codes: 0 success, 1 problems found, 2 wrong usage.
`unified --version` prints the version.
"""


def cli_page(command: Any) -> str:
    """Return docs/reference/cli.md, generated from the commands."""
    return "\n".join([HEAD, *(_section(words, one) for words, one in _commands("unified", command))])


def _commands(words: str, command: Any) -> "Iterator[tuple[str, Any]]":
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield words, command
        return
    for name, one in subcommands.items():
        if not one.hidden:
            yield from _commands(f"{words} {name}", one)


def _section(words: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join([words, *(_argument(one) for one in arguments), *(["[options]"] if options else [])])
    rows = [f"| `{_argument(one)}` | {one.help or ''} |" for one in arguments]
    rows += [f"| `{', '.join(one.opts)}` | {one.help or ''}{_default(one)} |" for one in options]
    table = "\n".join(["| | |", "|---|---|", *rows]) + "\n" if rows else ""
    return f"## `{usage}`\n\n{command.help}\n\n{table}"


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    shown = f"{name}…" if argument.nargs == -1 else name
    return shown if argument.required else f"[{shown}]"


def _default(option: Any) -> str:
    shown = option.default
    if shown in (None, False, (), [], "") or callable(shown):
        return ""
    return f" Default: {getattr(shown, 'value', shown)}."
