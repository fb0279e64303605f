"""Whether a valid credential is let in now: the one place that every way in asks, and every write.

It reads rows that are cached anyway, so a credential without hours that is not paused costs nothing more. Every worker knows of
a change within `TTL_SECONDS` of the row cache.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from unified.errors.access import OutsideHours, Paused
from unified.service.access.use.use_limits import levels_of
from unified.service.access.use.windows import opens_at
from unified.service.runtime.services import Services
from unified.store.access_pauses import Pausable, Pause
from unified.store.api_keys import ApiKeyRow
from unified.store.mcp_servers import McpServerRow

NAMES: dict[Pausable, str] = {
    "api_key": "this API key is",
    "mcp_server": "this MCP server is",
    "agents": "all agents of this tenant are",
    "writes": "all writes to the accounts of this tenant are",
}
COMMAND = "the operator of this service"


def require_open(row: ApiKeyRow | McpServerRow, now: datetime) -> None:
    """Require that a key or an MCP server is not paused, and that it and every key above it may be used now.

    Raises:
        Paused: it is paused; the text says since when, by whom and why.
        OutsideHours: it may not; the text says when it may.
    """
    require_running(row)
    windows = [one.window for one in levels_of(row) if one.window is not None]
    if not windows:
        return
    opening = opens_at(windows, now)
    if opening != now:
        raise _outside(_kind(row), windows[0].time_zone, opening, now)


def _outside(kind: Pausable, zone: str, opening: datetime | None, now: datetime) -> OutsideHours:
    if opening is None:
        return OutsideHours(f"{NAMES[kind]} outside its hours, which never begin again; nothing was done")
    local = opening.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    wait = (opening - now).total_seconds()
    return OutsideHours(
        f"{NAMES[kind]} outside its hours; nothing was done. It may be used again from {local} ({zone})", retry_after=wait
    )


def _kind(row: ApiKeyRow | McpServerRow) -> Pausable:
    return "mcp_server" if isinstance(row, McpServerRow) else "api_key"


def require_running(row: ApiKeyRow | McpServerRow) -> None:
    """Require that a key or an MCP server is not paused, whatever the time.

    Raises:
        Paused: it is; the text says since when, by whom and why.
    """
    if row.paused is not None:
        raise _paused(_kind(row), row.paused)


async def require_agents(services: Services, tenant_id: str) -> None:
    """Require that the agents of a tenant are not paused. Raises Paused."""
    tenant = await services.rows.tenant(tenant_id)
    if tenant is not None and tenant.agents_paused is not None:
        raise _paused("agents", tenant.agents_paused)


async def require_writes(services: Services, tenant_id: str) -> None:
    """Require that the writes of a tenant are not paused. Raises Paused."""
    tenant = await services.rows.tenant(tenant_id)
    if tenant is not None and tenant.writes_paused is not None:
        raise _paused("writes", tenant.writes_paused)


def _paused(kind: Pausable, kept: dict[str, Any]) -> Paused:
    pause = msgspec.convert(kept, Pause)
    by = COMMAND if pause.by is None else f"the API key {pause.by}"
    return Paused(
        f"{NAMES[kind]} paused since {pause.at} by {by} (reason: {pause.reason}); nothing was done. "
        "Do not try again until it is resumed by someone who manages it"
    )
