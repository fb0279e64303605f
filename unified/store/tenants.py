"""Tenants: the walls between those who share one installation."""

from datetime import datetime

import msgspec
from sqlalchemy import insert, select

from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, Page, columns, fetch_page
from unified.store.tables import TENANTS


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant."""

    id: str
    name: str
    created_at: datetime


_COLUMNS = columns(TENANTS, TenantRow)


async def add(database: Database, tenant_id: str, *, name: str) -> TenantRow:
    """Add a tenant under a fresh id (`ten_…`)."""
    row = TenantRow(id=tenant_id, name=name, created_at=database.clock())
    async with database.write() as connection:
        await connection.execute(insert(TENANTS).values(msgspec.structs.asdict(row)))
    return row


async def get(database: Database, tenant_id: str) -> TenantRow | None:
    """The tenant, or None."""
    async with database.read() as connection:
        found = (await connection.execute(select(*_COLUMNS).where(TENANTS.c.id == tenant_id))).mappings().first()
    return TenantRow(**found) if found else None


async def list_page(database: Database, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[TenantRow]:
    """Tenants, oldest first; for the command line only, no tenant may see the others."""
    async with database.read() as connection:
        return await fetch_page(connection, select(*_COLUMNS), TENANTS, TenantRow, limit=limit, cursor=cursor)
