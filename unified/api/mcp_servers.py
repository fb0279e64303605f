"""Handlers of MCP servers as objects; the endpoint that their tokens open is no part of this."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, empty_answer, json_answer
from unified.api.lists import page_answer, page_limit, time_text
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import McpServerPatch, NewMcpServer
from unified.service.mcp_servers.servers import Tools
from unified.service.public_urls import public_base_url
from unified.settings import Settings
from unified.store.mcp_servers import McpServerRow


class McpToolShown(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that an MCP server offers."""

    name: str
    method: str
    model: str
    tags: tuple[str, ...]


class McpServerShown(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server as it may be seen after it was made."""

    id: str
    name: str
    account_ids: tuple[str, ...]
    config: dict[str, Any]
    """As it was given, with what stands for the keys that were left out."""
    last4: str
    """The last characters of its token."""
    made_by: str | None
    """The API key that made it; null when it was made on the command line."""
    created_at: str
    updated_at: str
    expires_at: str
    last_used_at: str | None


class McpServerWithTools(McpServerShown, frozen=True, kw_only=True):
    """One MCP server with what it offers now, before the API key beside its token narrows it."""

    tools: tuple[McpToolShown, ...]


class McpServerMade(McpServerWithTools, frozen=True, kw_only=True):
    """An MCP server with its token; only the answers to making and rotating hold it."""

    token: str
    url: str
    """With the token in it; only its path when the service does not know its address."""


def shown_server(row: McpServerRow) -> McpServerShown:
    """An MCP server without its token."""
    return McpServerShown(
        id=row.id,
        name=row.name,
        account_ids=servers.account_ids(row),
        config={**row.config, "require_api_token_auth": row.require_api_token_auth},
        last4=row.last4,
        made_by=row.made_by,
        created_at=time_text(row.created_at) or "",
        updated_at=time_text(row.updated_at) or "",
        expires_at=time_text(row.expires_at) or "",
        last_used_at=time_text(row.last_used_at),
    )


def server_with_tools(row: McpServerRow, tools: Tools) -> McpServerWithTools:
    """An MCP server with what it offers."""
    shown = tuple(McpToolShown(name=one.name, method=one.method, model=one.model, tags=one.tags) for one in tools)
    return McpServerWithTools(tools=shown, **msgspec.structs.asdict(shown_server(row)))


def made_server(row: McpServerRow, token: str, tools: Tools, settings: Settings) -> McpServerMade:
    """An MCP server with its token and URL, shown once."""
    url = f"{public_base_url(settings) or ''}/mcp/{token}"
    return McpServerMade(token=token, url=url, **msgspec.structs.asdict(server_with_tools(row, tools)))


async def create_server(context: Context) -> Response[Any]:
    """POST /mcp-servers."""
    caller = context.principal
    asked = await context.body(NewMcpServer)
    row, token, tools = await servers.create_server(context.services, caller.tenant_id, asked, maker=caller)
    made = made_server(row, token, tools, context.services.settings)
    return json_answer(made, status=201, headers={"Location": f"/mcp-servers/{row.id}"})


async def list_servers(context: Context) -> Response[Any]:
    """GET /mcp-servers."""
    asked, caller = context.parameters("limit", "cursor"), context.principal
    limit, cursor = page_limit(asked), asked.get("cursor")
    page = await servers.list_servers(context.services, caller.tenant_id, limit=limit, cursor=cursor, caller=caller)
    return page_answer(page, shown_server)


async def get_server(context: Context) -> Response[Any]:
    """GET /mcp-servers/{id}."""
    row = await servers.get_server(*_named(context), caller=context.principal)
    return await _answer(context, row)


async def update_server(context: Context) -> Response[Any]:
    """PATCH /mcp-servers/{id}."""
    asked = await context.body(McpServerPatch)
    row = await servers.update_server(*_named(context), asked, caller=context.principal)
    return await _answer(context, row)


async def _answer(context: Context, row: McpServerRow) -> Response[Any]:
    return json_answer(server_with_tools(row, await servers.tools_of(context.services, row)))


async def rotate_token(context: Context) -> Response[Any]:
    """POST /mcp-servers/{id}/rotate."""
    row, token = await servers.rotate_token(*_named(context), caller=context.principal)
    tools = await servers.tools_of(context.services, row)
    return json_answer(made_server(row, token, tools, context.services.settings))


async def revoke_server(context: Context) -> Response[Any]:
    """DELETE /mcp-servers/{id}."""
    await servers.revoke_server(*_named(context), caller=context.principal)
    return empty_answer()


def _named(context: Context) -> tuple[Any, str, str]:
    """The parts, the caller's tenant and the server that the path names."""
    return context.services, context.principal.tenant_id, context.path("id")
