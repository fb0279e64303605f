"""Sessions of people who signed in with an API key, stored as digests.

A session ends at its expiry and with its key: the queries themselves check both, so no caller can forget to.
"""

from datetime import datetime

import msgspec
from sqlalchemy import delete, select

from unified.store.api_keys import KEYS, ApiKeyRow
from unified.store.bearer_tokens import own, usable
from unified.store.engine.engine import Database
from unified.store.engine.tables import API_KEYS, SESSIONS
from unified.store.integrity import guarded


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
    """Add a session under a new id (`ses_…`); `digest` is that of its token."""
    row = SessionRow(id=session_id, tenant_id=tenant_id, key_id=key_id, created_at=database.clock(), expires_at=expires_at)
    async with database.write() as connection:
        await guarded.insert(connection, SESSIONS, msgspec.structs.asdict(row) | {"digest": digest})
    return row


async def find_key(database: Database, digest: bytes) -> ApiKeyRow | None:
    """Return the key of this session, unless the session or the key has ended.

    As for keys, no tenant is known before this.
    """
    query = select(SESSIONS).where(SESSIONS.c.digest == digest, SESSIONS.c.expires_at > database.clock())
    async with database.read() as connection:
        session = await guarded.fetch_one(connection, query, SESSIONS, SessionRow)
        if session is None:
            return None
        key = select(API_KEYS).where(own(KEYS, session.tenant_id, session.key_id), usable(database, KEYS))
        return await guarded.fetch_one(connection, key, API_KEYS, ApiKeyRow)


async def end(database: Database, digest: bytes) -> bool:
    """End the session that has this token; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))).rowcount > 0


async def purge_expired(database: Database) -> int:
    """Delete expired sessions; return how many there were."""
    async with database.write() as connection:
        return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= database.clock()))).rowcount
