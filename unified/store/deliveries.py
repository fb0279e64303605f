"""The outbox of webhooks: an event is written in the transaction of the change that it tells of, and sent afterwards.

So an event is neither lost when a process dies nor told of a change that was undone. Who sends takes a delivery for the
time of a lease; one whose sender died is due again when the lease ends, with the same id.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.store import guarded
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, Page, fetch_page
from unified.store.tables import DELIVERIES, WEBHOOKS

DeliveryStatus = Literal["pending", "delivered", "failed", "dropped"]
RETENTION = timedelta(days=30)
"""How long a delivery that ended can be looked at."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; its payload holds ids and states, never business data."""

    name: str
    """Such as `account.needs_reauth`."""
    payload: str
    """The JSON text that is signed and sent."""


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook."""

    id: str
    """The same in every attempt: the receiver knows a repetition by it."""
    tenant_id: str
    webhook_id: str
    event: str
    payload: str
    status: DeliveryStatus
    attempts: int
    """Attempts that were begun; whoever took the delivery later has a higher one."""
    next_attempt_at: datetime | None
    last_status: int | None
    """The HTTP status of the last answer."""
    last_error: str | None
    """A stable code for why the last attempt failed; never anything that the receiver said."""
    created_at: datetime
    delivered_at: datetime | None


class _Listening(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook, as far as it matters here."""

    id: str
    events: list[str]


async def enqueue(database: Database, connection: AsyncConnection, tenant_id: str, event: Event) -> int:
    """Write one delivery for each active webhook of the tenant that asked for the event; answers how many."""
    query = _held(select(WEBHOOKS).where(_active(tenant_id)))
    found = await guarded.fetch(connection, query, WEBHOOKS, _Listening)
    wanted = [row.id for row in found if event.name in row.events]
    await _insert(database, connection, tenant_id, wanted, event)
    return len(wanted)


async def enqueue_to(database: Database, tenant_id: str, webhook_id: str, event: Event) -> DeliveryRow | None:
    """Write a delivery to one webhook, whatever it asked for; None when it is not active, unknown or another tenant's."""
    query = _held(select(WEBHOOKS).where(_active(tenant_id), WEBHOOKS.c.id == webhook_id))
    async with database.write() as connection:
        found = await guarded.fetch(connection, query, WEBHOOKS, _Listening)
        rows = await _insert(database, connection, tenant_id, [one.id for one in found], event)
    return rows[0] if rows else None


async def take_due(
    database: Database, *, lease: timedelta, room: int, each: int, busy: Collection[str] = ()
) -> tuple[DeliveryRow, ...]:
    """Take up to `room` deliveries that are due, the longest waiting first; nobody else takes them until the lease ends.

    One statement chooses, locks and marks, and passes over what another worker is taking. At most `each` are of one
    webhook, and none of those that are `busy`, so that a slow receiver does not hold up the others. One that does
    not hold is dropped.
    """
    now = database.clock()
    free = or_(DELIVERIES.c.lease_until.is_(None), DELIVERIES.c.lease_until <= now)
    due = and_(DELIVERIES.c.status == "pending", DELIVERIES.c.next_attempt_at <= now, free)
    # `due` again: another worker may have taken a chosen row, and be done with the statement, before this one locks it.
    locked = select(DELIVERIES.c.id).where(DELIVERIES.c.id.in_(_chosen(due, room, each, busy)), due)
    taken = locked.with_for_update(skip_locked=True).cte("taken")
    query = (
        update(DELIVERIES)
        .where(DELIVERIES.c.id.in_(select(taken.c.id)))
        .values(attempts=DELIVERIES.c.attempts + 1, lease_until=now + lease)
    )
    async with database.write() as connection:
        found = await guarded.written(connection, query, DELIVERIES, DeliveryRow)
        for raw in (raw for raw, row in found if row is None):
            await connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == raw["id"]).values(status="dropped"))
    return tuple(row for _, row in found if row is not None)


def _chosen(due: ColumnElement[bool], room: int, each: int, busy: Collection[str]) -> Select[Any]:
    waiting = (DELIVERIES.c.next_attempt_at, DELIVERIES.c.id)
    place = func.row_number().over(partition_by=DELIVERIES.c.webhook_id, order_by=waiting).label("place")
    ranked = select(*waiting, place).where(due, DELIVERIES.c.webhook_id.not_in(busy)).subquery()
    return select(ranked.c.id).where(ranked.c.place <= each).order_by(ranked.c.next_attempt_at, ranked.c.id).limit(room)


async def settle(
    database: Database,
    taken: DeliveryRow,
    status: DeliveryStatus,
    *,
    next_attempt_at: datetime | None = None,
    last_status: int | None = None,
    last_error: str | None = None,
) -> bool:
    """Write how an attempt ended and give the delivery back; False when it was not this attempt's to say any more.

    Only a success is written after another worker took the delivery: it did arrive.
    """
    own = and_(DELIVERIES.c.tenant_id == taken.tenant_id, DELIVERIES.c.id == taken.id, DELIVERIES.c.status == "pending")
    fence = own if status == "delivered" else and_(own, DELIVERIES.c.attempts == taken.attempts)
    values: dict[str, Any] = {
        "status": status,
        "next_attempt_at": next_attempt_at,
        "lease_until": None,
        "last_status": last_status,
        "last_error": last_error,
        "delivered_at": database.clock() if status == "delivered" else None,
    }
    async with database.write() as connection:
        return (await connection.execute(update(DELIVERIES).where(fence).values(values))).rowcount > 0


async def drop_pending(connection: AsyncConnection, tenant_id: str, webhook_id: str) -> int:
    """Give up what waits for a webhook that was disabled; how many there were."""
    waiting = (DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.webhook_id == webhook_id, DELIVERIES.c.status == "pending")
    values = {"status": "dropped", "next_attempt_at": None, "lease_until": None}
    return (await connection.execute(update(DELIVERIES).where(*waiting).values(values))).rowcount


async def list_page(
    database: Database, tenant_id: str, webhook_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[DeliveryRow]:
    """The deliveries of one webhook of the tenant, oldest first; raises InvalidCursor."""
    query = select(DELIVERIES).where(DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.webhook_id == webhook_id)
    async with database.read() as connection:
        return await fetch_page(connection, query, DELIVERIES, DeliveryRow, limit=limit, cursor=cursor)


async def purge_old(database: Database) -> int:
    """Delete what ended and is older than `KEPT`, for all tenants; how many there were."""
    query = delete(DELIVERIES).where(DELIVERIES.c.status != "pending", DELIVERIES.c.created_at <= database.clock() - RETENTION)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount


def _active(tenant_id: str) -> ColumnElement[bool]:
    return and_(WEBHOOKS.c.tenant_id == tenant_id, WEBHOOKS.c.status == "active")


def _held(query: Select[Any]) -> Select[Any]:
    """A webhook that is deleted meanwhile would break the change that is told of; its deletion waits."""
    return query.with_for_update(read=True, key_share=True)


async def _insert(
    database: Database, connection: AsyncConnection, tenant_id: str, webhook_ids: Iterable[str], event: Event
) -> list[DeliveryRow]:
    now = database.clock()
    rows = [
        DeliveryRow(
            id=f"msg_{secrets.token_hex(16)}",
            tenant_id=tenant_id,
            webhook_id=webhook_id,
            event=event.name,
            payload=event.payload,
            status="pending",
            attempts=0,
            next_attempt_at=now,
            last_status=None,
            last_error=None,
            created_at=now,
            delivered_at=None,
        )
        for webhook_id in webhook_ids
    ]
    for row in rows:
        await guarded.insert(connection, DELIVERIES, msgspec.structs.asdict(row))
    return rows
