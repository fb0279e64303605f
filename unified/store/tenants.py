"""Tenants, isolated from each other within one installation."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import select

from unified.store import guarded
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, Page, fetch_page
from unified.store.tables import TENANTS


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant."""

    id: str
    name: str
    return_origins: list[str] | None = None
    """Where the browser may go after connecting an account, such as `https://app.example.com`."""
    created_at: datetime


class TenantChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to change; a field left out stays as it is."""

    name: str | UnsetType = UNSET
    return_origins: list[str] | UnsetType = UNSET


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


async def update(database: Database, tenant_id: str, changes: TenantChanges) -> TenantRow | None:
    """Write the changes and return the new row; None when the tenant is unknown."""
    values = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    if not values:
        return await get(database, tenant_id)
    async with database.write() as connection:
        rows = await guarded.update(connection, TENANTS, TENANTS.c.id == tenant_id, values, TenantRow)
    return rows[0] if rows else None


async def list_page(database: Database, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[TenantRow]:
    """Return tenants, oldest first; for the command line only, because no tenant may see the others."""
    async with database.read() as connection:
        return await fetch_page(connection, select(TENANTS), TENANTS, TenantRow, limit=limit, cursor=cursor)
