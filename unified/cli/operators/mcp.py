"""`unified mcp`: the MCP servers of a tenant."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from unified.cli.operators import pauses, usage
from unified.cli.operators.services import PAGE, TenantOption, every_row, tenant_of, with_services
from unified.cli.option_values import JsonOption, needed, read_body, required
from unified.cli.printing import print_json, print_table
from unified.cli.record_conditions import Where, records_of
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Create, list, show, narrow, pause, try, rotate and revoke MCP servers.", no_args_is_help=True)
pauses.add_to_servers(app)
Tenant = Annotated[str | None, TenantOption]
ServerId = Annotated[str, typer.Argument(help="Id of the MCP server, such as mcp_….")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    name: Annotated[str | None, needed("What the server is used for.")] = None,
    account: Annotated[list[str] | None, needed("Id of an account that it offers; repeatable.")] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Allowed method or class of methods; `read` if omitted. Repeatable.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Offer only tools with this tag, such as `support`; repeatable.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Offer only this model, such as `ticketing.tickets`; repeatable.")
    ] = None,
    hide: Annotated[list[str] | None, typer.Option(help="Field to hide; repeatable.")] = None,
    where: Where = None,
    writes: Annotated[str | None, typer.Option(help="`deny`, `approve` or `direct`; `deny` if omitted.")] = None,
    write_rule: Annotated[
        list[str] | None,
        typer.Option(
            help="How some writes go, as METHOD[:MODEL]=POLICY, such as `delete=deny` or `create:ticketing.comments=direct`; "
            "`any` is every method. The first that fits decides. Repeatable.",
            metavar="RULE",
        ),
    ] = None,
    token_only: Annotated[
        bool, typer.Option("--token-only", help="Do not require an API key in addition to the token.")
    ] = False,
    reconnect: Annotated[
        str | None,
        typer.Option(
            help="`link` gives agents a connect link for a person if an account has to be connected again; or `error`."
        ),
    ] = None,
    expires_at: Annotated[
        str | None, typer.Option(help="Expiry time, such as 2026-12-31T00:00:00Z; one day from now if omitted.")
    ] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Create an MCP server and print it as JSON. Its token is shown only once."""
    from unified.service.mcp_servers.config import NewMcpServer

    config: dict[str, Any] = {"methods": method, "tags": tag, "models": model, "writes": writes, "reconnect": reconnect}
    config |= {"write_rules": [_rule(one) for one in write_rule or ()]}
    config |= {"records": records_of(where) if where else None}
    config |= {"fields": {"hide": hide} if hide else None, "require_api_token_auth": False if token_only else None}
    new_server = read_body(body, NewMcpServer) if body is not None else _new_server(name, account, config, expires_at)
    print_json(with_services(lambda services: _add(services, tenant, new_server), command="mcp add"))


def _rule(text: str) -> dict[str, Any]:
    """Return one rule for writes as the API takes it."""
    subject, equals, policy = text.rpartition("=")
    method, _, model = subject.partition(":")
    if not (equals and method and policy):
        raise ConfigurationError(f"--write-rule {text}: expected METHOD=POLICY or METHOD:MODEL=POLICY, such as `delete=deny`")
    rule: dict[str, Any] = {"writes": policy}
    rule |= {} if method == "any" else {"methods": [method]}
    return rule | ({"models": [model]} if model else {})


def _new_server(name: str | None, account: list[str] | None, config: dict[str, Any], expires_at: str | None) -> Any:
    import msgspec

    from unified.service.mcp_servers.config import NewMcpServer
    from unified.service.validation import validation_error

    body = {"name": required(name, "--name"), "account_ids": required(account or None, "--account")}
    body |= {"config": {key: value for key, value in config.items() if value not in (None, [])}}
    body |= {} if expires_at is None else {"expires_at": expires_at}
    try:
        return msgspec.convert(body, NewMcpServer)
    except msgspec.ValidationError as problem:
        raise validation_error(NewMcpServer, problem, what="options") from None


async def _add(services: "Services", tenant: str | None, new_server: Any) -> Any:
    from unified.api.views.mcp_servers import server_created
    from unified.service.mcp_servers.servers import create_server

    row, token, tools = await create_server(services, await tenant_of(services, tenant), new_server, maker=None)
    return server_created(row, token, tools, services.settings)


@app.command("list")
def list_(tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List a tenant's MCP servers, without their tokens."""
    from unified.api.views.mcp_servers import server_view

    rows = [server_view(row) for row in with_services(lambda services: _servers(services, tenant), command=None)]
    if as_json:
        print_json({"data": rows})
        return
    cells = [(row.id, row.name, len(row.account_ids), f"…{row.last4}", row.expires_at) for row in rows]
    empty = "No MCP servers yet. Create one: unified mcp add --name NAME --account acc_…"
    print_table(("id", "name", "accounts", "token", "expires"), cells, empty)


async def _servers(services: "Services", tenant: str | None) -> list[Any]:
    from unified.service.mcp_servers.servers import list_servers

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_servers(services, tenant_id, limit=PAGE, cursor=cursor, caller=None))


@app.command("show")
def show(server_id: ServerId, tenant: Tenant = None) -> None:
    """Print an MCP server with its tools as JSON, without its token."""
    print_json(with_services(lambda services: _show(services, tenant, server_id), command=None))


async def _show(services: "Services", tenant: str | None, server_id: str) -> Any:
    from unified.api.views.mcp_servers import server_with_tools
    from unified.service.mcp_servers.servers import get_server, tools_of

    row = await get_server(services, await tenant_of(services, tenant), server_id, caller=None)
    return server_with_tools(row, await tools_of(services, row))


app.command("usage")(usage.show_server_usage)
app.command("what-if")(usage.try_server_scope)
app.command("narrow")(usage.narrow)


@app.command("rotate")
def rotate(server_id: ServerId, tenant: Tenant = None) -> None:
    """Replace the token of an MCP server and print it as JSON; the old token stops working immediately."""
    print_json(with_services(lambda services: _rotate(services, tenant, server_id), command="mcp rotate", target=server_id))


async def _rotate(services: "Services", tenant: str | None, server_id: str) -> Any:
    from unified.api.views.mcp_servers import server_created
    from unified.service.mcp_servers.servers import rotate_token, tools_of

    row, token = await rotate_token(services, await tenant_of(services, tenant), server_id, caller=None)
    return server_created(row, token, await tools_of(services, row), services.settings)


@app.command("revoke")
def revoke(server_id: ServerId, tenant: Tenant = None) -> None:
    """Revoke an MCP server immediately."""
    with_services(lambda services: _revoke(services, tenant, server_id), command="mcp revoke", target=server_id)
    typer.echo(f"{server_id} revoked")


async def _revoke(services: "Services", tenant: str | None, server_id: str) -> None:
    from unified.service.mcp_servers.servers import revoke_server

    await revoke_server(services, await tenant_of(services, tenant), server_id, caller=None)


@app.command("try")
def try_(
    url: Annotated[str, typer.Argument(help="URL of the server with its token: …/mcp/um_….", metavar="URL")],
    tool: Annotated[str | None, typer.Argument(help="Tool to call; list the tools if omitted.")] = None,
    arguments: Annotated[str, typer.Argument(help="Arguments of the tool, as a JSON object.", metavar="ARGUMENTS")] = "{}",
    key: Annotated[str | None, typer.Option(help="API key, if the server requires one.")] = None,
) -> None:
    """Connect to an MCP server with the official client, list its tools, or call one and print its result."""
    import asyncio

    outcome = asyncio.run(_try(url, key, tool, _object(arguments)))
    lines = [f"{name}  {_first_sentence(text)}" for name, text in outcome.tools.items()]
    typer.echo("\n".join(lines), err=tool is not None)
    if tool is not None:
        print_json(outcome.result)
        raise typer.Exit(1 if outcome.is_error else 0)


def _object(text: str) -> dict[str, Any]:
    import msgspec

    from unified.text.json_text import decode_json

    try:
        return cast("dict[str, Any]", decode_json(text, dict[str, Any]))
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"ARGUMENTS: expected a JSON object such as '{{\"limit\": 3}}': {problem}") from None


async def _try(url: str, key: str | None, tool: str | None, arguments: dict[str, Any]) -> Any:
    import httpx2

    from unified.mcp.client import try_server
    from unified.telemetry.http_libraries import unlogged

    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    with unlogged():  # the URL may hold the server's token
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            return await try_server(url, http, tool, arguments)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".")
