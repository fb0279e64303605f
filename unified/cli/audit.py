"""`unified audit`: who did what, and whether the trail still holds."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import print_json
from unified.cli.managing import TenantOption, all_tenants, print_table, tenant_of, with_services
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    from unified.service.audit.verification import Verdict
    from unified.service.runtime.services import Services
    from unified.store.audit import AuditFilter
    from unified.store.audit_chain import AuditRow, Head
    from unified.store.pages import Page

app = typer.Typer(help="The audit trail: read it, check that it holds.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
HASH_BYTES = 32


@app.command("list")
def list_(
    *,
    tenant: Tenant = None,
    account_id: Annotated[str | None, typer.Option("--account", help="Only what used or changed this account.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this key did, or `cli`.")] = None,
    decision: Annotated[str | None, typer.Option(help="allowed or denied.")] = None,
    kind: Annotated[str | None, typer.Option(help="call, refusal or management.")] = None,
    server: Annotated[str | None, typer.Option(help="Only what agents did through this MCP server.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on, such as 2026-12-31T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="The next_cursor of the page before.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """List rows, newest first."""
    from unified.api.audit import filter_of, shown_row

    given = {"account_id": account_id, "actor": actor, "decision": decision, "kind": kind, "server": server}
    given |= {"since": since, "until": until}
    asked = filter_of({name: value for name, value in given.items() if value is not None})
    page = with_services(lambda services: _page(services, tenant, asked, limit, cursor), does=None)
    if as_json:
        print_json({"data": [shown_row(row) for row in page.items], "next_cursor": page.next_cursor})
        return
    columns = ("seq", "at", "actor", "what", "account", "decision", "reason", "status")
    print_table(columns, [_cells(row) for row in page.items], "no audit row matches")


async def _page(
    services: "Services", tenant: str | None, asked: "AuditFilter", limit: int, cursor: str | None
) -> "Page[AuditRow]":
    from unified.store import audit

    return await audit.list_page(services.database, await tenant_of(services, tenant), asked, limit=limit, cursor=cursor)


def _cells(row: "AuditRow") -> tuple[Any, ...]:
    at = row.created_at.strftime("%Y-%m-%d %H:%M:%S")
    what = " ".join(one for one in (row.tool, row.method, row.model, row.target) if one)
    return row.seq, at, row.actor, what, row.account_id, row.decision, row.reason, row.status


@app.command("head")
def head(tenant: Tenant = None) -> None:
    """Print `seq:hash` of the last row, to keep where nobody who can write to the database can write."""
    found = with_services(lambda services: _head(services, tenant), does=None)
    typer.echo(f"{found.seq}:{found.hash.hex()}")


async def _head(services: "Services", tenant: str | None) -> "Head":
    from unified.store import audit

    return await audit.head(services.database, await tenant_of(services, tenant))


@app.command("verify")
def verify(
    tenant: Tenant = None,
    anchor: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="What `unified audit head` printed earlier, for one tenant.")
    ] = None,
) -> None:
    """Check the chain of one tenant, or of all; 1 when one does not hold, naming the first bad row."""
    held = with_services(lambda services: _verify(services, tenant, _anchor(anchor)), does=None)
    if not held:
        raise typer.Exit(1)


def _anchor(text: str | None) -> "Head | None":
    from unified.store.audit_chain import Head

    if text is None:
        return None
    seq, _, digest = text.strip().partition(":")
    try:
        found = Head(seq=int(seq), hash=bytes.fromhex(digest))
    except ValueError:
        found = Head(seq=-1)
    if found.seq < 0 or len(found.hash) != HASH_BYTES:
        raise ConfigurationError("--anchor: expected SEQ:HASH as `unified audit head` prints it")
    return found


async def _verify(services: "Services", tenant: str | None, anchor: "Head | None") -> bool:
    from unified.service.audit.verification import verify_chain

    every_tenant = tenant is None and anchor is None
    ids = [one.id for one in await all_tenants(services)] if every_tenant else [await tenant_of(services, tenant)]
    if not ids:
        typer.echo("there is no tenant, and so no row")
    held = True
    for tenant_id in ids:
        verdict = await verify_chain(services.database, tenant_id, anchor=anchor, progress=partial(_tell, tenant_id))
        _say(tenant_id, verdict)
        held = held and verdict.fault is None
    return held


def _tell(tenant_id: str, rows: int) -> None:
    typer.echo(f"{tenant_id}: {rows} rows hold so far …", err=True)


def _say(tenant_id: str, verdict: "Verdict") -> None:
    if verdict.fault is None:
        typer.echo(f"{tenant_id}: all {verdict.rows} rows hold")
    else:
        typer.echo(f"{tenant_id}: {verdict.fault.what}. {verdict.fault.message}", err=True)
