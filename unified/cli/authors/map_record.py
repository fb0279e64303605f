"""`unified map`: convert a provider's response to records of the common model, and back."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.authors.mapping_options import Before, Call, Query, RecordId, Setting, mapped_with
from unified.cli.environment import catalog_folder
from unified.cli.option_values import read_json
from unified.cli.printing import counted, print_json
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.authoring.samples import MappedSample


def map_record(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
    body: Annotated[
        str,
        typer.Argument(metavar="BODY.json", help="Response of the provider, or a folder of them; `-` reads standard input."),
    ],
    *,
    operation: Annotated[
        str, typer.Option(help="`list` for a page; `get`, `create`, `update` or `record` for one object.")
    ] = "list",
    query: Query = None,
    record_id: RecordId = None,
    setting: Setting = None,
    before: Before = None,
    call: Call = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Print the bodies that would be sent to write the records' values again.")
    ] = False,
) -> None:
    """Map a provider's response and print the records as JSON, as the API returns them; of a folder, print a summary."""
    from unified.authoring.samples import map_samples, written_back
    from unified.authoring.workspace import open_mapping

    mapping = open_mapping(catalog_folder(), provider, model)
    known = mapped_with(mapping, query=query, record_id=record_id, setting=setting, before=before, call=call)
    if Path(body).is_dir():
        refuse_folder("--reverse", given=reverse)
        summarize(map_samples(mapping, Path(body), operation, known))
        return
    records = mapping.read(read_json(body), operation, **known)
    print_json([written_back(mapping, record, known) for record in records] if reverse else records)


def refuse_folder(option: str, *, given: bool) -> None:
    """Raise ConfigurationError for an option that is about one sample."""
    if given:
        raise ConfigurationError(f"{option}: expected one file, got a folder")


def summarize(samples: "Iterable[MappedSample]") -> None:
    """Print a line for each sample and one for all; exit with 1 if one could not be mapped."""
    files = records = failed = 0
    for sample in samples:
        files, records, failed = files + 1, records + len(sample.records), failed + (sample.problem is not None)
        came = (
            f"{typer.style('FAILED', fg='red')} {sample.problem}" if sample.problem else counted(len(sample.records), "record")
        )
        typer.echo(f"{sample.name}: {came}")
    typer.echo(f"{counted(files, 'file')}, {counted(records, 'record')}, {failed} failed")
    if failed:
        raise typer.Exit(1)
