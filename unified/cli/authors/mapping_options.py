"""Command line options for what is asked of a mapping: conditions, body, id, settings and results of `before` calls."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.option_values import pairs, read_json
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.transform.embedded_mapping import EmbeddedMapping

Conditions = Annotated[
    list[str] | None,
    typer.Argument(metavar="CONDITION", help="Part of the common query, such as `filter[status]=open` or `limit=10`."),
]
Query = Annotated[
    list[str] | None,
    typer.Option("--query", help="What the request asked for, such as `filter[ticket_id]=7`; repeatable."),
]
RecordId = Annotated[str | None, typer.Option("--id", help="Id of the record, as callers write it.")]
Setting = Annotated[list[str] | None, typer.Option("--setting", help="Account setting as name=value; repeatable.")]
Before = Annotated[
    list[str] | None,
    typer.Option("--before", help="Result of a call of `before`, `per_page` or `per_record` as name=FILE.json; repeatable."),
]

Call = Annotated[
    str | None, typer.Option("--call", help="Name of the list call that returned the body, where list calls have names.")
]


def mapped_with(
    mapping: "EmbeddedMapping",
    *,
    query: list[str] | None,
    record_id: str | None,
    setting: list[str] | None,
    before: list[str] | None,
    call: str | None,
) -> dict[str, Any]:
    """Return what a body is mapped with, as arguments of `EmbeddedMapping.read`."""
    given = conditions_of(query, "--query")
    parts = {} if record_id is None else mapping.compiled.id_values(record_id)
    known = {"account": account_of(setting), "before": before_of(before), "call": call}
    return {"query": {**common_query(mapping, given), **parts}, **known}


def common_query(mapping: "EmbeddedMapping", given: dict[str, Any]) -> dict[str, Any]:
    """Return conditions as expressions see them in `$query`; names of fields are parts of an id or of a body.

    Raises:
        ValidationFailed: a condition is not understood.
    """
    from unified.transform.queries.query_reading import query_from_object

    model = mapping.compiled.model
    plain = {name: value for name, value in given.items() if any(field.name == name for field in model.fields)}
    conditions = {name: value for name, value in given.items() if name not in plain}
    return {**query_from_object(conditions, model).root(), **plain}


def account_of(setting: list[str] | None) -> dict[str, Any]:
    """Return what expressions see as `$account`."""
    return {"settings": pairs(setting or [], "--setting")}


def before_of(before: list[str] | None) -> dict[str, Any]:
    """Return the results of `before` calls by name, read from their files."""
    return {name: read_json(file) for name, file in pairs(before or [], "--before").items()}


def conditions_of(texts: list[str] | None, option: str) -> dict[str, Any]:
    """Return `filter[status]=open` and the like as a dictionary.

    Raises:
        ConfigurationError: one has another form.
    """
    return dict(pairs(texts or [], option))


def body_of(file: str) -> dict[str, Any]:
    """Return a common body from a file.

    Raises:
        ConfigurationError: the file cannot be read, or holds something else than an object.
    """
    body = read_json(file)
    if not isinstance(body, dict):
        raise ConfigurationError(f"--body: expected an object with common fields in {file}")
    return body
