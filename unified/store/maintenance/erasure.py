"""Deleting a suspended tenant: every row of every table in one transaction, and a record of what was deleted.

The tenant's row is locked first, so that the deletion, a resumption and another deletion never overlap. Rows that a request
still wants to add refer to the tenant, so the database refuses them.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec
import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.changes import announce
from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS, API_KEYS, DELETED_TENANTS, INSTALLATION, MCP_SERVERS, METADATA, TENANTS
from unified.store.integrity import guarded
from unified.store.tenants import TenantRow

COPIED = (TENANTS, API_KEYS, MCP_SERVERS, ACCOUNTS)
"""Tables whose rows are cached, or whose ids are used for counters outside the database."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of deleted rows."""

    rows: dict[str, int]
    """How many rows of each table."""
    ids: dict[str, list[str]]
    """The ids of the rows of `COPIED`, by the name of their table."""


class NotSuspended(Exception):
    """The tenant is served, so it cannot be deleted."""


def tables_of_tenants() -> Iterator[tuple[sa.Table, sa.ColumnElement[str]]]:
    """Yield every table with rows of tenants and the column that names the tenant; a table comes after those it refers to."""
    for table in METADATA.sorted_tables:
        if table not in INSTALLATION:
            yield table, table.c.id if table is TENANTS else table.c.tenant_id


async def erase_tenant(database: Database, tenant_id: str) -> Erased | None:
    """Delete a suspended tenant with all its rows; None when there is no such tenant.

    Raises:
        NotSuspended: it is not suspended, or was just resumed.
    """
    locked = sa.select(TENANTS).where(TENANTS.c.id == tenant_id).with_for_update()
    async with database.write() as connection:
        tenant = await guarded.fetch_one(connection, locked, TENANTS, TenantRow)
        if tenant is None:
            return None
        if tenant.suspended_at is None:
            raise NotSuspended(tenant_id)
        erased = await _erase(connection, tenant_id)
        record = {"id": tenant_id, "rows": erased.rows, "deleted_at": database.clock()}
        await connection.execute(sa.insert(DELETED_TENANTS).values(record))
    return erased


async def _erase(connection: AsyncConnection, tenant_id: str) -> Erased:
    rows: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for table, owner in reversed(list(tables_of_tenants())):
        query = sa.delete(table).where(owner == tenant_id)
        if table not in COPIED:
            rows[str(table.name)] = (await connection.execute(query)).rowcount
            continue
        deleted = list((await connection.execute(query.returning(table.c.id))).scalars())
        for one in deleted:
            announce(connection, table, tenant_id, one)
        rows[str(table.name)], ids[str(table.name)] = len(deleted), deleted
    return Erased(rows=rows, ids=ids)


class DeletedTenant(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a deleted tenant; nothing else is left of it."""

    id: str
    rows: dict[str, int]
    deleted_at: datetime


async def list_deleted(database: Database) -> tuple[DeletedTenant, ...]:
    """Return the deleted tenants, oldest first, for the command line."""
    query = sa.select(DELETED_TENANTS).order_by(DELETED_TENANTS.c.deleted_at, DELETED_TENANTS.c.id)
    async with database.read() as connection:
        return tuple(DeletedTenant(**row) for row in (await connection.execute(query)).mappings())
