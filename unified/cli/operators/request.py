"""`unified request`: print the requests that a query or a body becomes; nothing is sent."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.authors.mapping_options import (
    Before,
    Conditions,
    RecordId,
    Setting,
    account_of,
    before_of,
    body_of,
    conditions_of,
)
from unified.cli.environment import catalog_folder
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.authoring.golden.built_requests import Asked, BuiltRequest
    from unified.transform.mapping import Mapping

READING = frozenset({"list", "get", "delete", "fields"})
"""Methods that take conditions; the others take a body."""


def request(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
    method: Annotated[
        str, typer.Argument(help="`list`, `get`, `create`, `update`, `upsert`, `delete`, `fields`, or a custom one.")
    ],
    conditions: Conditions = None,
    *,
    body: Annotated[str | None, typer.Option(help="Common body of a write, as FILE.json; `-` reads standard input.")] = None,
    record_id: RecordId = None,
    by: Annotated[str | None, typer.Option(help="External key of an upsert, such as `email`.")] = None,
    position: Annotated[str | None, typer.Option(help="Position of a list's page; the first one if omitted.")] = None,
    parent: Annotated[str | None, typer.Option(help="Id of one parent, of a list over `parents`.")] = None,
    setting: Setting = None,
    before: Before = None,
) -> None:
    """Print the requests of a query or a body as the provider receives them, those of `after` included; send nothing."""
    from unified.authoring.golden.built_requests import Asked
    from unified.authoring.workspace import open_mapping

    mapping = open_mapping(catalog_folder(), provider, model).compiled
    if body is not None and (conditions or method in READING):
        raise ConfigurationError(f"--body: {method} takes conditions" if method in READING else "expected conditions or --body")
    given = body_of(body) if body is not None else conditions_of(conditions, "condition")
    asked = Asked(
        method=method,
        id=record_id,
        by=by,
        given=given,
        account=account_of(setting),
        before=before_of(before),
        position=position,
        parent=parent,
    )
    _print(mapping, asked)


def _print(mapping: "Mapping", asked: "Asked") -> None:
    """Print what must be read first, the requests, and what follows them."""
    from unified.authoring.golden.built_requests import build_requests, following, missing_reads, tested_here

    for one in missing_reads(mapping, asked):
        name = one.operation.place[-1]
        typer.echo(f"First, for `${name}` (give its result with --before {name}=FILE.json):")
        typer.echo(f"{_text(one)}\n")
    requests = build_requests(mapping, asked)
    if not requests:
        typer.echo(f"{asked.method} of {mapping.model.id} sends nothing for this body.", err=True)
        return
    typer.echo("\n\n".join(map(_text, requests)))
    for sentence in following(mapping, asked):
        typer.echo(f"\n{sentence}")
    if here := tested_here(mapping, asked):
        typer.echo(f"\nTested here, on the mapped records: {', '.join(here)}")


def _text(built: "BuiltRequest") -> str:
    from unified.authoring.golden.request_text import request_lines

    return "\n".join(request_lines(built.request))
