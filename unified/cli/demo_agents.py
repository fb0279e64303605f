"""What agents get in the demo: two MCP servers for the support account, with an API key to show beside their tokens."""

from typing import Any

import msgspec

from unified.cli.managing import PAGE, every_row
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
"""The servers, as the ready file calls them; both ask for an API key beside the token, which is the default."""
TITLES = {"read_only": "reads only", "approvals": "writes wait for approval"}
FIRST_TOOL = "list_ticketing_tickets"
"""The tool to call first, where it is offered; else the first one that lists."""


class DemoServer(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server of the demo."""

    url: str
    api_key: str
    tools: tuple[str, ...]

    @property
    def first_tool(self) -> str:
        """The tool to call first."""
        return FIRST_TOOL if FIRST_TOOL in self.tools else max(self.tools, key=lambda one: one.startswith("list_"))


async def made_servers(services: Services, tenant_id: str, account_id: str) -> dict[str, DemoServer]:
    """Fresh servers for an account, by the names of the ready file."""
    scope = {"accounts": [account_id], "methods": ["read", "write"], "tags": [TAG], "writes": "approve"}
    asked = NewKey(name=AGENT_KEY, role="app", scope=scope)
    _, key = await api_keys.create_key(services, tenant_id, asked, maker=None)
    return {name: await _made(services, tenant_id, account_id, name, key) for name in CONFIGS}


async def _made(services: Services, tenant_id: str, account_id: str, name: str, key: str) -> DemoServer:
    asked = NewMcpServer(name=_named(name), account_ids=(account_id,), config=CONFIGS[name])
    _, token, tools = await servers.create_server(services, tenant_id, asked, maker=None)
    url = f"{public_base_url(services.settings) or ''}/mcp/{token}"
    return DemoServer(url=url, api_key=key, tools=tuple(one.name for one in tools))


def _named(name: str) -> str:
    return f"demo: {TITLES[name]}"


async def revoke_servers(services: Services, tenant_id: str) -> None:
    """End the servers of an earlier run."""

    async def page(cursor: str | None) -> Any:
        return await servers.list_servers(services, tenant_id, limit=PAGE, cursor=cursor, caller=None)

    for row in await every_row(page):
        if row.name in {_named(name) for name in CONFIGS}:
            await servers.revoke_server(services, tenant_id, row.id, caller=None)
