"""`unified tenants`: those who share this installation, each behind a wall."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import print_json
from unified.cli.managing import TenantOption, all_tenants, print_table, tenant_of, with_services

if TYPE_CHECKING:
    from unified.api.tenant import TenantShown
    from unified.service.runtime.services import Services
    from unified.service.tenants import TenantPatch

app = typer.Typer(help="Tenants: those who share this installation.", no_args_is_help=True)


async def add_tenant(services: "Services", name: str) -> tuple[str, str]:
    """Make a tenant and its first admin key; answers the id and the key."""
    from unified.service.access.api_keys import create_key
    from unified.service.access.key_config import NewKey
    from unified.service.audit.request_context import record_tenant
    from unified.service.validation import checked_name
    from unified.store import tenants
    from unified.vault.tokens import new_id

    tenant = await tenants.add(services.database, new_id("ten_"), name=checked_name(name))
    record_tenant(tenant.id)
    _, key = await create_key(services, tenant.id, NewKey(name="admin", role="admin", scope="unlimited"), maker=None)
    return tenant.id, key


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What people call the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Make a tenant; prints its id and its first admin key, which is never shown again."""
    tenant_id, key = with_services(lambda services: add_tenant(services, name), does="tenants add")
    if as_json:
        print_json({"id": tenant_id, "admin_key": key})
    else:
        typer.echo(f"tenant     {tenant_id}\nadmin key  {key}\nThe key is shown only now.")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False) -> None:
    """List the tenants."""
    tenants = with_services(all_tenants, does=None)
    if as_json:
        print_json({"data": tenants})
        return
    rows = [(one.id, one.name, one.created_at.date()) for one in tenants]
    print_table(("id", "name", "created"), rows, "no tenant yet: unified tenants add NAME")


@app.command("set")
def set_(
    *,
    tenant: Annotated[str | None, TenantOption] = None,
    name: Annotated[str | None, typer.Option(help="What people call the tenant; end users see it.")] = None,
    return_origin: Annotated[
        list[str] | None,
        typer.Option(help="Where browsers may return after connecting, https://app.example.com; repeatable, replaces all."),
    ] = None,
) -> None:
    """Change a tenant and print it as JSON; what is not given stays."""
    from msgspec import UNSET

    from unified.service.tenants import TenantPatch

    origins = UNSET if return_origin is None else tuple(return_origin)
    asked = TenantPatch(name=UNSET if name is None else name, return_origins=origins)
    print_json(with_services(lambda services: _set(services, tenant, asked), does="tenants set"))


async def _set(services: "Services", tenant: str | None, asked: "TenantPatch") -> "TenantShown":
    from unified.api.tenant import shown_tenant
    from unified.service.tenants import update_tenant

    return shown_tenant(await update_tenant(services, await tenant_of(services, tenant), asked))
