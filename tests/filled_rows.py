"""Rows of any table with a value of the right type in each column, for tests that need one of everything."""

import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.store.engine.stored_times import Moment
from unified.store.integrity.guarded import GUARDED, guarded_table, insert, overwrite, raw_columns, raw_rows
from unified.store.integrity.keyed import SERVICE
from unified.store.integrity.sealed import SEALED

ANY_LIST = ["account.needs_reauth"]


def filled(table: sa.Table, **given: Any) -> dict[str, Any]:
    """A row with every column set that is not given."""
    return {column.name: given.get(column.name, _value(column)) for column in table.columns if column.name != "mac"}


def _value(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, Moment):
        return datetime(2099, 1, 1, tzinfo=UTC) if "expires" in column.name else datetime.now(UTC)
    if isinstance(column.type, sa.JSON):
        return ANY_LIST
    if column.name == "status" and column.type.python_type is str:
        return "active"
    by_type = {str: f"v_{secrets.token_hex(8)}", bytes: secrets.token_bytes(32), int: 1, bool: False}
    return by_type[column.type.python_type]


def sealed_row(table: sa.Table, vault: Any, tenant_id: str, secret: bytes, **given: Any) -> dict[str, Any]:
    """Such a row whose sealed columns hold a secret that opens in its place."""
    row = filled(table, **{"tenant_id": tenant_id, **given})
    for column in (one for one in SEALED if one.table is table):
        bound = {name: row[name] for name in column.bound}
        place = (row[column.owner] if column.owner else SERVICE, row[column.id])
        row[column.column] = vault.seal(secret, context=column.context(*place, **bound))
    return row


async def put(connection: AsyncConnection, table: sa.Table, row: dict[str, Any]) -> None:
    """Add a row as the service would, with its mark where rows of the table have one."""
    if table in {one.table for one in GUARDED}:
        await insert(connection, table, row)
    else:
        await connection.execute(sa.insert(table).values(row))


async def change(connection: AsyncConnection, table: sa.Table, condition: sa.ColumnElement[bool], **values: Any) -> None:
    """Change rows as the service would, with their marks: for states that take long to come about."""
    guarded = guarded_table(table)
    for row in await raw_rows(connection, sa.select(*raw_columns(guarded)).where(condition)):
        await overwrite(connection, guarded, row, values)
