"""Marks accounts whose sealed credentials cannot be opened, each with its event, once."""

import sqlalchemy as sa

from unified.store.accounts import REPLACED, AccountRow, EventOf, bump_version
from unified.store.deliveries import enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.changes import announce
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS
from unified.store.integrity import guarded
from unified.store.integrity.marks import take_over
from unified.store.integrity.sealed import CREDENTIALS, sealed_by

UNREADABLE = "credentials_unreadable"
"""The reason of an account whose credentials can no longer be opened here."""


async def mark_unreadable(database: Database, row: AccountRow, event_of: EventOf) -> AccountRow | None:
    """Set one account to `needs_reauth`; None when it was not active, or has other credentials by now."""
    same = (ACCOUNTS.c.tenant_id == row.tenant_id, ACCOUNTS.c.id == row.id, ACCOUNTS.c.credentials == row.credentials)
    async with database.write() as connection:
        announce(connection, ACCOUNTS, row.tenant_id, row.id)  # also without a match: the caller's copy is not the newest then
        marked = await _mark(database, connection, event_of, *same)
        return marked[0] if marked else None


async def give_up_credentials(database: Database, kid: str, event_of: EventOf) -> int:
    """Drop the credentials of accounts that a lost key sealed or marked, with an event each; return how many there were."""
    marks = guarded.guarded_table(ACCOUNTS)
    lost = sa.or_(sealed_by(CREDENTIALS, kid), sealed_by(marks, kid))
    nothing = {"credentials": None, "credentials_masked": None, "credentials_expires_at": None, **REPLACED}
    async with database.write() as connection:
        rows = (await connection.execute(sa.select(ACCOUNTS.c.tenant_id, ACCOUNTS.c.id).where(lost))).all()
        await take_over(connection, marks, sealed_by(marks, kid), {})
        for tenant_id, account_id in rows:
            await _mark(database, connection, event_of, ACCOUNTS.c.id == account_id)
            own = ACCOUNTS.c.id == account_id
            await guarded.change(connection, ACCOUNTS, own, nothing | bump_version(database.clock()))
            await connection.execute(
                sa.update(ACCOUNTS).where(own).values(credentials=None)
            )  # also of a row with an invalid mark
            announce(connection, ACCOUNTS, tenant_id, account_id)
    return len(rows)


async def _mark(
    database: Database, connection: AsyncConnection, event_of: EventOf, *conditions: sa.ColumnElement[bool]
) -> list[AccountRow]:
    values = {"status": "needs_reauth", "status_reason": UNREADABLE, **bump_version(database.clock())}
    active = sa.and_(*conditions, ACCOUNTS.c.status == "active")
    marked = await guarded.update(connection, ACCOUNTS, active, values, AccountRow)
    for row in marked:
        await enqueue(database, connection, row.tenant_id, event_of(row))
    return marked
