"""Pauses in the rows of keys, MCP servers and tenants; the MAC of the row covers them, so only the service ends one."""

from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.deliveries import Event, enqueue
from unified.store.engine.engine import Database
from unified.store.engine.tables import API_KEYS, MCP_SERVERS, TENANTS
from unified.store.integrity import guarded
from unified.text.parsing_times import Moment

Pausable = Literal["api_key", "mcp_server", "agents", "writes"]
"""One key, one MCP server, all agents of a tenant, or all writes to its accounts."""
_COLUMNS: dict[Pausable, sa.Column[Any]] = {
    "api_key": API_KEYS.c.paused,
    "mcp_server": MCP_SERVERS.c.paused,
    "agents": TENANTS.c.agents_paused,
    "writes": TENANTS.c.writes_paused,
}


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause as its row keeps it: when, by whom and why."""

    at: Moment
    """When it was paused (RFC 3339)."""
    by: str | None
    """The API key that paused it; null for the command line."""
    reason: str
    """Why: `runaway`, `misuse`, `compromised`, `maintenance` or `other`."""


def pause_of(kept: dict[str, Any] | None) -> Pause | None:
    """Return the pause that a row keeps; None for a row that is not paused."""
    return None if kept is None else msgspec.convert(kept, Pause)


async def set_pause(
    database: Database, kind: Pausable, tenant_id: str, row_id: str, pause: Pause | None, *, event: Event
) -> bool:
    """Pause a row, or resume it with None, and report the event; False when it is in that state, or not there.

    Args:
        database: the database.
        kind: what is paused.
        tenant_id: its tenant.
        row_id: the id of the key or server; that of the tenant for what concerns all of it.
        pause: what the row keeps.
        event: what webhooks are sent, in the same transaction.
    """
    column = _COLUMNS[kind]
    table = column.table
    state = column.is_(None) if pause is not None else column.is_not(None)
    own = table.c.id == tenant_id if table is TENANTS else sa.and_(table.c.tenant_id == tenant_id, table.c.id == row_id)
    usable = sa.true() if table is TENANTS else table.c.revoked_at.is_(None)
    values = {column.name: None if pause is None else msgspec.to_builtins(pause)}
    async with database.write() as connection:
        changed = await guarded.change(connection, table, sa.and_(own, usable, state), values)
        if changed:
            await enqueue(database, connection, tenant_id, event)
    return bool(changed)
