"""What commands print: JSON, tables, numbers of things."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import Any

import typer


def print_json(value: Any) -> None:
    """Print indented JSON on standard output, with non-ASCII text unescaped."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    """Print a table, or the text `empty` when there are no rows."""
    from rich.console import Console
    from rich.table import Column, Table

    if not rows:
        typer.echo(empty)
        return
    # An id that is truncated or broken cannot be copied.
    table = Table(*(Column(name, overflow="fold", no_wrap=name == "id") for name in columns))
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


def counted(number: int, what: str) -> str:
    """Return `1 record`, `2 records`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
