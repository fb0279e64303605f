"""`unified lines`: how many lines of YAML and Python each provider takes."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.printing import print_table

if TYPE_CHECKING:
    from unified.authoring.line_counts import LineCount

COLUMNS = ("provider", "file", "mappings", "cases", "stand-in", "scenario", "YAML", "Python")


def lines(
    provider: Annotated[str | None, typer.Argument(help="Only this provider.")] = None,
) -> None:
    """Print the lines that people write for each provider: YAML by kind of file, and Python of its stand-in."""
    from unified.authoring.line_counts import line_counts, total
    from unified.authoring.workspace import open_provider

    folder = catalog_folder()
    if provider is not None:
        open_provider(folder, provider)
    counts = line_counts(folder, _stand_ins(), None if provider is None else (provider,))
    shown = (*counts, total(counts)) if provider is None else counts
    print_table(COLUMNS, [_row(one) for one in shown], numbers=True)


def _stand_ins() -> Path | None:
    """Return the folder of the stand-ins in Python; None if the sandbox is not installed."""
    found = find_spec("unified_sandbox")
    return None if found is None or found.origin is None else Path(found.origin).parent


def _row(one: "LineCount") -> tuple[str, ...]:
    numbers = (one.provider_file, one.mappings, one.golden_cases, one.stand_in, one.scenario, one.yaml, one.python)
    return (one.provider, *(f"{number:,}" for number in numbers))
