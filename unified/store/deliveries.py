"""The outbox of webhooks: an event is written in the transaction of the change that it reports, and sent afterwards.

So no event is lost when a process dies, and none reports a change that was rolled back. A sender takes a delivery for the
time of a lease; if it dies, the delivery is due again when the lease ends, with the same id.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, delete, func, literal, select, update

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import DELIVERIES, WEBHOOKS
from unified.store.integrity import guarded
from unified.store.queries.pages import DEFAULT_LIMIT, Page, fetch_page
from unified.store.queries.pauses import DELIVERY, over
from unified.store.tenants import active_among, is_of_suspended
from unified.telemetry.loggers import get_logger
from unified.telemetry.request_scope import current_request_id

DeliveryStatus = Literal["pending", "delivered", "failed", "dropped"]
RETENTION = timedelta(days=30)
"""How long a delivery that has ended can be looked up."""


MAX_WAITING = 100_000
"""Deliveries of one tenant that wait; while there are so many, its further events are not written, with an error in the log."""
log = get_logger("unified.webhooks")


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
    if subscribed and await _is_full(connection, tenant_id):
        log.error("webhook_events_lost", tenant=tenant_id, count=len(subscribed), meaning="too many deliveries of it wait")
        return 0
    await _insert(database, connection, tenant_id, subscribed, event)
    return len(subscribed)


async def report(database: Database, tenant_id: str, event: Event) -> None:
    """Write the deliveries of an event that no change of a row comes with."""
    async with database.write() as connection:
        await enqueue(database, connection, tenant_id, event)


async def enqueue_to(database: Database, tenant_id: str, webhook_id: str, event: Event) -> DeliveryRow | None:
    """Write a delivery to one webhook, for any event; None when it is not active, unknown or another tenant's."""
    query = _held(select(WEBHOOKS).where(_active(tenant_id), WEBHOOKS.c.id == webhook_id))
    async with database.write() as connection:
        webhooks = await guarded.fetch(connection, query, WEBHOOKS, _Listening)
        rows = await _insert(database, connection, tenant_id, [row.id for row in webhooks], event)
    return rows[0] if rows else None


class TenantRoom(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries of each tenant a sender may take."""

    others: int
    """Of a tenant that is not in `sending`."""
    sending: dict[str, int] = {}
    """By tenant, for those whose deliveries are being sent."""


async def take_due(
    database: Database,
    *,
    lease: timedelta,
    room: int,
    each: int,
    busy: Collection[str] = (),
    tenants: TenantRoom | None = None,
) -> tuple[DeliveryRow, ...]:
    """Take up to `room` due deliveries; no other worker takes them until the lease ends.

    One statement chooses, locks and marks, and skips what another worker is taking. It takes turns over the tenants, for each
    over its webhooks, and of those the longest waiting first: at most `each` of one webhook, none of those in `busy`, and no
    more of a tenant than `tenants` says. So a slow receiver holds up neither other webhooks nor other tenants. Those of
    suspended tenants wait. A delivery with an invalid mark is dropped.
    """
    served = tenants or TenantRoom(others=room)
    now = database.clock()
    free = over(DELIVERIES.c.lease_until, now, lease)
    is_served = ~is_of_suspended(DELIVERIES.c.tenant_id)
    due = and_(DELIVERIES.c.status == "pending", over(DELIVERIES.c.next_attempt_at, now, DELIVERY), free, is_served)
    # `due` again: another worker may have taken a chosen row and committed before this statement locks it.
    locked = select(DELIVERIES.c.id).where(DELIVERIES.c.id.in_(_chosen(due, room, each, busy, served)), due)
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


def _chosen(due: ColumnElement[bool], room: int, each: int, busy: Collection[str], tenants: TenantRoom) -> Select[Any]:
    waiting = (DELIVERIES.c.next_attempt_at, DELIVERIES.c.id)
    of_webhook = func.row_number().over(partition_by=DELIVERIES.c.webhook_id, order_by=waiting).label("of_webhook")
    lines = select(*waiting, DELIVERIES.c.tenant_id, of_webhook).where(due, DELIVERIES.c.webhook_id.not_in(busy)).subquery()
    turns = (lines.c.of_webhook, lines.c.next_attempt_at, lines.c.id)
    of_tenant = func.row_number().over(partition_by=lines.c.tenant_id, order_by=turns).label("of_tenant")
    ranked = select(lines, of_tenant).where(lines.c.of_webhook <= each).subquery()
    sending = tenants.sending
    most = case(sending, value=ranked.c.tenant_id, else_=tenants.others) if sending else literal(tenants.others)
    served = select(ranked.c.id).where(ranked.c.of_tenant <= most)
    return served.order_by(ranked.c.of_tenant, ranked.c.next_attempt_at, ranked.c.id).limit(room)


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

    Only a success is still written after another worker took the delivery: it did arrive.
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


async def send_again(database: Database, tenant_id: str, webhook_id: str, delivery_id: str) -> bool:
    """Make a delivery that has ended due again, with its id and payload; False if its webhook is not active or it is unknown.

    One that is pending stays as it is.
    """
    own = and_(DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.webhook_id == webhook_id, DELIVERIES.c.id == delivery_id)
    now = database.clock()
    due = {"status": "pending", "attempts": 0, "next_attempt_at": now, "lease_until": None, "delivered_at": None}
    async with database.write() as connection:
        webhook = select(WEBHOOKS).where(_active(tenant_id), WEBHOOKS.c.id == webhook_id)
        if not await guarded.fetch(connection, _held(webhook), WEBHOOKS, _Listening):
            return False
        row = await guarded.fetch_one(connection, select(DELIVERIES).where(own), DELIVERIES, DeliveryRow)
        if row is not None and row.status != "pending":
            await guarded.update(connection, DELIVERIES, own, due, DeliveryRow)
    return row is not None


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


async def _is_full(connection: AsyncConnection, tenant_id: str) -> bool:
    waiting = select(DELIVERIES.c.id).where(DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.status == "pending")
    count = select(func.count()).select_from(waiting.limit(MAX_WAITING).subquery())
    return bool((await connection.execute(count)).scalar_one() >= MAX_WAITING)


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
