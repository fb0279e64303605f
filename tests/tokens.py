"""API keys and MCP servers as rows, past the rules for making one."""

from unified.store import bearer_tokens
from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.mcp_servers import SERVERS, McpServerRow


async def add_key(database, tenant_id, key_id, *, digest, **values):
    """Add an API key; `values` are its other columns."""
    row = ApiKeyRow(id=key_id, tenant_id=tenant_id, created_at=database.clock(), **values)
    return await bearer_tokens.add(database, KEYS, row, digest)


async def add_server(database, tenant_id, server_id, *, digest, **values):
    """Add an MCP server; `values` are its other columns."""
    now = database.clock()
    row = McpServerRow(id=server_id, tenant_id=tenant_id, created_at=now, updated_at=now, **values)
    return await bearer_tokens.add(database, SERVERS, row, digest)
