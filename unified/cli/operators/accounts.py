"""`unified accounts`: the accounts of a tenant."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from unified.cli.operators.credentials import (
    EXPECTED,
    ApiKey,
    BearerToken,
    ClientId,
    ClientSecret,
    Part,
    PartFile,
    Password,
    Settings,
    Username,
    credentials_of,
    with_type,
)
from unified.cli.operators.services import PAGE, TenantOption, every_row, tenant_of, with_services
from unified.cli.option_values import JsonOption, needed, pairs, read_body, required
from unified.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Connect, list, check and delete accounts.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
AccountId = Annotated[str, typer.Argument(help="Id of the account, such as acc_….")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    provider: Annotated[str | None, needed("Name of the provider, such as `hubspot`.")] = None,
    name: Annotated[str | None, needed("Display name of the account.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Your own id for the account.")] = None,
    token: BearerToken = None,
    key: ApiKey = None,
    username: Username = None,
    password: Password = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    part: Part = None,
    part_file: PartFile = None,
    setting: Settings = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Connect an account and print it as JSON, with its credentials masked."""
    from unified.service.accounts.accounts import NewAccount

    if body is not None:
        new_account = read_body(body, NewAccount)
    else:
        credentials = credentials_of(
            part=part,
            part_file=part_file,
            token=token,
            key=key,
            username=username,
            password=password,
            client_id=client_id,
            client_secret=client_secret,
        )
        new_account = NewAccount(
            provider=required(provider, "--provider"),
            name=required(name, "--name"),
            credentials=required(credentials, EXPECTED),
            external_id=external_id,
            settings=pairs(setting or [], "--setting"),
        )
    print_json(with_services(lambda services: _add(services, tenant, new_account), command="accounts add"))


async def _add(services: "Services", tenant: str | None, new_account: Any) -> Any:
    from unified.api.views.accounts import account_view
    from unified.service.accounts.accounts import create_account, known_provider

    credentials = with_type(known_provider(services, new_account.provider), new_account.credentials)
    new_account = msgspec.structs.replace(new_account, credentials=credentials)
    return account_view(await create_account(services, await tenant_of(services, tenant), new_account))


@app.command("list")
def list_(
    tenant: Tenant = None,
    provider: Annotated[str | None, typer.Option(help="Only accounts of this provider.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List a tenant's accounts."""
    from unified.api.views.accounts import account_view

    rows = with_services(lambda services: accounts_of(services, tenant, provider), command=None)
    if as_json:
        print_json({"data": [account_view(row) for row in rows]})
        return
    cells = [(row.id, row.provider, row.name, row.status, row.credentials_masked) for row in rows]
    empty = "No accounts yet. Connect one: unified accounts add --provider …"
    print_table(("id", "provider", "name", "status", "credentials"), cells, empty)


async def accounts_of(services: "Services", tenant: str | None, provider: str | None) -> list[Any]:
    """Return every account of a tenant."""
    from unified.service.accounts.accounts import list_accounts

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_accounts(services, tenant_id, provider=provider, limit=PAGE, cursor=cursor))


@app.command("check")
def check(account_id: AccountId, tenant: Tenant = None) -> None:
    """Ask the provider whether it still accepts the account; exit with 1 if not."""
    result = with_services(lambda services: _check(services, tenant, account_id), command="accounts check", target=account_id)
    typer.echo(result.detail, err=not result.ok)
    if not result.ok:
        raise typer.Exit(1)


async def _check(services: "Services", tenant: str | None, account_id: str) -> Any:
    from unified.service.accounts.checking import check_account

    return await check_account(services, await tenant_of(services, tenant), account_id)


@app.command("delete")
def delete(account_id: AccountId, tenant: Tenant = None) -> None:
    """Delete an account and its credentials."""
    with_services(lambda services: _delete(services, tenant, account_id), command="accounts delete", target=account_id)
    typer.echo(f"{account_id} deleted")


async def _delete(services: "Services", tenant: str | None, account_id: str) -> None:
    from unified.service.accounts.accounts import delete_account

    await delete_account(services, await tenant_of(services, tenant), account_id)
