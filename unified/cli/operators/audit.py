"""`unified audit`: read the audit trail, and verify its hash chain."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators.services import TenantOption, all_tenants, tenant_of, with_services
from unified.cli.printing import print_json, print_table
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.service.audit.verification import Verdict
    from unified.service.runtime.services import Services
    from unified.store.audit import AuditFilter
    from unified.store.audit_chain import AuditRow, Head
    from unified.store.queries.pages import Page

app = typer.Typer(help="Read and verify the audit trail.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
HASH_BYTES = 32


@app.command("list")
def list_(
    *,
    tenant: Tenant = None,
    account_id: Annotated[str | None, typer.Option("--account", help="Only rows about this account.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only rows of this actor: the id of a key, or `cli`.")] = None,
    decision: Annotated[str | None, typer.Option(help="Only `allowed` or only `denied` rows.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only rows of this kind: `call`, `refusal` or `management`.")] = None,
    server: Annotated[str | None, typer.Option(help="Only rows of this MCP server.")] = None,
    request_id: Annotated[str | None, typer.Option("--request", help="Only rows of the request with this id.")] = None,
    since: Annotated[str | None, typer.Option(help="Only rows from this time on, such as 2026-12-31T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Only rows before this time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Maximum number of rows.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="The `next_cursor` of the previous page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List rows, newest first."""
    from unified.api.controllers.audit import audit_filter
    from unified.api.views.audit import audit_row_view

    filters = {"account_id": account_id, "actor": actor, "decision": decision, "kind": kind, "server": server}
    filters |= {"request_id": request_id, "since": since, "until": until}
    wanted = audit_filter(filters)
    page = with_services(lambda services: _page(services, tenant, wanted, limit, cursor), command=None)
    if as_json:
        print_json({"data": [audit_row_view(row) for row in page.items], "next_cursor": page.next_cursor})
        return
    columns = ("seq", "at", "actor", "what", "account", "decision", "reason", "status")
    print_table(columns, [_cells(row) for row in page.items], "No audit rows match.")


async def _page(
    services: "Services", tenant: str | None, audit_filter: "AuditFilter", limit: int, cursor: str | None
) -> "Page[AuditRow]":
    from unified.store import audit

    return await audit.list_page(services.database, await tenant_of(services, tenant), audit_filter, limit=limit, cursor=cursor)


def _cells(row: "AuditRow") -> tuple[Any, ...]:
    at = row.created_at.strftime("%Y-%m-%d %H:%M:%S")
    what = " ".join(one for one in (row.tool, row.method, row.model, row.target) if one)
    return row.seq, at, row.actor, what, row.account_id, row.decision, row.reason, row.status


@app.command("head")
def head(tenant: Tenant = None) -> None:
    """Print `seq:hash` of the last row. Store it where no one who can write to the database can change it."""
    last = with_services(lambda services: _head(services, tenant), command=None)
    typer.echo(f"{last.seq}:{last.hash.hex()}")


async def _head(services: "Services", tenant: str | None) -> "Head":
    from unified.store import audit

    return await audit.head(services.database, await tenant_of(services, tenant))


@app.command("verify")
def verify(
    tenant: Tenant = None,
    anchor: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="Earlier output of `unified audit head` for one tenant.")
    ] = None,
) -> None:
    """Verify the chain of one tenant or of all; exit with 1 when one is broken, naming the first bad row."""
    is_intact = with_services(lambda services: _verify(services, tenant, _anchor(anchor)), command=None)
    if not is_intact:
        raise typer.Exit(1)


def _anchor(text: str | None) -> "Head | None":
    from unified.store.audit_chain import Head

    if text is None:
        return None
    seq, _, digest = text.strip().partition(":")
    try:
        head = Head(seq=int(seq), hash=bytes.fromhex(digest))
    except ValueError:
        head = Head(seq=-1)
    if head.seq < 0 or len(head.hash) != HASH_BYTES:
        raise ConfigurationError("--anchor: expected SEQ:HASH, as printed by `unified audit head`")
    return head


async def _verify(services: "Services", tenant: str | None, anchor: "Head | None") -> bool:
    from unified.service.audit.verification import verify_chain

    every_tenant = tenant is None and anchor is None
    ids = [one.id for one in await all_tenants(services)] if every_tenant else [await tenant_of(services, tenant)]
    if not ids:
        typer.echo("No tenants yet, so there is nothing to verify.")
    is_intact = True
    for tenant_id in ids:
        verdict = await verify_chain(services.database, tenant_id, anchor=anchor, progress=partial(_print_progress, tenant_id))
        _print_verdict(tenant_id, verdict)
        is_intact = is_intact and verdict.fault is None
    return is_intact


def _print_progress(tenant_id: str, rows: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"{tenant_id}: {rows} rows intact so far …", err=True)


def _print_verdict(tenant_id: str, verdict: "Verdict") -> None:
    if verdict.fault is None:
        typer.echo(f"{tenant_id}: all {verdict.rows} rows are intact")
    else:
        typer.echo(f"{tenant_id}: {verdict.fault.what}. {verdict.fault.message}", err=True)
