"""Sessions of people who signed in with an API key, as digests.

A session ends with its time, and with its key: the query itself asks for both, so no caller can forget to check.
"""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, or_, select

from unified.store.api_keys import ApiKeyRow
from unified.store.engine import Database
from unified.store.pages import columns
from unified.store.tables import API_KEYS, SESSIONS


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session, without its digest."""

    id: str
    tenant_id: str
    key_id: str
    created_at: datetime
    expires_at: datetime


async def add(
    database: Database, tenant_id: str, session_id: str, *, key_id: str, digest: bytes, expires_at: datetime
) -> SessionRow:
    """Add a session under a fresh id (`ses_…`); `digest` is the SHA-256 of its token."""
    row = SessionRow(id=session_id, tenant_id=tenant_id, key_id=key_id, created_at=database.clock(), expires_at=expires_at)
    async with database.write() as connection:
        await connection.execute(insert(SESSIONS).values(msgspec.structs.asdict(row) | {"digest": digest}))
    return row


async def find_key(database: Database, digest: bytes) -> ApiKeyRow | None:
    """The key whose session this is, unless the session or the key ended.

    Without a tenant, as for keys: it is how the tenant becomes known.
    """
    now = database.clock()
    query = (
        select(*columns(API_KEYS, ApiKeyRow))
        .join(SESSIONS, (SESSIONS.c.key_id == API_KEYS.c.id) & (SESSIONS.c.tenant_id == API_KEYS.c.tenant_id))
        .where(SESSIONS.c.digest == digest, SESSIONS.c.expires_at > now)
        .where(API_KEYS.c.revoked_at.is_(None), or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > now))
    )
    async with database.read() as connection:
        found = (await connection.execute(query)).mappings().first()
    return ApiKeyRow(**found) if found else None


async def end(database: Database, digest: bytes) -> bool:
    """End the session behind a token; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))).rowcount > 0


async def purge_expired(database: Database) -> int:
    """Delete sessions whose time is over; how many there were."""
    async with database.write() as connection:
        return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= database.clock()))).rowcount
