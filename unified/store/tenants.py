"""Tenants, isolated from each other within one installation."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, and_, select

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.tables import TENANTS
from unified.store.integrity import guarded
from unified.store.queries.pages import DEFAULT_LIMIT, Page, fetch_page


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant."""

    id: str
    name: str
    return_origins: list[str] | None = None
    """Where the browser may go after connecting an account, such as `https://app.example.com`."""
    frame_ancestors: list[str] | None = None
    """Origins of the pages that may show the connect page in a frame."""
    colors: dict[str, str] | None = None
    """The `accent` and `background` of the connect page, such as `#1d5c96`."""
    changed_by: dict[str, str] | None = None
    """Field → the id of the API key that last set it; a field that the command line set is left out."""
    created_at: datetime
    suspended_at: datetime | None = None
    """Since when the tenant is refused; None for one that is served."""
    agents_paused: dict[str, Any] | None = None
    """When, by whom and why all its agents were paused; None while they work."""
    writes_paused: dict[str, Any] | None = None
    """The same of all writes to its accounts."""


class TenantChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is."""

    name: str | UnsetType = UNSET
    return_origins: list[str] | UnsetType = UNSET
    frame_ancestors: list[str] | UnsetType = UNSET
    colors: dict[str, str] | UnsetType | None = UNSET


async def add(database: Database, tenant_id: str, *, name: str) -> TenantRow:
    """Add a tenant under a new id (`ten_…`)."""
    row = TenantRow(id=tenant_id, name=name, created_at=database.clock())
    async with database.write() as connection:
        await guarded.insert(connection, TENANTS, msgspec.structs.asdict(row))
    return row


async def get(database: Database, tenant_id: str) -> TenantRow | None:
    """Return the tenant, or None."""
    async with database.read() as connection:
        return await guarded.fetch_one(connection, select(TENANTS).where(TENANTS.c.id == tenant_id), TENANTS, TenantRow)


async def update(database: Database, tenant_id: str, changes: TenantChanges, *, by: str | None = None) -> TenantRow | None:
    """Write the changes of a key, or of the command line, and return the new row; None when the tenant is unknown."""
    values = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    if not values:
        return await get(database, tenant_id)
    query = select(TENANTS).where(TENANTS.c.id == tenant_id).with_for_update(key_share=True)
    async with database.write() as connection:
        before = await guarded.fetch_one(connection, query, TENANTS, TenantRow)
        if before is None:
            return None
        others = {name: one for name, one in (before.changed_by or {}).items() if name not in values}
        changed_by = others | ({} if by is None else dict.fromkeys(values, by))
        values = {**values, "changed_by": changed_by or None}
        rows = await guarded.update(connection, TENANTS, TENANTS.c.id == tenant_id, values, TenantRow)
    return rows[0] if rows else None


async def set_suspended(database: Database, tenant_id: str, *, suspended: bool) -> TenantRow | None:
    """Suspend or resume the tenant; None when it is unknown or in that state already."""
    since = TENANTS.c.suspended_at
    own = and_(TENANTS.c.id == tenant_id, since.is_(None) if suspended else since.is_not(None))
    values = {"suspended_at": database.clock() if suspended else None}
    async with database.write() as connection:
        rows = await guarded.update(connection, TENANTS, own, values, TenantRow)
    return rows[0] if rows else None


async def active_among(connection: AsyncConnection, ids: Collection[str]) -> frozenset[str]:
    """Return those of these tenants that are served: known, with a valid mark, and not suspended."""
    if not ids:
        return frozenset()
    rows = await guarded.fetch(connection, select(TENANTS).where(TENANTS.c.id.in_(ids)), TENANTS, TenantRow)
    return frozenset(row.id for row in rows if row.suspended_at is None)


def is_of_suspended(tenant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a row is of a suspended tenant, for queries over all tenants; it checks no mark."""
    return tenant_id.in_(select(TENANTS.c.id).where(TENANTS.c.suspended_at.is_not(None)))


async def list_page(database: Database, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[TenantRow]:
    """Return tenants, oldest first; for the command line only, because no tenant may see the others."""
    async with database.read() as connection:
        return await fetch_page(connection, select(TENANTS), TENANTS, TenantRow, limit=limit, cursor=cursor)
