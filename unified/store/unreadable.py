"""Marks accounts whose sealed credentials do not open, each with its event, once."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.store.accounts import ACCOUNT_COLUMNS, REPLACED, AccountRow, EventOf, touched
from unified.store.deliveries import enqueue
from unified.store.engine import Database
from unified.store.sealed import SEALED, sealed_by
from unified.store.tables import ACCOUNTS

UNREADABLE = "credentials_unreadable"
"""The reason of an account whose credentials do not open here any more."""


async def mark_unreadable(database: Database, row: AccountRow, tell: EventOf) -> AccountRow | None:
    """Make one account `needs_reauth`; None when it was not active, or its credentials are others by now."""
    same = (ACCOUNTS.c.tenant_id == row.tenant_id, ACCOUNTS.c.id == row.id, ACCOUNTS.c.credentials == row.credentials)
    async with database.write() as connection:
        marked = await _mark(database, connection, tell, *same)
        return marked[0] if marked else None


async def give_up_credentials(database: Database, kid: str, tell: EventOf) -> int:
    """Drop the credentials that a lost key sealed and mark their accounts, of all tenants; how many there were."""
    sealed = sealed_by(next(one for one in SEALED if one.table is ACCOUNTS), kid)
    nothing = {"credentials": None, "credentials_masked": None, "credentials_expires_at": None, **REPLACED}
    async with database.write() as connection:
        await _mark(database, connection, tell, sealed)
        values = nothing | touched(database.clock())
        return (await connection.execute(sa.update(ACCOUNTS).where(sealed).values(values))).rowcount


async def _mark(
    database: Database, connection: AsyncConnection, tell: EventOf, *conditions: sa.ColumnElement[bool]
) -> list[AccountRow]:
    values = {"status": "needs_reauth", "status_reason": UNREADABLE, **touched(database.clock())}
    query = sa.update(ACCOUNTS).where(*conditions, ACCOUNTS.c.status == "active").values(values).returning(*ACCOUNT_COLUMNS)
    marked = [AccountRow(**found) for found in (await connection.execute(query)).mappings()]
    for row in marked:
        await enqueue(database, connection, row.tenant_id, tell(row))
    return marked
