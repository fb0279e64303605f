"""`unified tenants`: the tenants of this installation."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators import pauses, tenant_states
from unified.cli.operators.services import TenantOption, all_tenants, tenant_of, with_services
from unified.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from unified.api.views.tenant import TenantView
    from unified.service.runtime.services import Services
    from unified.service.tenants import TenantPatch
    from unified.store.tenants import TenantRow

app = typer.Typer(help="Create, list, change, pause, suspend, export and delete tenants.", no_args_is_help=True)


async def add_tenant(services: "Services", name: str) -> tuple[str, str, str | None]:
    """Create a tenant and its first admin key; returns the id, the key, and when it expires."""
    from unified.service.access.api_keys import create_key
    from unified.service.access.key_config import NewKey
    from unified.service.validation import checked_name
    from unified.store import tenants
    from unified.telemetry.recording import record_tenant
    from unified.text.formatting_times import time_text
    from unified.vault.tokens import new_id

    tenant = await tenants.add(services.database, new_id("ten_"), name=checked_name(name))
    record_tenant(tenant.id)
    row, key = await create_key(services, tenant.id, NewKey(name="admin", role="admin", scope="unlimited"), maker=None)
    return tenant.id, key, None if row.expires_at is None else time_text(row.expires_at)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Name of the tenant; end users see it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create a tenant, and print its id and first admin key. The key is shown only once."""
    same, tenant_id, key, expires_at = with_services(lambda services: _add(services, name), command="tenants add")
    if same:
        shown = ", ".join(same)
        typer.echo(f"warning: {shown} has this name too: name both by their ids, or rename one: unified tenants set", err=True)
    if as_json:
        print_json({"id": tenant_id, "admin_key": key, "expires_at": expires_at})
    else:
        typer.echo(f"tenant     {tenant_id}\nadmin key  {key}\nexpires    {expires_at or 'never'}")
        typer.echo("Store the key now: it is shown only once.")


async def _add(services: "Services", name: str) -> tuple[list[str], str, str, str | None]:
    """Create a tenant; returns also the ids of those that have its name."""
    same = [one.id for one in await all_tenants(services) if one.name == name.strip()]
    return same, *await add_tenant(services, name)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    deleted: Annotated[bool, typer.Option("--deleted", help="List the tenants that were deleted.")] = False,
) -> None:
    """List the tenants."""
    tenants: list[Any] = with_services(_deleted if deleted else all_tenants, command=None)
    if as_json:
        print_json({"data": tenants})
    elif deleted:
        rows = [(one.id, _shown(one.deleted_at), sum(one.rows.values())) for one in tenants]
        print_table(("id", "deleted", "rows"), rows, "No tenant was deleted.")
    else:
        columns = ("id", "name", "created", "suspended")
        print_table(columns, [_cells(one) for one in tenants], "No tenants yet. Create one: unified tenants add NAME")


async def _deleted(services: "Services") -> list[Any]:
    from unified.store.maintenance.erasure import list_deleted

    return list(await list_deleted(services.database))


def _cells(tenant: "TenantRow") -> tuple[Any, ...]:
    suspended = None if tenant.suspended_at is None else _shown(tenant.suspended_at)
    return tenant.id, tenant.name, tenant.created_at.date(), suspended


def _shown(moment: "datetime") -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


@app.command("set")
def set_(
    *,
    tenant: Annotated[str | None, TenantOption] = None,
    name: Annotated[str | None, typer.Option(help="New name of the tenant; end users see it.")] = None,
    return_origin: Annotated[
        list[str] | None,
        typer.Option(help="Origin to return to after connecting, such as https://app.example.com; repeatable, replaces all."),
    ] = None,
) -> None:
    """Change a tenant and print it as JSON; omitted options keep their values."""
    from msgspec import UNSET

    from unified.service.tenants import TenantPatch

    origins = UNSET if return_origin is None else tuple(return_origin)
    patch = TenantPatch(name=UNSET if name is None else name, return_origins=origins)
    print_json(with_services(lambda services: _set(services, tenant, patch), command="tenants set"))


async def _set(services: "Services", tenant: str | None, patch: "TenantPatch") -> "TenantView":
    from unified.api.views.tenant import tenant_view
    from unified.service.tenants import update_tenant

    return tenant_view(await update_tenant(services, await tenant_of(services, tenant), patch))


tenant_states.add_to(app)
pauses.add_to_tenants(app)
