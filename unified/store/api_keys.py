"""API keys as rows; `unified.store.bearer_tokens` finds, lists and revokes them. Here their expiry is announced."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from unified.store.bearer_tokens import TokenKind, usable
from unified.store.deliveries import Event, enqueue
from unified.store.engine.engine import Database
from unified.store.engine.tables import API_KEYS
from unified.store.integrity import guarded

MOST_ANNOUNCED = 500
"""Keys that one transaction announces; the next sweep announces the rest."""

Role = Literal["admin", "app", "approver"]


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
    last_used_at: datetime | None = None
    paused: dict[str, Any] | None = None
    """When, by whom and why it was paused, as `unified.store.access_pauses` wrote it; None while it works."""
    use_limits: list[dict[str, Any]] | None = None
    """Its own limits of use and those of every key above it (`unified.service.access.use.use_limits`); None without any."""


KEYS = TokenKind(table=API_KEYS, row=ApiKeyRow)


async def announce_ends(
    database: Database, *, ahead: timedelta, longest: timedelta | None, event_of: Callable[[ApiKeyRow], Event]
) -> int:
    """For housekeeping, across tenants: write the event of each key that expires soon, once for a key; return how many.

    Args:
        database: the database.
        ahead: how long before its end the expiry of a key is announced.
        longest: the longest lifetime by the policy, after which a key expires whatever its own expiry.
        event_of: makes the event.
    """
    now, keys = database.clock(), API_KEYS.c
    ends = [keys.expires_at <= now + ahead]
    if longest is not None:
        ends.append(sa.and_(keys.created_at <= now + ahead - longest, keys.created_at > now - longest))
    due = sa.and_(usable(database, KEYS), keys.end_announced_at.is_(None), sa.or_(*ends))
    async with database.write() as connection:
        rows = await guarded.fetch(connection, sa.select(API_KEYS).where(due).limit(MOST_ANNOUNCED), API_KEYS, ApiKeyRow)
        taken = 0
        for row in rows:
            mine = sa.and_(keys.id == row.id, keys.end_announced_at.is_(None))
            if (await connection.execute(sa.update(API_KEYS).where(mine).values(end_announced_at=now))).rowcount:
                await enqueue(database, connection, row.tenant_id, event_of(row))
                taken += 1
    return taken
