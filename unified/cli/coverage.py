"""`unified coverage`: what each provider offers of the common models, derived from its mappings."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import Annotated

import typer

from unified.cli.environment import catalog_folder


def coverage(
    provider: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write docs/reference/coverage.md instead.")] = False,
) -> None:
    """Show models, methods, native filters and how many fields are read and written."""
    from unified.authoring.reference_pages.coverage import PAGE, coverage_page
    from unified.authoring.workspace import offered, open_provider

    folder = catalog_folder()
    if provider is not None:
        open_provider(folder, provider)
    mappings = offered(folder, None if provider is None else (provider,))
    if not write:
        _show(mappings)
        return
    from unified.errors import ConfigurationError

    if provider is not None:
        raise ConfigurationError("--write writes the page of all providers: leave the provider out")
    (folder / PAGE).write_text(coverage_page(mappings), encoding="utf-8")
    typer.echo(f"{PAGE} written")


def _show(mappings: tuple[object, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    from unified.authoring.reference_pages.coverage import COLUMNS, rows

    table = Table(*COLUMNS)
    for row in rows(mappings):  # type: ignore[arg-type]
        table.add_row(*row)
    Console().print(table)
