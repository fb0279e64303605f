"""`unified check`: ask a provider whether it accepts credentials, with a real request."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.credentials import (
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
from unified.cli.environment import catalog_folder, settings
from unified.cli.option_values import pairs
from unified.cli.services import TenantOption, tenant_of, with_services
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.catalog.provider import Provider
    from unified.service.accounts.checking import CheckResult
    from unified.service.runtime.services import Services


def check(
    provider: Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")],
    *,
    account: Annotated[str | None, typer.Option(help="Id of a stored account to check, instead of credentials.")] = None,
    token: BearerToken = None,
    key: ApiKey = None,
    username: Username = None,
    password: Password = None,
    client_id: ClientId = None,
    client_secret: ClientSecret = None,
    part: Part = None,
    part_file: PartFile = None,
    setting: Settings = None,
    tenant: Annotated[str | None, TenantOption] = None,
) -> None:
    """Ask a provider whether it accepts credentials or a stored account; exit with 1 if not."""
    from unified.authoring.workspace import open_provider

    checked = open_provider(catalog_folder(), provider)
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
    if (account is None) == (credentials is None):
        raise ConfigurationError(f"expected either --account, or credentials: {EXPECTED}")
    if account is not None:
        result = with_services(
            lambda services: _check_stored(services, tenant, account, checked), command="check", target=account
        )
        typer.echo(result.detail, err=not result.ok)
        if not result.ok:
            raise typer.Exit(1)
    elif credentials is not None:
        asyncio.run(_check_credentials(checked, with_type(checked, credentials), pairs(setting or [], "--setting")))
        typer.echo(f"{checked.title} accepts these credentials")


async def _check_stored(services: "Services", tenant: str | None, account_id: str, provider: "Provider") -> "CheckResult":
    from unified.service.accounts.accounts import get_account
    from unified.service.accounts.checking import check_account

    tenant_id = await tenant_of(services, tenant)
    row = await get_account(services, tenant_id, account_id)
    if row.provider != provider.name:
        raise ConfigurationError(f"{account_id} is an account of {row.provider}, not of {provider.name}")
    return await check_account(services, tenant_id, account_id)


async def _check_credentials(provider: "Provider", credentials: dict[str, str], account_settings: dict[str, str]) -> None:
    from unified.service.accounts.assertions import check_entered
    from unified.service.accounts.check_request import check_request
    from unified.service.accounts.client_credentials import add_token
    from unified.transport.account_settings import check_settings
    from unified.transport.client import Client, ClientLimits
    from unified.transport.connection import Connection
    from unified.transport.egress.addresses import egress_of
    from unified.transport.oauth import TokenClient

    check_entered(provider, credentials)
    check_settings(provider, account_settings, credentials["type"], is_complete=False)
    chosen = settings()
    origin = chosen.provider_urls.get(provider.name)
    limits = ClientLimits(deadline=chosen.request_deadline, max_bytes=chosen.upstream_max_bytes)
    client = Client(limits, egress=egress_of(chosen))
    try:
        tokens = TokenClient(client, installation=chosen.provider_values.get)
        granted = await add_token(tokens, provider, account_settings, origin, credentials)
        connection = Connection(
            provider=provider,
            account_id="check",
            settings={**account_settings, **granted.settings},
            credentials_type=credentials["type"],
            open_credentials=lambda: granted.credentials,
            installation=chosen.provider_values.get(provider.name),
            origin=origin,
        )
        await client.send(check_request(provider), connection, safe=True)
    finally:
        await client.close()
