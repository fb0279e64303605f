"""MCP servers as responses show them."""

import msgspec

from unified.api.views.times import time_text
from unified.parsing_times import Moment
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import ServerConfig
from unified.service.mcp_servers.servers import Tools
from unified.service.public_urls import public_base_url
from unified.settings.settings import Settings
from unified.store.mcp_servers import McpServerRow


class McpToolView(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that an MCP server offers."""

    name: str
    """The tool's name, such as `list_crm_contacts`."""
    method: str
    """The method that it calls."""
    model: str
    """The model, such as `crm.contacts`."""
    tags: tuple[str, ...]
    """The tags of the model."""


class McpServerView(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server without its token."""

    id: str
    """`mcp_…`"""
    name: str
    """For people; need not be unique."""
    account_ids: tuple[str, ...]
    """The accounts that its tools reach."""
    config: ServerConfig
    """The configuration as it was sent, with the values of omitted keys."""
    last4: str
    """The last characters of its token."""
    made_by: str | None
    """The API key that made it; null when it was made on the command line."""
    created_at: Moment
    """When it was made."""
    updated_at: Moment
    """When it was changed last."""
    expires_at: Moment
    """When it stops working."""
    last_used_at: Moment | None
    """When an agent last called it, give or take a minute; null for never."""


class McpServerWithTools(McpServerView, frozen=True, kw_only=True):
    """One MCP server with what it offers now, before the API key beside its token narrows it."""

    tools: tuple[McpToolView, ...]
    """What agents see."""


class McpServerCreated(McpServerWithTools, frozen=True, kw_only=True):
    """An MCP server with its token; only the responses to create and rotate hold it."""

    token: str
    """The secret of the URL. It cannot be shown again."""
    url: str
    """With the token in it; only its path when the service does not know its address."""


def server_view(row: McpServerRow) -> McpServerView:
    """Return an MCP server without its token."""
    return McpServerView(
        id=row.id,
        name=row.name,
        account_ids=servers.account_ids(row),
        config=msgspec.convert({**row.config, "require_api_token_auth": row.require_api_token_auth}, ServerConfig),
        last4=row.last4,
        made_by=row.made_by,
        created_at=time_text(row.created_at),
        updated_at=time_text(row.updated_at),
        expires_at=time_text(row.expires_at),
        last_used_at=time_text(row.last_used_at),
    )


def server_with_tools(row: McpServerRow, tools: Tools) -> McpServerWithTools:
    """Return an MCP server with its tools."""
    shown = tuple(McpToolView(name=one.name, method=one.method, model=one.model, tags=one.tags) for one in tools)
    return McpServerWithTools(tools=shown, **msgspec.structs.asdict(server_view(row)))


def server_created(row: McpServerRow, token: str, tools: Tools, settings: Settings) -> McpServerCreated:
    """Return an MCP server with its token and URL, which are shown once."""
    url = f"{public_base_url(settings) or ''}/mcp/{token}"
    return McpServerCreated(token=token, url=url, **msgspec.structs.asdict(server_with_tools(row, tools)))
