"""`unified mcp`: MCP servers of a tenant, each with a token for an agent."""

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

app = typer.Typer(help="MCP servers for agents: make, list, show, try, rotate, revoke.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
ServerId = Annotated[str, typer.Argument(help="Such as mcp_….")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    name: Annotated[str | None, typer.Option(help="What the server is for.")] = None,
    account: Annotated[list[str] | None, typer.Option(help="An account it is for; give it once for each.")] = None,
    method: Annotated[list[str] | None, typer.Option(help="A method or class of them; read without it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag that its tools have one of, such as support.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model, such as ticketing.tickets; all without it.")] = None,
    hide: Annotated[list[str] | None, typer.Option(help="A field that it must not see.")] = None,
    writes: Annotated[str | None, typer.Option(help="deny, approve or direct; deny without it.")] = None,
    token_only: Annotated[bool, typer.Option("--token-only", help="Ask for no API key beside the token.")] = False,
    expires_at: Annotated[str | None, typer.Option(help="Such as 2026-12-31T00:00:00Z; a day without it.")] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Make an MCP server and print it as JSON; its token is never shown again."""
    from unified.service.mcp_servers.config import NewMcpServer

    config: dict[str, Any] = {"methods": method, "tags": tag, "models": model, "writes": writes}
    config |= {"fields": {"hide": hide} if hide else None, "require_api_token_auth": False if token_only else None}
    asked = decoded(body, NewMcpServer) if body is not None else _asked(name, account, config, expires_at)
    print_json(with_services(lambda services: _add(services, tenant, asked), does="mcp add"))


def _asked(name: str | None, account: list[str] | None, config: dict[str, Any], expires_at: str | None) -> Any:
    import msgspec

    from unified.service.mcp_servers.config import NewMcpServer
    from unified.service.validation import validation_error

    given = {"name": required(name, "--name"), "account_ids": required(account or None, "--account")}
    given |= {"config": {key: value for key, value in config.items() if value not in (None, [])}}
    given |= {} if expires_at is None else {"expires_at": expires_at}
    try:
        return msgspec.convert(given, NewMcpServer)
    except msgspec.ValidationError as problem:
        raise validation_error(NewMcpServer, problem, what="options") from None


async def _add(services: "Services", tenant: str | None, asked: Any) -> Any:
    from unified.api.mcp_servers import made_server
    from unified.service.mcp_servers.servers import create_server

    row, token, tools = await create_server(services, await tenant_of(services, tenant), asked, maker=None)
    return made_server(row, token, tools, services.settings)


@app.command("list")
def list_(
    tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False
) -> None:
    """List a tenant's MCP servers, without their tokens."""
    from unified.api.mcp_servers import shown_server

    rows = [shown_server(row) for row in with_services(lambda services: _servers(services, tenant), does=None)]
    if as_json:
        print_json({"data": rows})
        return
    shown = [(one.id, one.name, len(one.account_ids), f"…{one.last4}", one.expires_at) for one in rows]
    empty = "no MCP server yet: unified mcp add --name NAME --account acc_…"
    print_table(("id", "name", "accounts", "token", "expires"), shown, empty)


async def _servers(services: "Services", tenant: str | None) -> list[Any]:
    from unified.service.mcp_servers.servers import list_servers

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_servers(services, tenant_id, limit=PAGE, cursor=cursor, caller=None))


@app.command("show")
def show(server_id: ServerId, tenant: Tenant = None) -> None:
    """Print one MCP server as JSON with its tools, without its token."""
    print_json(with_services(lambda services: _show(services, tenant, server_id), does=None))


async def _show(services: "Services", tenant: str | None, server_id: str) -> Any:
    from unified.api.mcp_servers import server_with_tools
    from unified.service.mcp_servers.servers import get_server, tools_of

    row = await get_server(services, await tenant_of(services, tenant), server_id, caller=None)
    return server_with_tools(row, await tools_of(services, row))


@app.command("rotate")
def rotate(server_id: ServerId, tenant: Tenant = None) -> None:
    """Give an MCP server another token and print it as JSON; the old one is dead at once."""
    print_json(with_services(lambda services: _rotate(services, tenant, server_id), does="mcp rotate", target=server_id))


async def _rotate(services: "Services", tenant: str | None, server_id: str) -> Any:
    from unified.api.mcp_servers import made_server
    from unified.service.mcp_servers.servers import rotate_token, tools_of

    row, token = await rotate_token(services, await tenant_of(services, tenant), server_id, caller=None)
    return made_server(row, token, await tools_of(services, row), services.settings)


@app.command("revoke")
def revoke(server_id: ServerId, tenant: Tenant = None) -> None:
    """Make an MCP server's token useless at once."""
    with_services(lambda services: _revoke(services, tenant, server_id), does="mcp revoke", target=server_id)
    typer.echo(f"{server_id} revoked")


async def _revoke(services: "Services", tenant: str | None, server_id: str) -> None:
    from unified.service.mcp_servers.servers import revoke_server

    await revoke_server(services, await tenant_of(services, tenant), server_id, caller=None)


@app.command("try")
def try_(
    url: Annotated[str, typer.Argument(help="The server's, with its token: …/mcp/um_….", metavar="URL")],
    tool: Annotated[str | None, typer.Argument(help="A tool to call; without one they are listed.")] = None,
    arguments: Annotated[str, typer.Argument(help="Its arguments, as JSON.", metavar="ARGUMENTS")] = "{}",
    key: Annotated[str | None, typer.Option(help="The API key to show beside the token.")] = None,
) -> None:
    """Call an MCP server with the official client: list its tools, or call one and print its result."""
    import asyncio

    found = asyncio.run(_tried(url, key, tool, _object(arguments)))
    lines = [f"{name}  {_first_sentence(text)}" for name, text in found.tools.items()]
    typer.echo("\n".join(lines), err=tool is not None)
    if tool is not None:
        print_json(found.result)
        raise typer.Exit(1 if found.is_error else 0)


def _object(text: str) -> dict[str, Any]:
    import msgspec

    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as problem:
        raise ConfigurationError(f"ARGUMENTS: expected a JSON object such as '{{\"limit\": 3}}': {problem}") from None


async def _tried(url: str, key: str | None, tool: str | None, arguments: dict[str, Any]) -> Any:
    import httpx2

    from unified.mcp.client import try_server

    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        return await try_server(url, http, tool, arguments)


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".")
