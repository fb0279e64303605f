"""MCP servers as responses show them."""

from typing import Any

import msgspec

from unified.api.views.lists import view_of
from unified.api.views.use import use_view
from unified.service.access.use.use_limits import UseLimits
from unified.service.access.use.windows import Window
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import ServerConfig
from unified.service.mcp_servers.servers import Tools
from unified.service.public_urls import public_base_url
from unified.settings.settings import Settings
from unified.store.access_pauses import Pause
from unified.store.mcp_servers import McpServerRow
from unified.text.parsing_times import Moment


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
    paused: Pause | None
    """When, by whom and why it was paused; null while it works."""
    limits: UseLimits
    """How much it may do by its own limits; those of the keys above it hold too."""
    window: Window | None
    """When it may be used by its own hours; null for always."""


class McpServerWithTools(McpServerView, frozen=True, kw_only=True):
    """One MCP server with its present tools, before the API key sent with its token narrows them."""

    tools: tuple[McpToolView, ...]
    """The tools that agents see."""


class McpServerCreated(McpServerWithTools, frozen=True, kw_only=True):
    """An MCP server with its token; only the responses to create and rotate hold it."""

    token: str
    """The secret of the URL. It cannot be shown again."""
    url: str
    """With the token in it; only its path when the service does not know its address."""


def server_view(row: McpServerRow) -> McpServerView:
    """Return an MCP server without its token."""
    return view_of(McpServerView, row, **_configured(row))


def server_with_tools(row: McpServerRow, tools: Tools) -> McpServerWithTools:
    """Return an MCP server with its tools."""
    return view_of(McpServerWithTools, row, tools=_tools(tools), **_configured(row))


def server_created(row: McpServerRow, token: str, tools: Tools, settings: Settings) -> McpServerCreated:
    """Return an MCP server with its token and URL, which are shown once."""
    url = f"{public_base_url(settings) or ''}/mcp/{token}"
    return view_of(McpServerCreated, row, token=token, url=url, tools=_tools(tools), **_configured(row))


def _configured(row: McpServerRow) -> dict[str, Any]:
    config = msgspec.convert({**row.config, "require_api_token_auth": row.require_api_token_auth}, ServerConfig)
    return {"account_ids": servers.account_ids(row), "config": config, **use_view(row)}


def _tools(tools: Tools) -> tuple[McpToolView, ...]:
    return tuple(McpToolView(name=one.name, method=one.method, model=one.model, tags=one.tags) for one in tools)
