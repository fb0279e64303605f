"""Shows the pause, limits and hours of keys and MCP servers: whether, how much and when they may be used."""

from typing import Any

from unified.service.access.use.use_limits import levels_of, own_level
from unified.store.access_pauses import pause_of
from unified.store.api_keys import ApiKeyRow
from unified.store.mcp_servers import McpServerRow


def use_view(row: ApiKeyRow | McpServerRow) -> dict[str, Any]:
    """Return `paused`, `limits` and `window` of a row, its own without those of the keys above it."""
    own = own_level(levels_of(row), row.id)
    return {"paused": pause_of(row.paused), "limits": own.limits, "window": own.window}
