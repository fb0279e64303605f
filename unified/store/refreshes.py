"""Refreshes of credentials, serialised by a lease and fenced by the credentials' version.

One process takes the lease in a single statement, calls the provider with no transaction open, and writes the outcome
only while the credentials are still those that it began with. If a process dies, its lease expires; a late process
cannot overwrite what is newer. The same SQL works in every database.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from unified.store.accounts import (
    REPLACED,
    AccountRow,
    EventOf,
    SealedCredentials,
    bump_version,
    by_id,
    credential_values,
    transition,
)
from unified.store.deliveries import enqueue
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.changes import announce
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS, OAUTH_APP_STATES
from unified.store.integrity import guarded
from unified.store.queries.pauses import REFRESH, over
from unified.store.tenants import active_among, is_of_suspended

NO_LEASE: dict[str, Any] = {"refresh_lease": None, "refresh_lease_until": None}


async def begin(database: Database, row: AccountRow, *, holder: str, lease: timedelta) -> AccountRow | None:
    """Take the lease for one refresh of these credentials; None when another holds it, they changed, or it is too early.

    The returned row counts this refresh among those of unknown outcome.
    """
    now = database.clock()
    free = over(ACCOUNTS.c.refresh_lease_until, now, REFRESH)
    due = over(ACCOUNTS.c.refresh_not_before, now, REFRESH)
    values = {
        "refresh_lease": holder,
        "refresh_lease_until": now + lease,
        "refresh_unfinished": ACCOUNTS.c.refresh_unfinished + 1,
    }
    async with database.write() as connection:
        return await _changed(connection, sa.and_(_same(row), free, due), values)


async def finish(
    database: Database, row: AccountRow, credentials: SealedCredentials, *, event_of: EventOf | None = None
) -> AccountRow | None:
    """Write new credentials; None when the account was deleted, or its credentials or settings are newer than those of the row.

    With `event_of`, the account was waiting for this: it becomes active, and the event is written with it.
    """
    now = database.clock()
    values = {**credential_values(credentials, now), **REPLACED, **bump_version(now)}
    if event_of is not None:
        values |= {"status": "active", "status_reason": None}
    async with database.write() as connection:
        same = sa.and_(_same(row), ACCOUNTS.c.connections == row.connections)  # which the credentials are sealed for
        written = await _changed(connection, same, values)
        if written is not None and event_of is not None:
            await enqueue(database, connection, row.tenant_id, event_of(written))
        return written


async def refuse(database: Database, row: AccountRow, *, reason: str, event_of: EventOf) -> AccountRow | None:
    """Record that the grant is gone, so the account needs its owner; None when it was recorded, or newer credentials exist."""
    return await transition(
        database,
        row.tenant_id,
        row.id,
        to="needs_reauth",
        reason=reason,
        event_of=event_of,
        expected="active",
        credentials_version=row.credentials_version,
        also={"refresh_unfinished": 0, **NO_LEASE},
    )


async def give_back(database: Database, row: AccountRow, *, holder: str, not_before: datetime, definite: bool) -> None:
    """End a refresh that yielded nothing; `definite` when the provider answered, so that no token was rotated unnoticed."""
    values: dict[str, Any] = {"refresh_not_before": not_before, **NO_LEASE}
    if definite:
        values["refresh_unfinished"] = 0
    query = sa.update(ACCOUNTS).where(_same(row), ACCOUNTS.c.refresh_lease == holder).values(values)
    async with database.write() as connection:
        await connection.execute(query)
        announce(connection, ACCOUNTS, row.tenant_id, row.id)


async def list_due(database: Database, *, within: timedelta, limit: int) -> tuple[AccountRow, ...]:
    """Return accounts with tokens that expire within a time and that no process refreshes.

    Of all tenants but suspended ones: of each the one with the token that expires soonest, then the second of each, and so on,
    so that the accounts of one tenant do not fill the list.
    """
    now = database.clock()
    free = over(ACCOUNTS.c.refresh_lease_until, now, REFRESH)
    allowed = over(ACCOUNTS.c.refresh_not_before, now, REFRESH)
    due = (ACCOUNTS.c.status == "active", ACCOUNTS.c.credentials_expires_at <= now + within)
    mine = (ACCOUNTS.c.tenant_id == OAUTH_APP_STATES.c.tenant_id, ACCOUNTS.c.provider == OAUTH_APP_STATES.c.provider)
    # Accounts of an app that is refused at their only token endpoint would fill the list and keep others out.
    refused = (OAUTH_APP_STATES.c.endpoint == "", ~over(OAUTH_APP_STATES.c.not_before, now, REFRESH))
    waits = sa.exists().where(*mine, *refused, ACCOUNTS.c.credentials_type == "oauth2")
    soonest = (ACCOUNTS.c.credentials_expires_at, ACCOUNTS.c.id)
    turn = sa.func.row_number().over(partition_by=ACCOUNTS.c.tenant_id, order_by=soonest).label("turn")
    found = sa.select(ACCOUNTS.c.id, turn).where(*due, ACCOUNTS.c.credentials_refreshable.is_(sa.true()), free, allowed, ~waits)
    turns = found.where(~is_of_suspended(ACCOUNTS.c.tenant_id)).subquery()
    query = sa.select(ACCOUNTS).join(turns, ACCOUNTS.c.id == turns.c.id)
    async with database.read() as connection:
        ordered = query.order_by(turns.c.turn, *soonest).limit(limit)
        rows = await guarded.fetch(connection, ordered, ACCOUNTS, AccountRow)
        active = await active_among(connection, {row.tenant_id for row in rows})
    return tuple(row for row in rows if row.tenant_id in active)


def _same(row: AccountRow) -> sa.ColumnElement[bool]:
    return sa.and_(by_id(row.tenant_id, row.id), ACCOUNTS.c.credentials_version == row.credentials_version)


async def _changed(connection: AsyncConnection, condition: sa.ColumnElement[bool], values: dict[str, Any]) -> AccountRow | None:
    rows = await guarded.update(connection, ACCOUNTS, condition, values, AccountRow)
    return rows[0] if rows else None
