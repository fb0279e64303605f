"""MCP servers as rows, and their changes; `unified.store.bearer_tokens` finds, lists and revokes them."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from unified.errors.writes import Conflict
from unified.store import bearer_tokens
from unified.store.bearer_tokens import TokenKind
from unified.store.engine.engine import Database
from unified.store.engine.tables import MCP_SERVERS
from unified.store.integrity import guarded


class McpServerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One MCP server, without the digest of its token."""

    id: str
    tenant_id: str
    name: str
    config: dict[str, Any]
    """The configuration as entered, for people to read and change."""
    scope: dict[str, Any]
    """The limits of its token: the configuration, filled in from the scope of the key that created it."""
    limits: dict[str, Any] | None
    """The scope of the key that created it, which no change may exceed; None when nothing limits it."""
    made_by: str | None
    """The id of that key; None when it was created on the command line."""
    taken_by: list[str] | None = None
    """The ids of other keys that changed the server or took a new token for it; they count as its creators too."""
    require_api_token_auth: bool
    """Whether an API key must be sent with the token."""
    last4: str
    version: int = 1
    """Grows by one with each change, for callers that must not overwrite a newer state."""
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    paused: dict[str, Any] | None = None
    """When, by whom and why it was paused, as `unified.store.access_pauses` wrote it; None while it works."""
    use_limits: list[dict[str, Any]] | None = None
    """Its own limits of use and those of every key above it (`unified.service.access.use.use_limits`); None without any."""


class McpServerChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is."""

    name: str | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    scope: dict[str, Any] | UnsetType = UNSET
    require_api_token_auth: bool | UnsetType = UNSET
    expires_at: datetime | UnsetType = UNSET
    taken_by: list[str] | UnsetType = UNSET
    use_limits: list[dict[str, Any]] | UnsetType | None = UNSET


SERVERS = TokenKind(table=MCP_SERVERS, row=McpServerRow)


async def update(
    database: Database, tenant_id: str, server_id: str, changes: McpServerChanges, *, version: int
) -> McpServerRow | None:
    """Write the changes to the server at that version and return the new row; None when unknown, revoked or another tenant's.

    Raises:
        Conflict: Someone else changed the server since it was read.
    """
    fields = {name: getattr(changes, name) for name in changes.__struct_fields__}
    values = {name: value for name, value in fields.items() if value is not UNSET}
    return await _write(database, tenant_id, server_id, values, version)


async def rotate(
    database: Database,
    tenant_id: str,
    server_id: str,
    *,
    digest: bytes,
    last4: str,
    taken_by: list[str] | None = None,
    version: int,
) -> McpServerRow | None:
    """Replace the server's token and return the new row; None when unknown, revoked or another tenant's.

    Raises:
        Conflict: Someone else changed the server since it was read.
    """
    return await _write(database, tenant_id, server_id, {"digest": digest, "last4": last4, "taken_by": taken_by}, version)


async def _write(
    database: Database, tenant_id: str, server_id: str, values: dict[str, Any], version: int
) -> McpServerRow | None:
    counted = {**values, "version": MCP_SERVERS.c.version + 1, "updated_at": database.clock()}
    mine = bearer_tokens.own(SERVERS, tenant_id, server_id)
    async with database.write() as connection:
        rows = await guarded.update(connection, MCP_SERVERS, mine & (MCP_SERVERS.c.version == version), counted, McpServerRow)
        if rows:
            return rows[0]
        newer = await guarded.fetch_one(connection, sa.select(MCP_SERVERS).where(mine), MCP_SERVERS, McpServerRow)
    if newer is None:
        return None
    raise Conflict(
        f"The MCP server {server_id} was changed by someone else: expected version {version}, found {newer.version}. "
        "Read it again and repeat the change."
    )
