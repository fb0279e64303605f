"""OAuth apps that a token endpoint refuses (`invalid_client`): a row per tenant, provider and endpoint, from the first refusal.

A row is about one app, identified by a keyed digest of its id and secret; if the app in use is another one, the row means
nothing. Rows exist both for tenants' own apps and for the installation's, separately for each tenant. Where each customer of a
product has a separate address, an app may be unknown at one of them and right at all others, so each has its own row.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from unified.store.deliveries import Event, enqueue
from unified.store.engine.engine import Database
from unified.store.engine.tables import OAUTH_APP_STATES
from unified.store.queries.pages import columns


class AppStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """An app that is or was refused."""

    tenant_id: str
    provider: str
    endpoint: str = ""
    """Keyed digest of the address of the token endpoint where accounts have different ones; empty where all have one."""
    fingerprint: str
    """Keyed digest of the app's id and secret."""
    invalid_since: datetime | None
    """None when the app works again."""
    not_before: datetime
    """Only the caller that moved this time may request a token before it; once the app works, the time since it does."""
    failures: int


EventOf = Callable[[AppStateRow], Event]
_COLUMNS = columns(OAUTH_APP_STATES, AppStateRow)


async def get(database: Database, tenant_id: str, provider: str, endpoint: str = "") -> AppStateRow | None:
    """Return the state of the tenant's app at a token endpoint of a provider; None when none is recorded."""
    async with database.read() as connection:
        query = sa.select(*_COLUMNS).where(_at(tenant_id, provider, endpoint))
        row = (await connection.execute(query)).mappings().first()
    return AppStateRow(**row) if row else None


async def list_all(database: Database, tenant_id: str) -> tuple[AppStateRow, ...]:
    """Return the states of the tenant's apps, at most one for each token endpoint; those refused longest come first."""
    table = OAUTH_APP_STATES.c
    query = (
        sa.select(*_COLUMNS).where(table.tenant_id == tenant_id).order_by(table.provider, table.invalid_since, table.endpoint)
    )
    async with database.read() as connection:
        return tuple(AppStateRow(**row) for row in (await connection.execute(query)).mappings())


async def mark(
    database: Database,
    tenant_id: str,
    provider: str,
    fingerprint: str,
    *,
    endpoint: str = "",
    not_before: datetime,
    event_of: EventOf | None,
) -> AppStateRow | None:
    """Record that an app is refused, with its event; None when that is already recorded for this app."""
    row = AppStateRow(
        tenant_id=tenant_id,
        provider=provider,
        endpoint=endpoint,
        fingerprint=fingerprint,
        invalid_since=database.clock(),
        not_before=not_before,
        failures=1,
    )
    values = msgspec.structs.asdict(row)
    is_news = sa.or_(OAUTH_APP_STATES.c.fingerprint != fingerprint, OAUTH_APP_STATES.c.invalid_since.is_(None))
    update = sa.update(OAUTH_APP_STATES).where(_at(tenant_id, provider, endpoint), is_news).values(values)
    try:
        replaced = await _with_event(database, row, update, event_of)
        new = replaced or await _with_event(database, row, sa.insert(OAUTH_APP_STATES).values(values), event_of)
    except IntegrityError:  # there is a row about this app
        return None
    return row if new else None


async def _with_event(database: Database, row: AppStateRow, query: Any, event_of: EventOf | None) -> bool:
    async with database.write() as connection:
        is_new = (await connection.execute(query)).rowcount > 0
        if is_new and event_of is not None:
            await enqueue(database, connection, row.tenant_id, event_of(row))
    return is_new


async def claim(database: Database, row: AppStateRow, *, until: datetime) -> bool:
    """Claim the next attempt until a time; False when another caller was first, or the row has changed."""
    return await _change(database, row, OAUTH_APP_STATES.c.not_before == row.not_before, not_before=until)


async def postpone(database: Database, row: AppStateRow, *, not_before: datetime) -> None:
    """Record that the attempt failed as well."""
    await _change(database, row, failures=OAUTH_APP_STATES.c.failures + 1, not_before=not_before)


async def recover(database: Database, row: AppStateRow) -> bool:
    """Record that the app works; False when that was already recorded, or the row is now about another app."""
    refused = OAUTH_APP_STATES.c.invalid_since.is_not(None)
    return await _change(database, row, refused, invalid_since=None, not_before=database.clock())


async def clear(database: Database, tenant_id: str, provider: str) -> bool:
    """Delete the recorded refusal, because another app is used from now on; False when there was nothing."""
    async with database.write() as connection:
        return (await connection.execute(sa.delete(OAUTH_APP_STATES).where(_own(tenant_id, provider)))).rowcount > 0


async def _change(database: Database, row: AppStateRow, *conditions: Any, **values: Any) -> bool:
    same = sa.and_(
        _at(row.tenant_id, row.provider, row.endpoint), OAUTH_APP_STATES.c.fingerprint == row.fingerprint, *conditions
    )
    async with database.write() as connection:
        return (await connection.execute(sa.update(OAUTH_APP_STATES).where(same).values(values))).rowcount > 0


def _own(tenant_id: str, provider: str) -> sa.ColumnElement[bool]:
    return sa.and_(OAUTH_APP_STATES.c.tenant_id == tenant_id, OAUTH_APP_STATES.c.provider == provider)


def _at(tenant_id: str, provider: str, endpoint: str) -> sa.ColumnElement[bool]:
    return sa.and_(_own(tenant_id, provider), OAUTH_APP_STATES.c.endpoint == endpoint)
