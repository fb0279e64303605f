"""`unified keys`: the API keys of a tenant, and the master keys."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators import pauses, usage
from unified.cli.operators.services import PAGE, TenantOption, every_row, tenant_of, with_services
from unified.cli.option_values import JsonOption, needed, read_body, required
from unified.cli.printing import print_json, print_table
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(
    help="Create, list, pause and revoke API keys. Replace master keys: new-master, rotate, give-up.", no_args_is_help=True
)
pauses.add_to_keys(app)
Tenant = Annotated[str | None, TenantOption]


app.command("usage")(usage.show_key_usage)
app.command("what-if")(usage.try_key_scope)


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    name: Annotated[str | None, needed("What the key is used for.")] = None,
    role: Annotated[str, typer.Option(help="`admin`, `app` or `approver`.")] = "app",
    scope: Annotated[
        str | None, typer.Option(metavar="JSON|unlimited", help="What the key may do; read-only if omitted.")
    ] = None,
    expires_at: Annotated[
        str | None, typer.Option(help="Expiry time, such as 2026-12-31T00:00:00Z, or `never`; 90 days from now if omitted.")
    ] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Create an API key and print it as JSON. The key itself is shown only once."""
    from unified.service.access.key_config import NewKey

    new_key = read_body(body, NewKey) if body is not None else _new_key(name, role, scope, expires_at)
    print_json(with_services(lambda services: _add(services, tenant, new_key), command="keys add"))


def _new_key(name: str | None, role: str, scope: str | None, expires_at: str | None) -> Any:
    import msgspec

    from unified.service.access.key_config import NewKey
    from unified.text.json_text import decode_json

    if role not in {"admin", "app", "approver"}:
        raise ConfigurationError(f"--role: expected admin, app or approver, got '{role}'")
    try:
        parsed = scope if scope in {None, "unlimited"} else decode_json(scope or "", dict[str, Any])
    except msgspec.MsgspecError:
        raise ConfigurationError('--scope: expected a JSON object such as {"methods": ["read"]}, or `unlimited`') from None
    end = msgspec.UNSET if expires_at is None else None if expires_at == "never" else expires_at
    return NewKey(name=required(name, "--name"), role=role, scope=parsed, expires_at=end)  # type: ignore[arg-type]


async def _add(services: "Services", tenant: str | None, new_key: Any) -> Any:
    from unified.api.views.api_keys import key_created
    from unified.service.access.api_keys import create_key

    row, key = await create_key(services, await tenant_of(services, tenant), new_key, maker=None)
    return key_created(row, key)


@app.command("list")
def list_(tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List a tenant's API keys, without the keys themselves."""
    from unified.api.views.api_keys import key_view

    rows = with_services(lambda services: keys_of(services, tenant), command=None)
    if as_json:
        print_json({"data": [key_view(row) for row in rows]})
        return
    cells = [(row.id, row.name, row.role, f"…{row.last4}", row.expires_at) for row in rows]
    print_table(("id", "name", "role", "key", "expires"), cells, "No API keys yet. Create one: unified keys add --name NAME")


async def keys_of(services: "Services", tenant: str | None) -> list[Any]:
    """Return every API key of a tenant."""
    from unified.service.access.api_keys import list_keys

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_keys(services, tenant_id, limit=PAGE, cursor=cursor, caller=None))


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the API key, such as key_….")],
    tenant: Tenant = None,
    descendants: Annotated[
        bool | None,
        typer.Option(
            "--descendants/--only-this",
            help="Also revoke everything that the key created, or keep it. Required if the key created anything.",
        ),
    ] = None,
) -> None:
    """Revoke an API key immediately, alone or together with everything that it created."""
    if descendants is None:
        created = with_services(lambda services: _created_by(services, tenant, key_id), command=None)
        if created:
            print_table(
                ("kind", "id", "name", "made by"), [(one.kind, one.id, one.name, ", ".join(one.made_by)) for one in created], ""
            )
            raise ConfigurationError(
                "this key created the items above, which would keep working. Choose --descendants to revoke them as well, "
                "or --only-this"
            )
    with_descendants = bool(descendants)
    revoked = with_services(
        lambda services: _revoke(services, tenant, key_id, with_descendants), command="keys revoke", target=key_id
    )
    for one in (key_id, *revoked):
        typer.echo(f"{one} revoked")


async def _created_by(services: "Services", tenant: str | None, key_id: str) -> Any:
    from unified.errors.requests import NotFound
    from unified.service.access.api_keys import list_descendants

    try:
        return await list_descendants(services, await tenant_of(services, tenant), key_id, caller=None)
    except NotFound:
        return ()  # revoking it reports the error and records it in the audit trail


async def _revoke(services: "Services", tenant: str | None, key_id: str, with_descendants: bool) -> list[str]:
    from unified.service.access.api_keys import revoke_key

    tenant_id = await tenant_of(services, tenant)
    return [one.id for one in await revoke_key(services, tenant_id, key_id, caller=None, descendants=with_descendants)]


@app.command("compromised")
def compromised(
    key_id: Annotated[str, typer.Argument(help="Id of the API key, such as key_….")],
    tenant: Tenant = None,
    end: Annotated[
        bool, typer.Option("--end", help="Revoke, disable or delete everything listed; only list it if omitted.")
    ] = False,
) -> None:
    """List everything that a compromised API key created or changed; with --end, end all of it. See docs/incidents.md."""
    command = "keys compromised" if end else None
    touched = with_services(lambda services: _compromised(services, tenant, key_id, end), command=command, target=key_id)
    rows = [(one.kind, one.id, one.name, one.end) for one in touched]
    print_table(
        ("kind", "id", "name", "ended" if end else "to do"), rows, "The key created or changed nothing that is still in use."
    )
    typer.echo(
        f"{key_id} revoked" if end else "Read-only: nothing was changed. Use --end to revoke the key and end everything listed."
    )


async def _compromised(services: "Services", tenant: str | None, key_id: str, end: bool) -> Any:
    from unified.service.incidents import end_all, touched_by

    action = end_all if end else touched_by
    return await action(services, await tenant_of(services, tenant), key_id)
