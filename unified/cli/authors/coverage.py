"""`unified coverage`: what each provider supports, derived from its mappings."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.printing import print_table


def coverage(
    provider: Annotated[str | None, typer.Argument(help="Only this provider.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write docs/reference/coverage.md instead of printing.")] = False,
) -> None:
    """Print models, methods and native filters, with the number of fields read and written."""
    from unified.authoring.reference_pages.coverage import PAGE, coverage_page
    from unified.authoring.workspace import offered, open_provider

    folder = catalog_folder()
    if provider is not None:
        open_provider(folder, provider)
    mappings = offered(folder, None if provider is None else (provider,))
    if not write:
        _show(mappings)
        return
    from unified.errors.configuration import ConfigurationError

    if provider is not None:
        raise ConfigurationError("--write covers all providers; omit the provider")
    (folder / PAGE).write_text(coverage_page(mappings), encoding="utf-8")
    typer.echo(f"{PAGE} written")


def _show(mappings: tuple[object, ...]) -> None:
    from unified.authoring.reference_pages.coverage import COLUMNS, rows

    print_table(COLUMNS, rows(mappings))  # type: ignore[arg-type]
