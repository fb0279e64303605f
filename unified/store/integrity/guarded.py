"""Rows that decide about access, each with a MAC: write access to the database is not enough to gain access to the service.

`GUARDED` is the table. Only the functions here read or write such rows where it matters: a row with an invalid MAC does not
exist for a reader, and a writer never gives it a new one. The MAC covers the stored text column by column, so no two rows
have the same content; a NULL is left out, so that a column can be added later.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.types import NULLTYPE

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.changes import announce
from unified.store.engine.engine import dialect_of, guard_of
from unified.store.engine.guard import Guard, Place
from unified.store.engine.stored_values import Raw, RowT, decoded, intended
from unified.store.engine.tables import (
    ACCOUNTS,
    API_KEYS,
    APPROVALS,
    CONNECT_LINKS,
    DELIVERIES,
    MCP_SERVERS,
    OAUTH_APPS,
    SESSIONS,
    TENANT_LOGOS,
    TENANTS,
    WEBHOOKS,
)
from unified.store.integrity.keyed import MAC_FORM, KeyedColumn

_LENGTH_BYTES = 4


class RowChanged(RuntimeError):
    """The database changed a row while it was being written. The transaction must be rolled back."""


class Guarded(KeyedColumn, frozen=True, kw_only=True, dict=True):
    """A table whose rows have a MAC."""

    column: str = "mac"
    form: str = MAC_FORM
    free: tuple[str, ...] = ()
    """Columns that decide nothing, or are sealed for their row as it is; the MAC covers all others."""
    lost: Literal["delete", "adopt"] = "delete"
    """The treatment of rows whose MAC only a lost key can check."""
    cleared: tuple[str, ...] = ()
    """Columns that are emptied when such a row is adopted."""

    @cached_property
    def covered(self) -> tuple[str, ...]:
        """The columns that the MAC covers, in the order of the table."""
        return tuple(one.name for one in self.table.columns if one.name != self.column and one.name not in self.free)

    def place(self, row: Raw) -> Place:
        """Return the values that a row's MAC is bound to."""
        ids = tuple(str(row[one.name]) for one in self.table.primary_key.columns)
        return (self.table.name, *ids)

    def content(self, row: Raw) -> bytes:
        """Return the bytes that a row's MAC covers."""
        return b"".join(_part(name.encode()) + _part(_encoded(row[name])) for name in self.covered if row[name] is not None)

    def is_row(self, row: Raw) -> sa.ColumnElement[bool]:
        """Return the condition that selects one row."""
        return sa.and_(*(one == row[one.name] for one in self.table.primary_key.columns))


def _part(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


def _encoded(value: object) -> bytes:
    """Encode a stored value with its kind; a Boolean is 0 or 1 in some databases, so it is in all."""
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogateescape")
    return b"n" + str(int(value) if isinstance(value, bool) else value).encode()


GUARDED: tuple[Guarded, ...] = (
    Guarded(table=TENANTS, owner="id", lost="adopt", cleared=("return_origins", "frame_ancestors", "colors")),
    Guarded(table=TENANT_LOGOS, free=("content", "updated_at")),
    Guarded(table=API_KEYS, free=("last_used_at", "end_announced_at")),
    Guarded(
        table=ACCOUNTS,
        lost="adopt",
        cleared=("credentials", "credentials_masked"),
        free=(
            "status_reason",
            "credentials",  # sealed for what is covered, see `unified.store.integrity.sealed`
            "refresh_lease",
            "refresh_lease_until",
            "refresh_unfinished",
            "refresh_not_before",
        ),
    ),
    Guarded(table=MCP_SERVERS, free=("last_used_at",)),
    Guarded(table=APPROVALS, free=("payload", "status_reason")),
    Guarded(table=OAUTH_APPS, id="provider"),
    Guarded(table=CONNECT_LINKS, free=("status_reason", "attempt", "failures")),
    Guarded(table=SESSIONS),
    Guarded(table=WEBHOOKS, free=("status_reason", "failing_since", "updated_at")),
    Guarded(
        table=DELIVERIES,
        free=("status", "attempts", "next_attempt_at", "lease_until", "last_status", "last_error", "delivered_at"),
    ),
)
_BY_TABLE = {one.table.name: one for one in GUARDED}


def is_covered(column: sa.Column[Any]) -> bool:
    """Return whether a MAC covers the column of its row."""
    guarded = _BY_TABLE.get(column.table.name)
    return guarded is not None and column.name in guarded.covered


def guarded_table(table: sa.Table) -> Guarded:
    """Return how rows of a table are guarded.

    Raises:
        KeyError: Rows of this table are not guarded.
    """
    return _BY_TABLE[table.name]


def raw_columns(guarded: Guarded, names: Iterable[str] = ()) -> list[sa.ColumnElement[Any]]:
    """Return the columns needed to check a row, and further ones by name, all as the database holds them."""
    wanted = {*guarded.covered, guarded.column, *names, *(one.name for one in guarded.table.primary_key.columns)}
    return [as_stored(one).label(one.name) for one in guarded.table.columns if one.name in wanted]


def as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return the column's value as stored; JSON as text, which a driver would otherwise parse."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else sa.type_coerce(column, NULLTYPE)


async def raw_rows(connection: AsyncConnection, query: sa.Executable) -> list[Raw]:
    """Return the rows that a statement returns."""
    return [{str(name): value for name, value in one.items()} for one in (await connection.execute(query)).mappings()]


def holds(connection: AsyncConnection, guarded: Guarded, row: Raw) -> bool:
    """Return whether the row's MAC is valid; report the row to the guard when it is not."""
    return _holds(guard_of(connection), guarded, row)


def _holds(guard: Guard, guarded: Guarded, row: Raw) -> bool:
    if _fits(guard, guarded, row):
        return True
    guard.refuse(guarded.table.name, row[guarded.owner], row[guarded.id])
    return False


def fits(connection: AsyncConnection, guarded: Guarded, row: Raw) -> bool:
    """Return whether the row's MAC is valid, without reporting it, for callers that only count."""
    return _fits(guard_of(connection), guarded, row)


def _fits(guard: Guard, guarded: Guarded, row: Raw) -> bool:
    return guard.fits(guarded.place(row), guarded.content(row), row[guarded.column])


Shown = Mapping[str, sa.ColumnElement[Any]]
"""Expressions to return in place of columns once their row is checked."""


async def fetch(
    connection: AsyncConnection, query: "sa.Select[Any]", table: sa.Table, row: type[RowT], shown: Shown | None = None
) -> list[RowT]:
    """Return the rows that a query on one guarded table finds, without those that have an invalid MAC."""
    return [one for _, one in await read(connection, query, table, row, shown) if one is not None]


async def read(
    connection: AsyncConnection, query: "sa.Select[Any]", table: sa.Table, row: type[RowT], shown: Shown | None = None
) -> list[tuple[Raw, RowT | None]]:
    """Return the rows with their raw values, so that pages keep their positions; None for a row with an invalid MAC."""
    guarded = guarded_table(table)
    also = [sa.type_coerce(one, NULLTYPE).label(f"shown_{name}") for name, one in (shown or {}).items()]
    rows = await raw_rows(connection, query.with_only_columns(*raw_columns(guarded, row.__struct_fields__), *also))
    guard = guard_of(connection)
    return [(raw, checked(guard, guarded, raw, row, shown or {})) for raw in rows]


async def written(
    connection: AsyncConnection, query: "sa.Update", table: sa.Table, row: type[RowT]
) -> list[tuple[Raw, RowT | None]]:
    """Run an update of free columns and return its rows, checked as in `read`."""
    guarded = guarded_table(table)
    rows = await raw_rows(connection, query.returning(*raw_columns(guarded, row.__struct_fields__)))
    return [(raw, checked(guard_of(connection), guarded, raw, row)) for raw in rows]


async def fetch_one(connection: AsyncConnection, query: "sa.Select[Any]", table: sa.Table, row: type[RowT]) -> RowT | None:
    """Return the row that a query finds, or None."""
    return next(iter(await fetch(connection, query, table, row)), None)


def checked(guard: Guard, guarded: Guarded, raw: Raw, row: type[RowT], shown: Iterable[str] = ()) -> RowT | None:
    """Return a row with the types of its columns; None, and a report to the guard, if its MAC is invalid."""
    if not _holds(guard, guarded, raw):
        return None
    values = {**raw, **{name: raw[f"shown_{name}"] for name in shown}}
    try:
        return decoded(guarded.table, values, row)
    except (TypeError, ValueError, OverflowError):  # in a column that the MAC does not cover
        guard.refuse(guarded.table.name, raw[guarded.owner], raw[guarded.id])
        return None


async def insert(connection: AsyncConnection, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Add a row with its MAC.

    Raises:
        RowChanged: The database stored another row than the one that was written.
    """
    guarded = guarded_table(table)
    row = _marked(connection, guarded, {}, values)
    await connection.execute(sa.insert(table).values({**values, guarded.column: row[guarded.column]}))
    announce(connection, table, row[guarded.owner], row[guarded.id])
    await _verified(connection, guarded, row)


async def update(
    connection: AsyncConnection,
    table: sa.Table,
    condition: sa.ColumnElement[bool],
    values: Mapping[str, Any],
    row: type[RowT],
) -> list[RowT]:
    """Change the valid rows that match and return them as they are then; they are locked first, in the order of their ids.

    Raises:
        RowChanged: The database stored another row than the one that was written.
    """
    guarded = guarded_table(table)
    rows = await _locked(connection, guarded, condition)
    after = [await overwrite(connection, guarded, before, values, row.__struct_fields__) for before in rows]
    return [decoded(table, raw, row) for raw in after]


async def change(
    connection: AsyncConnection, table: sa.Table, condition: sa.ColumnElement[bool], values: Mapping[str, Any]
) -> int:
    """Change the valid rows that match as `update` does; return how many there were."""
    guarded = guarded_table(table)
    rows = await _locked(connection, guarded, condition)
    for before in rows:
        await overwrite(connection, guarded, before, values)
    return len(rows)


async def overwrite(
    connection: AsyncConnection, guarded: Guarded, before: Raw, values: Mapping[str, Any], names: Iterable[str] = ()
) -> Raw:
    """Change and mark one row, whose content the caller is responsible for; return it as stored, with further columns.

    Raises:
        RowChanged: The database stored another row than the one that was written.
    """
    row = _marked(connection, guarded, before, values)
    changes = {**values, guarded.column: row[guarded.column]}
    await connection.execute(sa.update(guarded.table).where(guarded.is_row(before)).values(changes))
    announce(connection, guarded.table, row[guarded.owner], row[guarded.id])
    return await _verified(connection, guarded, row, names)


def _marked(connection: AsyncConnection, guarded: Guarded, before: Raw, values: Mapping[str, Any]) -> Raw:
    """Return the row as it must be stored, with its mark."""
    covered = {name: guarded.table.c[name] for name in guarded.covered}
    row = intended(dialect_of(connection), covered, before, values)
    return {**row, guarded.column: guard_of(connection).mark(guarded.place(row), guarded.content(row))}


async def _verified(connection: AsyncConnection, guarded: Guarded, row: Raw, names: Iterable[str] = ()) -> Raw:
    """Return the row as stored, read by a separate statement: a statement's own result is from before the last triggers."""
    stored = await raw_rows(connection, sa.select(*raw_columns(guarded, names)).where(guarded.is_row(row)))
    if [(guarded.content(one), one[guarded.column]) for one in stored] == [(guarded.content(row), row[guarded.column])]:
        return stored[0]
    guard_of(connection).refuse(guarded.table.name, row[guarded.owner], row[guarded.id])
    raise RowChanged(f"{guarded.table.name}: the database stored another row than was written; look for triggers and rules")


async def delete(
    connection: AsyncConnection, table: sa.Table, condition: sa.ColumnElement[bool], row: type[RowT]
) -> list[RowT]:
    """Delete the valid rows that match, and return them as they were."""
    guarded = guarded_table(table)
    query = sa.select(table).where(condition).with_for_update()
    rows = [(raw, one) for raw, one in await read(connection, query, table, row) if one is not None]
    for raw, _ in rows:
        await connection.execute(sa.delete(table).where(guarded.is_row(raw)))
        announce(connection, table, raw[guarded.owner], raw[guarded.id])
    return [one for _, one in rows]


async def _locked(connection: AsyncConnection, guarded: Guarded, condition: sa.ColumnElement[bool]) -> Sequence[Raw]:
    query = sa.select(*raw_columns(guarded)).where(condition).order_by(*guarded.table.primary_key.columns)
    rows = await raw_rows(connection, query.with_for_update(key_share=True))
    return [raw for raw in rows if holds(connection, guarded, raw)]
