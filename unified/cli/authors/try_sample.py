"""`unified try`: map a sample and explain the result field by field, for authors of mappings."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.authors.map_record import refuse_folder
from unified.cli.authors.mapping_options import Before, Call, Query, RecordId, Setting, mapped_with
from unified.cli.environment import catalog_folder
from unified.cli.option_values import read_json
from unified.cli.printing import counted, print_json
from unified.errors.error import UnifiedError

if TYPE_CHECKING:
    from unified.authoring.mapping_trace import MappingTrace
    from unified.transform.embedded_mapping import EmbeddedMapping

WIDTH = 60


def try_sample(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
    sample: Annotated[
        str,
        typer.Argument(metavar="SAMPLE.json", help="One object from the provider, or a folder; `-` reads standard input."),
    ],
    *,
    operation: Annotated[str, typer.Option(help="`list` or `get` if the sample is a complete response.")] = "record",
    query: Query = None,
    record_id: RecordId = None,
    setting: Setting = None,
    before: Before = None,
    call: Call = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Also print the body that would be sent to write the record's values again.")
    ] = False,
) -> None:
    """Map a sample; print each field with its value and source, and the parts of the sample that are not read."""
    from unified.authoring.mapping_trace import trace_mapping
    from unified.authoring.samples import written_back
    from unified.authoring.workspace import open_mapping

    mapping = open_mapping(catalog_folder(), provider, model)
    known = mapped_with(mapping, query=query, record_id=record_id, setting=setting, before=before, call=call)
    if Path(sample).is_dir():
        refuse_folder("--reverse", given=reverse)
        _try_folder(mapping, Path(sample), operation, known)
        return
    trace = trace_mapping(mapping, read_json(sample), operation, known)
    _show(trace)
    if reverse:
        typer.echo("Written back:")
        print_json(written_back(mapping, trace.record, known))


def _try_folder(mapping: "EmbeddedMapping", folder: Path, operation: str, known: dict[str, Any]) -> None:
    """Show what all samples of a folder become together, and those that fail; exit with 1 if one does."""
    from unified.authoring.mapping_trace import merge_traces, trace_mapping
    from unified.authoring.samples import sample_files

    traces, failed = [], 0
    for path in sample_files(folder):
        try:
            traces.append(trace_mapping(mapping, read_json(str(path)), operation, known))
        except UnifiedError as problem:
            failed += 1
            typer.echo(f"{path.name}: {typer.style('FAILED', fg='red')} {problem}")
    if traces:
        _show(merge_traces(traces))
    typer.echo(f"{counted(len(traces) + failed, 'file')}, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _show(trace: "MappingTrace") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from unified.authoring.golden.moments import HINT

    several = trace.samples > 1
    table = Table("field", *(["filled"] if several else []), "value", "from")
    for field in trace.fields:
        style = "dim" if field.is_empty else ""
        cells = [field.name, *([f"{field.filled} of {trace.samples}"] if several else []), _shown(field.value)]
        table.add_row(*(Text(one, style) for one in (*cells, ", ".join(field.paths))))
    console = Console()
    console.print(table)
    for path, meant in trace.doubtful:
        console.print(f"`{path}` is read, but is not in the sample; did you mean `{meant}`?", markup=False, highlight=False)
    for name, text in trace.moments:
        console.print(f"`{name}` is a date, but comes as the moment {text}: {HINT}", markup=False, highlight=False)
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
