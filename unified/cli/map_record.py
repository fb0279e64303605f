"""`unified map`: convert a provider's response to records of the common model."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import Annotated

import typer

from unified.cli.environment import catalog_folder, pairs, print_json, read_json


def map_record(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Common model, such as `crm.contacts`.")],
    body: Annotated[str, typer.Argument(metavar="BODY.json", help="Response of the provider; `-` reads standard input.")],
    *,
    operation: Annotated[
        str, typer.Option(help="`list` for a page; `get`, `create`, `update` or `record` for one object.")
    ] = "list",
    setting: Annotated[list[str] | None, typer.Option(help="Account setting as name=value; repeatable.")] = None,
    call: Annotated[str | None, typer.Option(help="Name of the list call that returned the body, if calls have names.")] = None,
) -> None:
    """Map a provider's response and print the records as JSON, as the API returns them."""
    from unified.authoring.workspace import open_mapping

    account = {"settings": pairs(setting or [], "--setting")}
    mapping = open_mapping(catalog_folder(), provider, model)
    print_json(mapping.read(read_json(body), operation, account=account, call=call))
