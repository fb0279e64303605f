"""OAuth apps that their provider refuses (`invalid_client`): one row for a tenant and a provider, from the first refusal on.

The row is about one app, known by a keyed digest of its id and secret: a row about another app than the one in use means
nothing. It is there for a tenant's own app and for the installation's alike, each tenant's by itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from unified.store.deliveries import Event, enqueue
from unified.store.engine import Database
from unified.store.pages import columns
from unified.store.tables import OAUTH_APP_STATES


class AppStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """An app that is refused, or was."""

    tenant_id: str
    provider: str
    fingerprint: str
    """Keyed digest of the app's id and secret."""
    invalid_since: datetime | None
    """None when it works again."""
    not_before: datetime
    """No token is asked for as this app earlier, but by the one who moved this time on; since when it works, when it does."""
    failures: int


EventOf = Callable[[AppStateRow], Event]
_COLUMNS = columns(OAUTH_APP_STATES, AppStateRow)


async def get(database: Database, tenant_id: str, provider: str) -> AppStateRow | None:
    """What is noted of the tenant's app for a provider, or None."""
    async with database.read() as connection:
        query = sa.select(*_COLUMNS).where(_own(tenant_id, provider))
        found = (await connection.execute(query)).mappings().first()
    return AppStateRow(**found) if found else None


async def list_all(database: Database, tenant_id: str) -> tuple[AppStateRow, ...]:
    """What is noted of the tenant's apps; at most one for each provider."""
    query = sa.select(*_COLUMNS).where(OAUTH_APP_STATES.c.tenant_id == tenant_id).order_by(OAUTH_APP_STATES.c.provider)
    async with database.read() as connection:
        return tuple(AppStateRow(**found) for found in (await connection.execute(query)).mappings())


async def mark(
    database: Database, tenant_id: str, provider: str, fingerprint: str, *, not_before: datetime, tell: EventOf | None
) -> AppStateRow | None:
    """Note that an app is refused, and tell of it in the same transaction; None when that is known of this very app."""
    row = AppStateRow(
        tenant_id=tenant_id,
        provider=provider,
        fingerprint=fingerprint,
        invalid_since=database.clock(),
        not_before=not_before,
        failures=1,
    )
    values = msgspec.structs.asdict(row)
    is_news = sa.or_(OAUTH_APP_STATES.c.fingerprint != fingerprint, OAUTH_APP_STATES.c.invalid_since.is_(None))
    update = sa.update(OAUTH_APP_STATES).where(_own(tenant_id, provider), is_news).values(values)
    try:
        replaced = await _with_event(database, row, update, tell)
        new = replaced or await _with_event(database, row, sa.insert(OAUTH_APP_STATES).values(values), tell)
    except IntegrityError:  # the row is there, about this app
        return None
    return row if new else None


async def _with_event(database: Database, row: AppStateRow, query: Any, tell: EventOf | None) -> bool:
    async with database.write() as connection:
        is_new = (await connection.execute(query)).rowcount > 0
        if is_new and tell is not None:
            await enqueue(database, connection, row.tenant_id, tell(row))
    return is_new


async def claim(database: Database, row: AppStateRow, *, until: datetime) -> bool:
    """Take the next try for oneself, until a time; False when another was first, or the row is not the same any more."""
    return await _change(database, row, OAUTH_APP_STATES.c.not_before == row.not_before, not_before=until)


async def postpone(database: Database, row: AppStateRow, *, not_before: datetime) -> None:
    """Note that the try failed as well."""
    await _change(database, row, failures=OAUTH_APP_STATES.c.failures + 1, not_before=not_before)


async def recover(database: Database, row: AppStateRow) -> bool:
    """Note that the app works; False when that was noted, or the row is about another app by now."""
    refused = OAUTH_APP_STATES.c.invalid_since.is_not(None)
    return await _change(database, row, refused, invalid_since=None, not_before=database.clock())


async def clear(database: Database, tenant_id: str, provider: str) -> bool:
    """Forget what is noted, since another app is used from now on; False when there was nothing."""
    async with database.write() as connection:
        return (await connection.execute(sa.delete(OAUTH_APP_STATES).where(_own(tenant_id, provider)))).rowcount > 0


async def _change(database: Database, row: AppStateRow, *conditions: Any, **values: Any) -> bool:
    same = sa.and_(_own(row.tenant_id, row.provider), OAUTH_APP_STATES.c.fingerprint == row.fingerprint, *conditions)
    async with database.write() as connection:
        return (await connection.execute(sa.update(OAUTH_APP_STATES).where(same).values(values))).rowcount > 0


def _own(tenant_id: str, provider: str) -> sa.ColumnElement[bool]:
    return sa.and_(OAUTH_APP_STATES.c.tenant_id == tenant_id, OAUTH_APP_STATES.c.provider == provider)
