"""`unified accounts`: a tenant's connections to providers."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.credentials import ApiKey, BearerToken, Password, Settings, Username, credentials_of
from unified.cli.environment import pairs, print_json
from unified.cli.managing import (
    PAGE,
    JsonOption,
    TenantOption,
    decoded,
    every_row,
    print_table,
    required,
    tenant_of,
    with_services,
)

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Accounts: connections to providers.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
AccountId = Annotated[str, typer.Argument(help="Such as acc_….")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    provider: Annotated[str | None, typer.Option(help="Such as `hubspot`.")] = None,
    name: Annotated[str | None, typer.Option(help="What people call the account.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Your own id of it.")] = None,
    token: BearerToken = None,
    key: ApiKey = None,
    username: Username = None,
    password: Password = None,
    setting: Settings = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Connect an account and print it as JSON; credentials are sealed and shown masked only."""
    from unified.service.accounts.accounts import NewAccount

    if body is not None:
        asked = decoded(body, NewAccount)
    else:
        asked = NewAccount(
            provider=required(provider, "--provider"),
            name=required(name, "--name"),
            credentials=required(credentials_of(token, key, username, password), "--token, --key or --username"),
            external_id=external_id,
            settings=pairs(setting or [], "--setting"),
        )
    print_json(with_services(lambda services: _add(services, tenant, asked), does="accounts add"))


async def _add(services: "Services", tenant: str | None, asked: Any) -> Any:
    from unified.api.management import shown_account
    from unified.service.accounts.accounts import create_account

    return shown_account(await create_account(services, await tenant_of(services, tenant), asked))


@app.command("list")
def list_(
    tenant: Tenant = None,
    provider: Annotated[str | None, typer.Option(help="Only those of a provider.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """List a tenant's accounts."""
    from unified.api.management import shown_account

    rows = with_services(lambda services: accounts_of(services, tenant, provider), does=None)
    if as_json:
        print_json({"data": [shown_account(row) for row in rows]})
        return
    shown = [(one.id, one.provider, one.name, one.status, one.credentials_masked) for one in rows]
    print_table(("id", "provider", "name", "status", "credentials"), shown, "no account yet: unified accounts add --provider …")


async def accounts_of(services: "Services", tenant: str | None, provider: str | None) -> list[Any]:
    """Every account of a tenant."""
    from unified.service.accounts.accounts import list_accounts

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_accounts(services, tenant_id, provider=provider, limit=PAGE, cursor=cursor))


@app.command("check")
def check(account_id: AccountId, tenant: Tenant = None) -> None:
    """Ask the provider whether it accepts the account."""
    result = with_services(lambda services: _check(services, tenant, account_id), does="accounts check", target=account_id)
    typer.echo(result.detail, err=not result.ok)
    if not result.ok:
        raise typer.Exit(1)


async def _check(services: "Services", tenant: str | None, account_id: str) -> Any:
    from unified.service.accounts.accounts import check_account

    return await check_account(services, await tenant_of(services, tenant), account_id)


@app.command("delete")
def delete(account_id: AccountId, tenant: Tenant = None) -> None:
    """Delete an account with its credentials."""
    with_services(lambda services: _delete(services, tenant, account_id), does="accounts delete", target=account_id)
    typer.echo(f"{account_id} deleted")


async def _delete(services: "Services", tenant: str | None, account_id: str) -> None:
    from unified.service.accounts.accounts import delete_account

    await delete_account(services, await tenant_of(services, tenant), account_id)
