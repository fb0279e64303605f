"""Prints the output of commands: JSON, tables and counts; and, for people only, the progress of long work."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

GAP, NOTHING = "  ", "-"
"""Between the columns of a plain list; and in place of a value that is empty, so that columns can be counted."""


def print_json(value: Any) -> None:
    """Print indented JSON on standard output, with non-ASCII text unescaped."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], empty: str = "", *, numbers: bool = False) -> None:
    """Print a table in a terminal, and elsewhere a plain list: one line for each row under a line of headings, never cut.

    Args:
        columns: The headings.
        rows: The rows, each with a value for each column.
        empty: What to say when there are no rows; the headings if it is empty.
        numbers: Whether all columns but the first have numbers, which a terminal shows flush right.
    """
    if not rows and empty:
        typer.echo(empty)
        return
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _print_boxes(columns, cells, numbers=numbers)
    else:
        _print_plain(columns, cells)


def _print_boxes(columns: Sequence[str], rows: list[list[str]], *, numbers: bool) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    # An id that is truncated or broken cannot be copied.
    headings = [
        Column(name, overflow="fold", no_wrap=name == "id", justify="right" if numbers and position else "left")
        for position, name in enumerate(columns)
    ]
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_plain(columns: Sequence[str], rows: list[list[str]]) -> None:
    lines = [list(columns), *([" ".join(one.split()) or NOTHING for one in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo(GAP.join(one.ljust(width) for one, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def progress() -> "Iterator[Progress]":
    """Provide bars for long work on standard error; nothing is shown unless that is a terminal, and they leave no trace."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        yield bars


def counted(number: int, what: str) -> str:
    """Return `1 record`, `2 records`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
