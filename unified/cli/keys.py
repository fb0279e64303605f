"""`unified keys`: API keys of a tenant."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import print_json
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
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="API keys: made, listed, revoked. Master keys: new-master, rotate, give-up.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    name: Annotated[str | None, typer.Option(help="What the key is for.")] = None,
    role: Annotated[str, typer.Option(help="admin, app or approver.")] = "app",
    scope: Annotated[
        str | None, typer.Option(metavar="JSON|unlimited", help="What it may do; without it the key only reads.")
    ] = None,
    expires_at: Annotated[str | None, typer.Option(help="Such as 2026-12-31T00:00:00Z.")] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Make a key and print it as JSON; the key itself is never shown again."""
    from unified.service.access.key_config import NewKey

    asked = decoded(body, NewKey) if body is not None else _asked(name, role, scope, expires_at)
    print_json(with_services(lambda services: _add(services, tenant, asked), does="keys add"))


def _asked(name: str | None, role: str, scope: str | None, expires_at: str | None) -> Any:
    import msgspec

    from unified.service.access.key_config import NewKey

    if role not in {"admin", "app", "approver"}:
        raise ConfigurationError(f"--role: expected admin, app or approver, got '{role}'")
    try:
        read = scope if scope in {None, "unlimited"} else msgspec.json.decode(scope or "", type=dict[str, Any])
    except msgspec.MsgspecError:
        raise ConfigurationError('--scope: expected a JSON object such as {"methods": ["read"]}, or unlimited') from None
    return NewKey(name=required(name, "--name"), role=role, scope=read, expires_at=expires_at)  # type: ignore[arg-type]


async def _add(services: "Services", tenant: str | None, asked: Any) -> Any:
    from unified.api.management import made_key
    from unified.service.access.api_keys import create_key

    row, key = await create_key(services, await tenant_of(services, tenant), asked, maker=None)
    return made_key(row, key)


@app.command("list")
def list_(
    tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False
) -> None:
    """List a tenant's keys, without the keys themselves."""
    from unified.api.management import shown_key

    rows = with_services(lambda services: keys_of(services, tenant), does=None)
    if as_json:
        print_json({"data": [shown_key(row) for row in rows]})
        return
    shown = [(one.id, one.name, one.role, f"…{one.last4}", one.expires_at) for one in rows]
    print_table(("id", "name", "role", "key", "expires"), shown, "no key yet: unified keys add --name NAME")


async def keys_of(services: "Services", tenant: str | None) -> list[Any]:
    """Every key of a tenant."""
    from unified.service.access.api_keys import list_keys

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_keys(services, tenant_id, limit=PAGE, cursor=cursor, caller=None))


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="Such as key_….")],
    tenant: Tenant = None,
    descendants: Annotated[
        bool | None,
        typer.Option(
            "--descendants/--only-this", help="Whether all that the key made is revoked as well; see it first without."
        ),
    ] = None,
) -> None:
    """Make a key useless at once, alone or with all that it made."""
    if descendants is None:
        made = with_services(lambda services: _made(services, tenant, key_id), does=None)
        if made:
            print_table(
                ("kind", "id", "name", "made by"), [(one.kind, one.id, one.name, ", ".join(one.made_by)) for one in made], ""
            )
            raise ConfigurationError(
                "the key made what stands above, and that would go on working: say --descendants to revoke it as well, "
                "or --only-this"
            )
    every = bool(descendants)
    ended = with_services(lambda services: _revoke(services, tenant, key_id, every), does="keys revoke", target=key_id)
    for one in (key_id, *ended):
        typer.echo(f"{one} revoked")


async def _made(services: "Services", tenant: str | None, key_id: str) -> Any:
    from unified.errors import NotFound
    from unified.service.access.api_keys import list_descendants

    try:
        return await list_descendants(services, await tenant_of(services, tenant), key_id, caller=None)
    except NotFound:
        return ()  # revoking it says so, and leaves its row in the trail


async def _revoke(services: "Services", tenant: str | None, key_id: str, every: bool) -> list[str]:
    from unified.service.access.api_keys import revoke_key

    tenant_id = await tenant_of(services, tenant)
    return [one.id for one in await revoke_key(services, tenant_id, key_id, caller=None, descendants=every)]


@app.command("compromised")
def compromised(
    key_id: Annotated[str, typer.Argument(help="Such as key_….")],
    tenant: Tenant = None,
    end: Annotated[
        bool, typer.Option("--end", help="Revoke, disable or delete all of it; without it, it is only listed.")
    ] = False,
) -> None:
    """List everything that a compromised key touched; with --end, end all of it. See docs/incidents.md."""
    does = "keys compromised" if end else None
    found = with_services(lambda services: _compromised(services, tenant, key_id, end), does=does, target=key_id)
    rows = [(one.kind, one.id, one.name, one.end) for one in found]
    print_table(("kind", "id", "name", "ended" if end else "to do"), rows, "the key made and changed nothing that still works")
    typer.echo(f"{key_id} revoked" if end else "Nothing was changed. With --end the key is revoked, and so is all of this.")


async def _compromised(services: "Services", tenant: str | None, key_id: str, end: bool) -> Any:
    from unified.service.incidents import end_all, touched_by

    do = end_all if end else touched_by
    return await do(services, await tenant_of(services, tenant), key_id)
