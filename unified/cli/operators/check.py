"""`unified check`: ask a provider whether it accepts credentials, with a real request."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder, settings
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
from unified.cli.operators.services import TenantOption, tenant_of, with_services
from unified.cli.option_values import pairs
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
    tier: Annotated[
        bool, typer.Option("--tier", help="Say what the files of the provider lack for the next tier; nothing is asked.")
    ] = False,
    tenant: Annotated[str | None, TenantOption] = None,
) -> None:
    """Ask a provider whether it accepts credentials or a stored account, or say what its next tier needs; exit 1 if not."""
    from unified.authoring.workspace import open_provider

    checked = open_provider(catalog_folder(), provider)
    if tier:
        _check_tier(checked.name)
        return
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
        import asyncio

        asyncio.run(_check_credentials(checked, with_type(checked, credentials), pairs(setting or [], "--setting")))
        typer.echo(f"{checked.title} accepts these credentials")


def _check_tier(provider: str) -> None:
    """Print the rules that keep a provider from the next tier; exit with 1 if there are any."""
    from unified.authoring.lint.tier_report import quality_of
    from unified.authoring.quality.tiers import missing_for_next

    tier, missing = missing_for_next(quality_of(catalog_folder(), provider))
    for rule, text in missing:
        typer.echo(f"{tier}: {rule.name}: {text}")
    typer.echo("Nothing is missing for gold." if not missing else f"docs/quality-scale/{tier}.md explains the rules", err=True)
    if missing:
        raise typer.Exit(1)


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
    from unified.transport.network.networks import network_of_settings
    from unified.transport.oauth import TokenClient

    check_entered(provider, credentials)
    check_settings(provider, account_settings, credentials["type"], is_complete=False)
    chosen = settings()
    origin = chosen.provider_urls.get(provider.name)
    limits = ClientLimits(deadline=chosen.request_deadline, max_bytes=chosen.upstream_max_bytes)
    network = network_of_settings(chosen, connections=limits.connections)
    client = Client(limits, egress=egress_of(chosen), network=network)
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
        await client.send(check_request(provider, connection.settings), connection, safe=True)
    finally:
        await client.close()
