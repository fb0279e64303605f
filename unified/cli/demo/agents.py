"""MCP servers of the demo: two for the support account, and the API key that they require."""

from typing import Any

import msgspec

from unified.cli.operators.services import PAGE, every_row
from unified.service.access import api_keys
from unified.service.access.key_config import NewKey
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import NewMcpServer, ServerConfig
from unified.service.public_urls import public_base_url
from unified.service.runtime.services import Services

AGENT_KEY = "demo agent"
TAG = "support"
CONFIGS = {
    "read_only": ServerConfig(methods=("read",), tags=(TAG,)),
    "approvals": ServerConfig(methods=("read", "write"), tags=(TAG,), writes="approve"),
}
"""Configs by the servers' names in the ready file; by default, both require an API key in addition to the token."""
TITLES = {"read_only": "reads only", "approvals": "writes wait for approval"}
FIRST_TOOL = "list_ticketing_tickets"
"""The preferred tool for the example call; without it, the first list tool."""


class DemoServer(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server of the demo."""

    url: str
    api_key: str
    tools: tuple[str, ...]

    @property
    def first_tool(self) -> str:
        """The tool for the example call."""
        return FIRST_TOOL if FIRST_TOOL in self.tools else max(self.tools, key=lambda one: one.startswith("list_"))


async def create_servers(services: Services, tenant_id: str, account_id: str) -> dict[str, DemoServer]:
    """Create servers for an account; returns them by their names in the ready file."""
    scope = {"accounts": [account_id], "methods": ["read", "write"], "tags": [TAG], "writes": "approve"}
    new_key = NewKey(name=AGENT_KEY, role="app", scope=scope)
    _, key = await api_keys.create_key(services, tenant_id, new_key, maker=None)
    return {name: await _create_server(services, tenant_id, account_id, name, key) for name in CONFIGS}


async def _create_server(services: Services, tenant_id: str, account_id: str, name: str, key: str) -> DemoServer:
    new_server = NewMcpServer(name=_server_name(name), account_ids=(account_id,), config=CONFIGS[name])
    _, token, tools = await servers.create_server(services, tenant_id, new_server, maker=None)
    url = f"{public_base_url(services.settings) or ''}/mcp/{token}"
    return DemoServer(url=url, api_key=key, tools=tuple(one.name for one in tools))


def _server_name(name: str) -> str:
    return f"demo: {TITLES[name]}"


async def revoke_servers(services: Services, tenant_id: str) -> None:
    """Revoke the servers of an earlier run."""

    async def page(cursor: str | None) -> Any:
        return await servers.list_servers(services, tenant_id, limit=PAGE, cursor=cursor, caller=None)

    for row in await every_row(page):
        if row.name in {_server_name(name) for name in CONFIGS}:
            await servers.revoke_server(services, tenant_id, row.id, caller=None)
