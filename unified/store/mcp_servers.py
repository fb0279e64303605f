"""MCP servers, with the digests of their tokens, which cannot be used to call.

The queries themselves leave out expired and revoked servers, so no caller can forget to check.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.errors.writes import Conflict
from unified.store import guarded
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, IsSeen, Page, fetch_page
from unified.store.tables import MCP_SERVERS

TOUCH_EVERY = timedelta(minutes=1)


class McpServerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One MCP server, without the digest of its token."""

    id: str
    tenant_id: str
    name: str
    config: dict[str, Any]
    """The configuration as entered, for people to read and change."""
    scope: dict[str, Any]
    """What its token may do: the configuration, filled in from the scope of the key that created it."""
    limits: dict[str, Any] | None
    """The scope of the key that created it, which no change may exceed; None when nothing limits it."""
    made_by: str | None
    """The id of that key; None when it was created on the command line."""
    taken_by: list[str] | None = None
    """The ids of other keys that changed the server or took a new token for it; they count as its creators too."""
    require_api_token_auth: bool
    """Whether an API key must be sent beside the token."""
    last4: str
    version: int
    """Grows by one with each change, for callers that must not overwrite a newer state."""
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class McpServerChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is."""

    name: str | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    scope: dict[str, Any] | UnsetType = UNSET
    require_api_token_auth: bool | UnsetType = UNSET
    expires_at: datetime | UnsetType = UNSET
    taken_by: list[str] | UnsetType = UNSET


class FormerServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that may have expired or been revoked: its id and tenant, and nothing that would let its token call."""

    id: str
    tenant_id: str


async def add(
    database: Database,
    tenant_id: str,
    server_id: str,
    *,
    name: str,
    config: dict[str, Any],
    scope: dict[str, Any],
    limits: dict[str, Any] | None,
    made_by: str | None,
    require_api_token_auth: bool,
    digest: bytes,
    last4: str,
    expires_at: datetime,
) -> McpServerRow:
    """Add a server under a new id (`mcp_…`); `digest` is that of its token."""
    now = database.clock()
    row = McpServerRow(
        id=server_id,
        tenant_id=tenant_id,
        name=name,
        config=config,
        scope=scope,
        limits=limits,
        made_by=made_by,
        require_api_token_auth=require_api_token_auth,
        last4=last4,
        version=1,
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    async with database.write() as connection:
        await guarded.insert(connection, MCP_SERVERS, msgspec.structs.asdict(row) | {"digest": digest})
    return row


async def find_by_digest(database: Database, digest: bytes) -> McpServerRow | None:
    """Return the server that has this token, unless it expired or was revoked.

    This and `find_former` are the only queries on servers without a tenant: they find out which tenant is calling.
    """
    async with database.read() as connection:
        return await _first(connection, MCP_SERVERS.c.digest == digest, _not_expired(database))


async def find_former(database: Database, digest: bytes) -> FormerServer | None:
    """Return the server that has or had this token, to audit its refusal; never use it to let the token call."""
    query = sa.select(MCP_SERVERS).where(MCP_SERVERS.c.digest == digest)
    async with database.read() as connection:
        return await guarded.fetch_one(connection, query, MCP_SERVERS, FormerServer)


async def get(database: Database, tenant_id: str, server_id: str) -> McpServerRow | None:
    """Return the tenant's server, expired or not; None when it is unknown, revoked or another tenant's."""
    async with database.read() as connection:
        return await _first(connection, *_own(tenant_id, server_id))


async def get_usable(database: Database, tenant_id: str, server_id: str) -> McpServerRow | None:
    """Return the tenant's server if its token is usable now; None when unknown, expired, revoked or another tenant's."""
    async with database.read() as connection:
        return await _first(connection, *_own(tenant_id, server_id), _not_expired(database))


async def list_page(
    database: Database,
    tenant_id: str,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    ends: tuple[datetime, datetime] | None = None,
    is_seen: IsSeen[McpServerRow] | None = None,
) -> Page[McpServerRow]:
    """Return the tenant's servers that were not revoked, expired ones included, oldest first.

    With `ends`, only those that expire between these times.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = sa.select(MCP_SERVERS).where(MCP_SERVERS.c.tenant_id == tenant_id, MCP_SERVERS.c.revoked_at.is_(None))
    if ends is not None:
        query = query.where(MCP_SERVERS.c.expires_at.between(*ends))
    async with database.read() as connection:
        return await fetch_page(connection, query, MCP_SERVERS, McpServerRow, limit=limit, cursor=cursor, is_seen=is_seen)


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


async def revoke(database: Database, tenant_id: str, server_id: str) -> bool:
    """Revoke the token at once; False when there was none to revoke. The row stays for the audit trail."""
    now = database.clock()
    values = {"revoked_at": now, "updated_at": now, "version": MCP_SERVERS.c.version + 1}
    own = sa.and_(*_own(tenant_id, server_id))
    async with database.write() as connection:
        return bool(await guarded.update(connection, MCP_SERVERS, own, values, FormerServer))


async def touch(database: Database, tenant_id: str, server_id: str) -> bool:
    """Record that the token was used, at most once a minute; return whether a row was written."""
    now = database.clock()
    stale = sa.or_(MCP_SERVERS.c.last_used_at.is_(None), MCP_SERVERS.c.last_used_at <= now - TOUCH_EVERY)
    query = sa.update(MCP_SERVERS).where(*_own(tenant_id, server_id), stale).values(last_used_at=now)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount > 0


async def _write(
    database: Database, tenant_id: str, server_id: str, values: dict[str, Any], version: int
) -> McpServerRow | None:
    counted = {**values, "version": MCP_SERVERS.c.version + 1, "updated_at": database.clock()}
    same = sa.and_(*_own(tenant_id, server_id), MCP_SERVERS.c.version == version)
    async with database.write() as connection:
        rows = await guarded.update(connection, MCP_SERVERS, same, counted, McpServerRow)
        if rows:
            return rows[0]
        newer = await _first(connection, *_own(tenant_id, server_id))
    if newer is None:
        return None
    raise Conflict(
        f"The MCP server {server_id} was changed by someone else: expected version {version}, found {newer.version}. "
        "Read it again and repeat the change."
    )


def _own(tenant_id: str, server_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (MCP_SERVERS.c.tenant_id == tenant_id, MCP_SERVERS.c.id == server_id, MCP_SERVERS.c.revoked_at.is_(None))


def _not_expired(database: Database) -> sa.ColumnElement[bool]:
    return MCP_SERVERS.c.expires_at > database.clock()


async def _first(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> McpServerRow | None:
    query = sa.select(MCP_SERVERS).where(MCP_SERVERS.c.revoked_at.is_(None), *conditions)
    return await guarded.fetch_one(connection, query, MCP_SERVERS, McpServerRow)
