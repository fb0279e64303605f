"""API keys, stored as digests, which cannot be used to call.

The queries themselves leave out expired and revoked keys, so no caller can forget to check.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select, update

from unified.store import guarded
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, IsSeen, Page, fetch_page
from unified.store.tables import API_KEYS

Role = Literal["admin", "app", "approver"]
TOUCH_EVERY = timedelta(minutes=1)


class ApiKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key that was not revoked, without its digest."""

    id: str
    tenant_id: str
    name: str
    role: Role
    scope: dict[str, Any] | None
    """The scope as JSON values; None for a key that version 0.1 created without one."""
    made_by: str | None = None
    """The id of the key that created it; None when it was created on the command line."""
    last4: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class FormerKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that may have expired or been revoked: its id and tenant, and nothing that would let it call."""

    id: str
    tenant_id: str


async def add(
    database: Database,
    tenant_id: str,
    key_id: str,
    *,
    name: str,
    role: Role,
    scope: dict[str, Any] | None,
    digest: bytes,
    last4: str,
    expires_at: datetime | None,
    made_by: str | None = None,
) -> ApiKeyRow:
    """Add a key under a new id (`key_…`); `digest` is that of its token."""
    row = ApiKeyRow(
        id=key_id,
        tenant_id=tenant_id,
        name=name,
        role=role,
        scope=scope,
        made_by=made_by,
        last4=last4,
        created_at=database.clock(),
        expires_at=expires_at,
        last_used_at=None,
    )
    async with database.write() as connection:
        await guarded.insert(connection, API_KEYS, msgspec.structs.asdict(row) | {"digest": digest})
    return row


async def find_by_digest(database: Database, digest: bytes) -> ApiKeyRow | None:
    """Return the key that has this token, unless it expired or was revoked.

    This and `find_former` are the only queries on keys without a tenant: they find out which tenant is calling.
    """
    return await _first(database, API_KEYS.c.digest == digest, usable(database))


async def find_former(database: Database, digest: bytes) -> FormerKey | None:
    """Return the key that has or had this token, to audit its refusal; never use it to let the key call."""
    query = select(API_KEYS).where(API_KEYS.c.digest == digest)
    async with database.read() as connection:
        return await guarded.fetch_one(connection, query, API_KEYS, FormerKey)


async def get(database: Database, tenant_id: str, key_id: str) -> ApiKeyRow | None:
    """Return the tenant's key, expired or not; None when it is unknown, revoked or another tenant's."""
    return await _first(database, _own(tenant_id, key_id))


async def get_usable(database: Database, tenant_id: str, key_id: str) -> ApiKeyRow | None:
    """Return the tenant's key if it is usable now; None when it is unknown, expired, revoked or another tenant's."""
    return await _first(database, _own(tenant_id, key_id), usable(database))


async def list_page(
    database: Database,
    tenant_id: str,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    ends: tuple[datetime, datetime] | None = None,
    is_seen: IsSeen[ApiKeyRow] | None = None,
) -> Page[ApiKeyRow]:
    """Return the tenant's keys that were not revoked, oldest first; with `ends`, those that expire between these times.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = select(API_KEYS).where(API_KEYS.c.tenant_id == tenant_id, API_KEYS.c.revoked_at.is_(None))
    if ends is not None:
        query = query.where(API_KEYS.c.expires_at.between(*ends))
    async with database.read() as connection:
        return await fetch_page(connection, query, API_KEYS, ApiKeyRow, limit=limit, cursor=cursor, is_seen=is_seen)


async def revoke(database: Database, tenant_id: str, key_id: str) -> bool:
    """Revoke the key at once; False when there was none to revoke. The row stays for the audit trail."""
    values = {"revoked_at": database.clock()}
    async with database.write() as connection:
        return bool(await guarded.update(connection, API_KEYS, _own(tenant_id, key_id), values, FormerKey))


async def touch(database: Database, tenant_id: str, key_id: str) -> bool:
    """Record that the key was used, at most once a minute; return whether a row was written."""
    now = database.clock()
    stale = or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at <= now - TOUCH_EVERY)
    query = update(API_KEYS).where(_own(tenant_id, key_id), stale).values(last_used_at=now)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount > 0


def _own(tenant_id: str, key_id: str) -> ColumnElement[bool]:
    return and_(API_KEYS.c.tenant_id == tenant_id, API_KEYS.c.id == key_id, API_KEYS.c.revoked_at.is_(None))


def usable(database: Database) -> ColumnElement[bool]:
    """Return the condition that a key is usable now."""
    lives = or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > database.clock())
    return and_(API_KEYS.c.revoked_at.is_(None), lives)


async def _first(database: Database, *conditions: ColumnElement[bool]) -> ApiKeyRow | None:
    async with database.read() as connection:
        return await guarded.fetch_one(connection, select(API_KEYS).where(*conditions), API_KEYS, ApiKeyRow)
