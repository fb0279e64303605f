"""Keys of the installation itself, as sealed text; they belong to no tenant."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import API_KEYS, SERVICE_KEYS


async def get(database: Database, key_id: str) -> str | None:
    """Return the sealed text of a key, or None."""
    query = sa.select(SERVICE_KEYS.c.secret).where(SERVICE_KEYS.c.id == key_id)
    async with database.read() as connection:
        sealed: str | None = (await connection.execute(query)).scalar()
    return sealed


async def add(database: Database, key_id: str, sealed: str) -> bool:
    """Write a key; False when another process was first, and its key is the valid one."""
    try:
        async with database.write() as connection:
            await add_within(connection, key_id, sealed, database.clock())
    except IntegrityError:
        return False
    return True


async def add_within(connection: AsyncConnection, key_id: str, sealed: str, now: datetime) -> None:
    """Write a key in an open transaction."""
    row = {"id": key_id, "secret": sealed, "created_at": now}
    await connection.execute(sa.insert(SERVICE_KEYS).values(row))


async def has_tokens(database: Database) -> bool:
    """Return whether there are API keys, of which the digests need the key that they were made with."""
    async with database.read() as connection:
        return (await connection.execute(sa.select(API_KEYS.c.id).limit(1))).first() is not None
