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
    from unified.service.services import Services

app = typer.Typer(help="API keys: made, listed, revoked. Master keys: new-master, rotate, give-up.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    name: Annotated[str | None, typer.Option(help="What the key is for.")] = None,
    role: Annotated[str, typer.Option(help="admin, app or approver.")] = "app",
    scope: Annotated[str | None, typer.Option(metavar="JSON", help="What the key may do; without it, everything.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Such as 2026-12-31T00:00:00Z.")] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Make a key and print it as JSON; the key itself is never shown again."""
    from unified.service.keys import NewKey

    asked = decoded(body, NewKey) if body is not None else _asked(name, role, scope, expires_at)
    print_json(with_services(lambda services: _add(services, tenant, asked), does="keys add"))


def _asked(name: str | None, role: str, scope: str | None, expires_at: str | None) -> Any:
    import msgspec

    from unified.service.keys import NewKey

    if role not in {"admin", "app", "approver"}:
        raise ConfigurationError(f"--role: expected admin, app or approver, got '{role}'")
    try:
        read = None if scope is None else msgspec.json.decode(scope, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise ConfigurationError('--scope: expected a JSON object such as {"methods": ["read"]}') from None
    return NewKey(name=required(name, "--name"), role=role, scope=read, expires_at=expires_at)  # type: ignore[arg-type]


async def _add(services: "Services", tenant: str | None, asked: Any) -> Any:
    from unified.api.management import made_key
    from unified.service.keys import create_key

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
    from unified.service.keys import list_keys

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_keys(services, tenant_id, limit=PAGE, cursor=cursor))


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="Such as key_….")], tenant: Tenant = None) -> None:
    """Make a key useless at once."""
    with_services(lambda services: _revoke(services, tenant, key_id), does="keys revoke", target=key_id)
    typer.echo(f"{key_id} revoked")


async def _revoke(services: "Services", tenant: str | None, key_id: str) -> None:
    from unified.service.keys import revoke_key

    await revoke_key(services, await tenant_of(services, tenant), key_id)
