"""`unified tenants`: those who share this installation, each behind a wall."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import print_json
from unified.cli.managing import all_tenants, print_table, with_services

if TYPE_CHECKING:
    from unified.service.services import Services

app = typer.Typer(help="Tenants: those who share this installation.", no_args_is_help=True)


async def add_tenant(services: "Services", name: str) -> tuple[str, str]:
    """Make a tenant and its first admin key; answers the id and the key."""
    from unified.service.audit_notes import note_tenant
    from unified.service.keys import NewKey, checked_name, create_key
    from unified.store import tenants
    from unified.vault.tokens import new_id

    tenant = await tenants.add(services.database, new_id("ten_"), name=checked_name(name))
    note_tenant(tenant.id)
    _, key = await create_key(services, tenant.id, NewKey(name="admin", role="admin"), maker=None)
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
