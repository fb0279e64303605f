"""`unified map`: a provider's body in, records of the common model out."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import Annotated

import typer

from unified.cli.environment import catalog_folder, pairs, print_json, read_json


def map_record(
    provider: Annotated[str, typer.Argument(help="Such as `hubspot`.")],
    model: Annotated[str, typer.Argument(help="Such as `crm.contacts`.")],
    body: Annotated[str, typer.Argument(metavar="BODY.json", help="The provider's answer; `-` reads standard input.")],
    *,
    operation: Annotated[str, typer.Option(help="list for a page; get, create, update or record for one object.")] = "list",
    setting: Annotated[list[str] | None, typer.Option(help="A setting of the account, name=value.")] = None,
    call: Annotated[str | None, typer.Option(help="The list call that brought the body, where calls have names.")] = None,
) -> None:
    """Map a provider's answer and print the records as JSON, as the API would give them."""
    from unified.authoring.workspace import open_mapping

    account = {"settings": pairs(setting or [], "--setting")}
    mapping = open_mapping(catalog_folder(), provider, model)
    print_json(mapping.read(read_json(body), operation, account=account, call=call))
