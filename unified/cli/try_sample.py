"""`unified try`: map a sample and explain the result field by field, for authors of mappings."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import catalog_folder, read_json

if TYPE_CHECKING:
    from unified.authoring.mapping_trace import MappingTrace

WIDTH = 60


def try_sample(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
    sample: Annotated[
        str, typer.Argument(metavar="SAMPLE.json", help="One object from the provider; `-` reads standard input.")
    ],
    operation: Annotated[str, typer.Option(help="`list` or `get` if the sample is a complete response.")] = "record",
) -> None:
    """Map a sample; print each field with its value and source, and the parts of the sample that are not read."""
    from unified.authoring.mapping_trace import trace_mapping
    from unified.authoring.workspace import open_mapping

    _show(trace_mapping(open_mapping(catalog_folder(), provider, model), read_json(sample), operation))


def _show(trace: "MappingTrace") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("field", "value", "from")
    for field in trace.fields:
        style = "dim" if field.is_empty else ""
        table.add_row(Text(field.name, style), Text(_shown(field.value), style), Text(", ".join(field.paths), style))
    console = Console()
    console.print(table)
    for path, meant in trace.doubtful:
        console.print(f"`{path}` is read, but is not in the sample; did you mean `{meant}`?", markup=False, highlight=False)
    if trace.unread:
        console.print("In the sample, but not read:", style="bold")
        for path in trace.unread:
            console.print(f"  {path}", markup=False, highlight=False)


def _shown(value: Any) -> str:
    import msgspec

    if value is None:
        return "-"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
