"""Webhooks: where a tenant receives events, with the signing secret as sealed text only."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from unified.store.deliveries import drop_pending
from unified.store.engine.engine import Database
from unified.store.engine.tables import WEBHOOKS
from unified.store.integrity import guarded
from unified.store.queries.pages import DEFAULT_LIMIT, Page, fetch_page

WebhookStatus = Literal["active", "disabled"]
OVERLAP = timedelta(hours=24)
"""How long the previous secret still signs after a rotation."""


class WebhookRow(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook."""

    id: str
    tenant_id: str
    url: str
    events: list[str]
    status: WebhookStatus
    status_reason: str | None
    """Why the service disabled it: `gone` or `failing`; None when a person did."""
    secret: str
    """Sealed text; the store never sees its content."""
    secret_masked: str
    previous_secret: str | None
    previous_until: datetime | None
    failing_since: datetime | None
    """The first failed attempt since the last successful one."""
    created_at: datetime
    updated_at: datetime


class WebhookChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is."""

    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    status: WebhookStatus | UnsetType = UNSET


async def add(
    database: Database, tenant_id: str, webhook_id: str, *, url: str, events: list[str], secret: str, secret_masked: str
) -> WebhookRow:
    """Add a webhook under a new id (`whk_…`); `secret` is sealed text."""
    now = database.clock()
    row = WebhookRow(
        id=webhook_id,
        tenant_id=tenant_id,
        url=url,
        events=events,
        status="active",
        status_reason=None,
        secret=secret,
        secret_masked=secret_masked,
        previous_secret=None,
        previous_until=None,
        failing_since=None,
        created_at=now,
        updated_at=now,
    )
    async with database.write() as connection:
        await guarded.insert(connection, WEBHOOKS, msgspec.structs.asdict(row))
    return row


async def get(database: Database, tenant_id: str, webhook_id: str) -> WebhookRow | None:
    """Return the tenant's webhook; None when it is unknown or another tenant's."""
    async with database.read() as connection:
        query = sa.select(WEBHOOKS).where(_own(tenant_id, webhook_id))
        return await guarded.fetch_one(connection, query, WEBHOOKS, WebhookRow)


async def list_page(
    database: Database, tenant_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[WebhookRow]:
    """Return the tenant's webhooks, oldest first.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = sa.select(WEBHOOKS).where(WEBHOOKS.c.tenant_id == tenant_id)
    async with database.read() as connection:
        return await fetch_page(connection, query, WEBHOOKS, WebhookRow, limit=limit, cursor=cursor)


async def update(database: Database, tenant_id: str, webhook_id: str, changes: WebhookChanges) -> WebhookRow | None:
    """Write the changes and return the new row; None when it is unknown or another tenant's.

    Deliveries that wait for a webhook are dropped when it is disabled; activating one clears its earlier failures.
    """
    values = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    if changes.status is not UNSET:
        values |= {"status_reason": None, "failing_since": None}
    return await _write(database, _own(tenant_id, webhook_id), values)


async def disable(database: Database, tenant_id: str, webhook_id: str, reason: str) -> WebhookRow | None:
    """Disable the webhook and drop what waits; None when it was not active, so that it is reported once."""
    active = sa.and_(_own(tenant_id, webhook_id), WEBHOOKS.c.status == "active")
    return await _write(database, active, {"status": "disabled", "status_reason": reason})


async def rotate(database: Database, tenant_id: str, webhook_id: str, *, secret: str, secret_masked: str) -> WebhookRow | None:
    """Replace the secret; the previous one still signs for `OVERLAP`. None when unknown or another tenant's."""
    values = {
        "secret": secret,
        "secret_masked": secret_masked,
        "previous_secret": WEBHOOKS.c.secret,
        "previous_until": database.clock() + OVERLAP,
    }
    return await _write(database, _own(tenant_id, webhook_id), values)


async def delete(database: Database, tenant_id: str, webhook_id: str) -> bool:
    """Delete the webhook with its deliveries; False when there was none."""
    async with database.write() as connection:
        return (await connection.execute(sa.delete(WEBHOOKS).where(_own(tenant_id, webhook_id)))).rowcount > 0


async def note_failure(database: Database, tenant_id: str, webhook_id: str) -> datetime | None:
    """Record a failed attempt; return since when all have failed, None for a webhook that was deleted."""
    now = sa.literal(database.clock(), WEBHOOKS.c.failing_since.type)
    first = sa.func.coalesce(WEBHOOKS.c.failing_since, now)
    query = sa.update(WEBHOOKS).where(_own(tenant_id, webhook_id)).values(failing_since=first)
    async with database.write() as connection:
        since: datetime | None = (await connection.execute(query.returning(WEBHOOKS.c.failing_since))).scalar()
    return since


async def note_success(database: Database, tenant_id: str, webhook_id: str) -> None:
    """Record a successful attempt, so that earlier failures no longer count."""
    failing = WEBHOOKS.c.failing_since.is_not(None)
    async with database.write() as connection:
        await connection.execute(sa.update(WEBHOOKS).where(_own(tenant_id, webhook_id), failing).values(failing_since=None))


async def forget_previous(database: Database) -> int:
    """Delete previous secrets that no longer sign, of all tenants; return how many there were."""
    ended = WEBHOOKS.c.previous_until <= database.clock()
    async with database.write() as connection:
        return await guarded.change(connection, WEBHOOKS, ended, {"previous_secret": None, "previous_until": None})


def _own(tenant_id: str, webhook_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(WEBHOOKS.c.tenant_id == tenant_id, WEBHOOKS.c.id == webhook_id)


async def _write(database: Database, which: sa.ColumnElement[bool], values: dict[str, Any]) -> WebhookRow | None:
    async with database.write() as connection:
        rows = await guarded.update(connection, WEBHOOKS, which, {**values, "updated_at": database.clock()}, WebhookRow)
        if not rows:
            return None
        row = rows[0]
        if row.status == "disabled":
            await drop_pending(connection, row.tenant_id, row.id)
    return row
