"""The logo of a tenant, one PNG each. A row says what its content must be, so content that was edited here is not shown."""

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import select

from unified.store.engine.engine import Database
from unified.store.engine.tables import TENANT_LOGOS
from unified.store.integrity import guarded


class LogoRow(msgspec.Struct, frozen=True, kw_only=True):
    """One logo."""

    id: str
    """That of its tenant."""
    tenant_id: str
    digest: bytes
    """The SHA-256 of the content; the row's MAC covers it."""
    content: bytes
    made_by: str | None = None
    """The id of the API key that stored it."""
    updated_at: datetime


async def put(database: Database, tenant_id: str, content: bytes, *, made_by: str | None = None) -> None:
    """Store the logo of a tenant in place of the one it has."""
    digest = hashlib.sha256(content).digest()
    values = {"digest": digest, "content": content, "made_by": made_by, "updated_at": database.clock()}
    async with database.write() as connection:
        of_tenant = TENANT_LOGOS.c.tenant_id == tenant_id
        changed = await guarded.update(connection, TENANT_LOGOS, of_tenant, values, LogoRow)
        if not changed:
            await connection.execute(TENANT_LOGOS.delete().where(of_tenant))  # a row that does not count may be in the way
            await guarded.insert(connection, TENANT_LOGOS, {"id": tenant_id, "tenant_id": tenant_id, **values})


async def get(database: Database, tenant_id: str) -> LogoRow | None:
    """Return the logo of a tenant; None if there is none, or its content is not what was stored."""
    async with database.read() as connection:
        query = select(TENANT_LOGOS).where(TENANT_LOGOS.c.tenant_id == tenant_id)
        row = await guarded.fetch_one(connection, query, TENANT_LOGOS, LogoRow)
    return row if row is not None and hashlib.sha256(row.content).digest() == row.digest else None


async def delete(database: Database, tenant_id: str) -> bool:
    """Delete the logo of a tenant; False when there was none."""
    async with database.write() as connection:
        query = TENANT_LOGOS.delete().where(TENANT_LOGOS.c.tenant_id == tenant_id)
        return bool((await connection.execute(query)).rowcount)
