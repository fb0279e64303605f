"""The outbox of webhooks: an event is written in the transaction of the change that it reports, and sent afterwards.

So no event is lost when a process dies, and none reports a change that was rolled back. A sender takes a delivery for the
time of a lease; if it dies, the delivery is due again when the lease ends, with the same id.
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
from unified.store.tenants import active_among, is_of_suspended
from unified.telemetry.request_line import current_request_id

DeliveryStatus = Literal["pending", "delivered", "failed", "dropped"]
RETENTION = timedelta(days=30)
"""How long a delivery that has ended can be looked up."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; its payload holds ids and states, never business data."""

    name: str
    """A name such as `account.needs_reauth`."""
    payload: str
    """The JSON text that is signed and sent."""


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook."""

    id: str
    """The same in every attempt, so that the receiver recognises a repetition."""
    tenant_id: str
    webhook_id: str
    event: str
    payload: str
    status: DeliveryStatus
    attempts: int
    """Attempts begun so far; a later sender of the delivery has a higher number."""
    next_attempt_at: datetime | None
    last_status: int | None
    """The HTTP status of the last answer."""
    last_error: str | None
    """A stable code for why the last attempt failed; never anything that the receiver sent."""
    created_at: datetime
    delivered_at: datetime | None
    request_id: str | None = None
    """The id of the request, or of the background work, that made the event."""


class _Listening(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a webhook that are needed here."""

    id: str
    events: list[str]


async def enqueue(database: Database, connection: AsyncConnection, tenant_id: str, event: Event) -> int:
    """Write one delivery for each active webhook of the tenant that subscribes to the event; return how many."""
    query = _held(select(WEBHOOKS).where(_active(tenant_id)))
    webhooks = await guarded.fetch(connection, query, WEBHOOKS, _Listening)
    subscribed = [row.id for row in webhooks if event.name in row.events]
    await _insert(database, connection, tenant_id, subscribed, event)
    return len(subscribed)


async def enqueue_to(database: Database, tenant_id: str, webhook_id: str, event: Event) -> DeliveryRow | None:
    """Write a delivery to one webhook, whatever it subscribes to; None when it is not active, unknown or another tenant's."""
    query = _held(select(WEBHOOKS).where(_active(tenant_id), WEBHOOKS.c.id == webhook_id))
    async with database.write() as connection:
        webhooks = await guarded.fetch(connection, query, WEBHOOKS, _Listening)
        rows = await _insert(database, connection, tenant_id, [row.id for row in webhooks], event)
    return rows[0] if rows else None


async def take_due(
    database: Database, *, lease: timedelta, room: int, each: int, busy: Collection[str] = ()
) -> tuple[DeliveryRow, ...]:
    """Take up to `room` due deliveries, the longest waiting first; no other worker takes them until the lease ends.

    One statement chooses, locks and marks, and skips what another worker is taking. At most `each` of them belong to one
    webhook, and none to those in `busy`, so that a slow receiver does not hold up the others. Those of suspended tenants
    wait. A delivery with an invalid mark is dropped.
    """
    now = database.clock()
    free = or_(DELIVERIES.c.lease_until.is_(None), DELIVERIES.c.lease_until <= now)
    served = ~is_of_suspended(DELIVERIES.c.tenant_id)
    due = and_(DELIVERIES.c.status == "pending", DELIVERIES.c.next_attempt_at <= now, free, served)
    # `due` again: another worker may have taken a chosen row and committed before this statement locks it.
    locked = select(DELIVERIES.c.id).where(DELIVERIES.c.id.in_(_chosen(due, room, each, busy)), due)
    chosen = locked.with_for_update(skip_locked=True).cte("taken")
    query = (
        update(DELIVERIES)
        .where(DELIVERIES.c.id.in_(select(chosen.c.id)))
        .values(attempts=DELIVERIES.c.attempts + 1, lease_until=now + lease)
    )
    async with database.write() as connection:
        rows = await guarded.written(connection, query, DELIVERIES, DeliveryRow)
        for raw in (raw for raw, row in rows if row is None):
            await connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == raw["id"]).values(status="dropped"))
        taken = [row for _, row in rows if row is not None]
        active = await active_among(connection, {row.tenant_id for row in taken})
    return tuple(row for row in taken if row.tenant_id in active)


def _chosen(due: ColumnElement[bool], room: int, each: int, busy: Collection[str]) -> Select[Any]:
    waiting = (DELIVERIES.c.next_attempt_at, DELIVERIES.c.id)
    rank = func.row_number().over(partition_by=DELIVERIES.c.webhook_id, order_by=waiting).label("rank")
    ranked = select(*waiting, rank).where(due, DELIVERIES.c.webhook_id.not_in(busy)).subquery()
    return select(ranked.c.id).where(ranked.c.rank <= each).order_by(ranked.c.next_attempt_at, ranked.c.id).limit(room)


async def settle(
    database: Database,
    taken: DeliveryRow,
    status: DeliveryStatus,
    *,
    next_attempt_at: datetime | None = None,
    last_status: int | None = None,
    last_error: str | None = None,
) -> bool:
    """Write how an attempt ended and release the delivery; False when a later attempt has taken it over.

    Only a success is written all the same after another worker took the delivery: it did arrive.
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
    """Drop what waits for a disabled webhook; return how many there were."""
    waiting = (DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.webhook_id == webhook_id, DELIVERIES.c.status == "pending")
    values = {"status": "dropped", "next_attempt_at": None, "lease_until": None}
    return (await connection.execute(update(DELIVERIES).where(*waiting).values(values))).rowcount


async def list_page(
    database: Database,
    tenant_id: str,
    webhook_id: str,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    newest_first: bool = False,
) -> Page[DeliveryRow]:
    """Return the deliveries of one webhook of the tenant.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = select(DELIVERIES).where(DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.webhook_id == webhook_id)
    async with database.read() as connection:
        return await fetch_page(
            connection, query, DELIVERIES, DeliveryRow, limit=limit, cursor=cursor, newest_first=newest_first
        )


async def purge_old(database: Database) -> int:
    """Delete ended deliveries older than `RETENTION`, of all tenants; return how many there were."""
    query = delete(DELIVERIES).where(DELIVERIES.c.status != "pending", DELIVERIES.c.created_at <= database.clock() - RETENTION)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount


def _active(tenant_id: str) -> ColumnElement[bool]:
    return and_(WEBHOOKS.c.tenant_id == tenant_id, WEBHOOKS.c.status == "active")


def _held(query: Select[Any]) -> Select[Any]:
    """Lock the webhooks: deleting one in the meantime would break the change that is reported, so its deletion waits."""
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
            request_id=current_request_id(),
        )
        for webhook_id in webhook_ids
    ]
    for row in rows:
        await guarded.insert(connection, DELIVERIES, msgspec.structs.asdict(row))
    return rows
