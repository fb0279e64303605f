"""`unified oauth-apps`: a tenant's own OAuth apps at providers."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import print_json
from unified.cli.managing import JsonOption, TenantOption, decoded, print_table, required, tenant_of, with_services

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="OAuth apps: as whom consent is asked for.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
ProviderName = Annotated[str, typer.Argument(help="Such as `hubspot`.")]


@app.command("set")
def set_(
    provider: ProviderName,
    *,
    tenant: Tenant = None,
    client_id: Annotated[str | None, typer.Option(help="As the provider gave it.")] = None,
    client_secret: Annotated[
        str | None, typer.Option(help="As the provider gave it; asked for without the option, so that no shell keeps it.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope to ask for, in place of the provider file's; repeatable.")
    ] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Set the OAuth app for a provider and print it as JSON; id and secret are sealed and shown masked only."""
    from unified.service.accounts.oauth_apps import NewApp

    if body is not None:
        asked = decoded(body, NewApp)
    else:
        known = required(client_id, "--client-id")
        secret = client_secret if client_secret is not None else typer.prompt("Client secret", hide_input=True, err=True)
        asked = NewApp(client_id=known, client_secret=secret, scopes=tuple(scope) if scope else None)
    print_json(with_services(lambda services: _set(services, tenant, provider, asked), does="oauth-apps set"))


async def _set(services: "Services", tenant: str | None, provider: str, asked: Any) -> Any:
    from unified.api.oauth_apps import shown_app
    from unified.service.accounts.oauth_apps import set_app

    return shown_app(services, await set_app(services, await tenant_of(services, tenant), provider, asked), None)


@app.command("list")
def list_(
    tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False
) -> None:
    """List a tenant's own OAuth apps, with the address to register at the provider."""
    apps = with_services(lambda services: _list(services, tenant), does=None)
    if as_json:
        print_json({"data": apps})
        return
    rows = [(one.provider, one.client_id, one.status, " ".join(one.scopes or ()), one.redirect_uri) for one in apps]
    print_table(
        ("provider", "client id", "status", "scopes", "redirect URI"), rows, "no OAuth app yet: unified oauth-apps set PROVIDER"
    )


async def _list(services: "Services", tenant: str | None) -> list[Any]:
    from unified.api.oauth_apps import every_app

    return await every_app(services, await tenant_of(services, tenant))


@app.command("delete")
def delete(provider: ProviderName, tenant: Tenant = None) -> None:
    """Delete a tenant's own OAuth app; its accounts are refreshed as the installation's app from then on."""
    with_services(lambda services: _delete(services, tenant, provider), does="oauth-apps delete")
    typer.echo(f"OAuth app for {provider} deleted")


async def _delete(services: "Services", tenant: str | None, provider: str) -> None:
    from unified.service.accounts.oauth_apps import delete_app

    await delete_app(services, await tenant_of(services, tenant), provider)
