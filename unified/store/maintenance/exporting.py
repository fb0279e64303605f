"""The rows of one tenant as plain values, for its export: all columns but secrets, credentials and digests of tokens."""

import base64
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.stored_values import Raw, value_of
from unified.store.engine.tables import AUDIT, OAUTH_APP_STATES, TENANT_LOGOS
from unified.store.integrity.guarded import GUARDED, as_stored, holds, raw_rows
from unified.store.integrity.sealed import SEALED
from unified.store.maintenance.erasure import tables_of_tenants
from unified.text.formatting_times import time_text

PAGE_SIZE = 500
_GUARDED = {one.table.name: one for one in GUARDED}
_KEPT_BACK = {OAUTH_APP_STATES.c.fingerprint}
"""Digests of secrets that are stored as text."""
_BINARY: dict[sa.Column[Any], Callable[[bytes], str]] = {
    AUDIT.c.hash: bytes.hex,
    TENANT_LOGOS.c.content: lambda content: base64.b64encode(content).decode(),
}
"""The binary columns that are exported, and how; all others are digests."""


def is_exported(column: sa.Column[Any]) -> bool:
    """Return whether a column may leave: no sealed text, no MAC, no digest of a token. The audit trail keeps its hashes."""
    if isinstance(column.type, sa.LargeBinary):
        return column in _BINARY
    is_sealed = any(column is one.text for one in SEALED)
    return not is_sealed and column.name != "mac" and column not in _KEPT_BACK


async def export_rows(database: Database, tenant_id: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield the tenant's rows as (table, values by column), without rows that have an invalid mark.

    Rows that are changed meanwhile may be of different times; those of a suspended tenant do not change.
    """
    for table, owner in tables_of_tenants():
        after: Raw | None = None
        while True:
            async with database.read() as connection:
                rows = await _page(connection, table, owner == tenant_id, after)
                valid = [row for row in rows if table.name not in _GUARDED or holds(connection, _GUARDED[table.name], row)]
            for row in valid:
                yield str(table.name), {str(one.name): _plain(one, row) for one in table.columns if is_exported(one)}
            if len(rows) < PAGE_SIZE:
                break
            after = rows[-1]


async def _page(connection: AsyncConnection, table: sa.Table, own: sa.ColumnElement[bool], after: Raw | None) -> list[Raw]:
    order = [table.c.seq] if table is AUDIT else list(table.primary_key.columns)
    query = sa.select(*(as_stored(one).label(one.name) for one in table.columns)).where(own).order_by(*order).limit(PAGE_SIZE)
    if after is not None:
        query = query.where(sa.tuple_(*order) > sa.tuple_(*(after[one.name] for one in order)))
    return await raw_rows(connection, query)


def _plain(column: sa.Column[Any], row: Raw) -> Any:
    value = value_of(column.type, row[column.name])
    if isinstance(value, datetime):
        return time_text(value, "microseconds")
    return _BINARY[column](bytes(value)) if column in _BINARY else value
