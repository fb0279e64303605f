"""`unified mcp usage|what-if|narrow` and `unified keys usage|what-if`: what is used of a scope, and narrowing it to that."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators.services import TenantOption, tenant_of, with_services
from unified.cli.option_values import JsonOption, read_body
from unified.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from unified.service.runtime.services import Services
    from unified.service.usage.report import Credential, Usage, UsedOperation

Tenant = Annotated[str | None, TenantOption]
ServerId = Annotated[str, typer.Argument(help="Id of the MCP server, such as mcp_….")]
KeyId = Annotated[str, typer.Argument(help="Id of the API key, such as key_….")]
Since = Annotated[str | None, typer.Option(help="Begin of the period, such as 2026-11-01T00:00:00Z; 30 days ago if omitted.")]
PERIODS = {"minute": "this minute", "hour": "this hour", "day": "this day", "total": "in all"}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WhatIfBody = Annotated[str, JsonOption]


def show_server_usage(server_id: ServerId, tenant: Tenant = None, since: Since = None, as_json: AsJson = False) -> None:
    """Show what an MCP server used of its scope, what it never used, and the narrowest scope for its calls."""
    _print(
        with_services(lambda services: _usage(services, tenant, server_id, since, is_server=True), command=None),
        as_json=as_json,
    )


def show_key_usage(key_id: KeyId, tenant: Tenant = None, since: Since = None, as_json: AsJson = False) -> None:
    """Show what an API key used of its scope, what it never used, and the narrowest scope for its calls."""
    _print(
        with_services(lambda services: _usage(services, tenant, key_id, since, is_server=False), command=None), as_json=as_json
    )


async def _credential(services: "Services", tenant_id: str, credential_id: str, *, is_server: bool) -> "Credential":
    from unified.service.usage.narrowing import find_key, find_server

    find = find_server if is_server else find_key
    return await find(services, tenant_id, credential_id, caller=None)


async def _usage(
    services: "Services", tenant: str | None, credential_id: str, since: str | None, *, is_server: bool
) -> "Usage":
    from unified.service.usage.report import period_start, report_usage

    credential = await _credential(services, await tenant_of(services, tenant), credential_id, is_server=is_server)
    return await report_usage(services, credential, period_start(services, since), caller=None)


def _print(usage: "Usage", *, as_json: bool) -> None:
    from unified.api.views.usage import usage_view

    view = usage_view(usage)
    if as_json:
        print_json(view)
        return
    columns = ("count", "model", "method", "tool", "account", "reason", "fields", "last")
    rows = [_cells(one) for one in (*view.calls, *view.refusals, *view.changes)]
    print_table(columns, rows, f"Nothing was recorded since {view.since}.")
    for name in ("accounts", "models", "methods", "fields"):
        words = getattr(view.unused, name)
        if words:
            typer.echo(f"never used: {name} {', '.join(words)}")
    for one in view.remaining:
        until = "" if one.until is None else f", until {one.until}"
        typer.echo(
            f"left: {one.left:,} of {one.quota:,} {one.limit} ({PERIODS[one.period]}{until}), by the limit of {one.owner}"
        )
    if view.proposal is None:
        typer.echo(f"no proposal: {view.note}")
    else:
        typer.echo("proposed scope:" if view.proposal.is_narrower else "The scope is as narrow as its use:")
        print_json(view.proposal.scope)


def _cells(one: "Any | UsedOperation") -> tuple[Any, ...]:
    fields = None if one.fields is None else ",".join(one.fields)
    return (one.count, one.model, one.method, one.tool, one.account_id, one.reason, fields, one.last)


def try_server_scope(server_id: ServerId, body: WhatIfBody, tenant: Tenant = None) -> None:
    """Print what would have become of an MCP server's recorded calls under another scope or policy."""
    _print_trial(server_id, body, tenant, is_server=True)


def try_key_scope(key_id: KeyId, body: WhatIfBody, tenant: Tenant = None) -> None:
    """Print what would have become of an API key's recorded calls under another scope or policy."""
    _print_trial(key_id, body, tenant, is_server=False)


def _print_trial(credential_id: str, body: str, tenant: str | None, *, is_server: bool) -> None:
    from unified.api.views.usage import what_if_view
    from unified.service.usage.what_if import WhatIf, try_scope

    asked = read_body(body, WhatIf)

    async def trial(services: "Services") -> Any:
        credential = await _credential(services, await tenant_of(services, tenant), credential_id, is_server=is_server)
        return await try_scope(services, credential, asked, caller=None)

    print_json(what_if_view(with_services(trial, command=None)))


def narrow(server_id: ServerId, tenant: Tenant = None, since: Since = None) -> None:
    """Give an MCP server the narrowest scope for its recorded calls, and print it as JSON. `usage` shows the scope first."""
    print_json(
        with_services(lambda services: _narrow(services, tenant, server_id, since), command="mcp narrow", target=server_id)
    )


async def _narrow(services: "Services", tenant: str | None, server_id: str, since: str | None) -> Any:
    from unified.api.views.mcp_servers import server_with_tools
    from unified.service.mcp_servers.servers import tools_of
    from unified.service.usage.narrowing import narrow_server

    row, _ = await narrow_server(services, await tenant_of(services, tenant), server_id, since=since, caller=None)
    return server_with_tools(row, await tools_of(services, row))
