"""`unified oauth-apps`: the OAuth apps of a tenant."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators.services import TenantOption, tenant_of, with_services
from unified.cli.option_values import JsonOption, needed, read_body, required
from unified.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Set, list and delete a tenant's OAuth apps at providers.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
ProviderName = Annotated[str, typer.Argument(help="Name of the provider, such as `hubspot`.")]


@app.command("set")
def set_(
    provider: ProviderName,
    *,
    tenant: Tenant = None,
    client_id: Annotated[str | None, needed("Client id from the provider.")] = None,
    client_secret: Annotated[
        str | None,
        typer.Option(
            help="Client secret from the provider. Omit it to be prompted, so that it does not end up in the shell history."
        ),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Scope to request, instead of those in the provider file; repeatable.")
    ] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Set the OAuth app for a provider and print it as JSON, with id and secret masked."""
    from unified.service.accounts.oauth_apps import NewApp

    if body is not None:
        new_app = read_body(body, NewApp)
    else:
        app_id = required(client_id, "--client-id")
        secret = client_secret if client_secret is not None else typer.prompt("Client secret", hide_input=True, err=True)
        new_app = NewApp(client_id=app_id, client_secret=secret, scopes=tuple(scope) if scope else None)
    print_json(with_services(lambda services: _set(services, tenant, provider, new_app), command="oauth-apps set"))


async def _set(services: "Services", tenant: str | None, provider: str, new_app: Any) -> Any:
    from unified.api.views.oauth_apps import app_view
    from unified.service.accounts.oauth_apps import set_app

    return app_view(services, await set_app(services, await tenant_of(services, tenant), provider, new_app), None)


@app.command("list")
def list_(tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List a tenant's OAuth apps with the redirect URI to register at the provider."""
    apps = with_services(lambda services: _list(services, tenant), command=None)
    if as_json:
        print_json({"data": apps})
        return
    rows = [(one.provider, one.client_id, one.status, " ".join(one.scopes or ()), one.redirect_uri) for one in apps]
    print_table(
        ("provider", "client id", "status", "scopes", "redirect URI"),
        rows,
        "No OAuth apps yet. Set one: unified oauth-apps set PROVIDER",
    )


async def _list(services: "Services", tenant: str | None) -> list[Any]:
    from unified.api.views.oauth_apps import every_app

    return await every_app(services, await tenant_of(services, tenant))


@app.command("delete")
def delete(provider: ProviderName, tenant: Tenant = None) -> None:
    """Delete a tenant's OAuth app; its accounts then use the OAuth app of the installation."""
    with_services(lambda services: _delete(services, tenant, provider), command="oauth-apps delete")
    typer.echo(f"OAuth app for {provider} deleted")


async def _delete(services: "Services", tenant: str | None, provider: str) -> None:
    from unified.service.accounts.oauth_apps import delete_app

    await delete_app(services, await tenant_of(services, tenant), provider)
