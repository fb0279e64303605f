"""The marks of many rows at once: for rows that existed before rows were marked, and for rotation of the master keys.

The queries cover all tenants, for the start of the service and the command line only.
"""

from collections import Counter
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database, guard_of
from unified.store.engine.stored_values import Raw
from unified.store.engine.tables import API_KEYS, CONNECT_LINKS, MCP_SERVERS, SESSIONS
from unified.store.integrity.guarded import GUARDED, Guarded, fits, holds, overwrite, raw_columns, raw_rows
from unified.store.integrity.sealed import sealed_by

BATCH_SIZE = 500
Rehash = Callable[[bytes], bytes]
"""Turns the SHA-256 of a token into the digest that is stored now."""
_TOKENS = frozenset({API_KEYS.name, MCP_SERVERS.name, SESSIONS.name, CONNECT_LINKS.name})


class Remarked(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one batch of rows marked with an older key."""

    replaced: int
    changed: int
    """Rows that the service changed in the meantime, and that were left alone."""
    unfit: int
    """Rows with an invalid mark, which they keep."""
    last: Raw | None
    """The position of the next batch; None when this was the last."""


async def adopt(connection: AsyncConnection, rehash: Rehash) -> int:
    """Mark every row that has no mark, and key the digests of its token; return how many there were."""
    count = 0
    for guarded in GUARDED:
        query = sa.select(*raw_columns(guarded)).where(guarded.text.is_(None)).limit(BATCH_SIZE)
        while rows := await raw_rows(connection, query):
            for row in rows:
                await _adopt(connection, guarded, row, rehash if guarded.table.name in _TOKENS else None)
            count += len(rows)
    return count


async def _adopt(connection: AsyncConnection, guarded: Guarded, row: Raw, rehash: Rehash | None) -> None:
    await overwrite(connection, guarded, row, {} if rehash is None else {"digest": rehash(row["digest"])})


async def remark(database: Database, guarded: Guarded, *, current: str, after: Raw | None, limit: int) -> Remarked:
    """Mark the next rows again that have a mark of another key than the current one, each only while it keeps that mark.

    A row that is edited in between keeps a mark that does not match it.
    """
    keys = list(guarded.table.primary_key.columns)
    query = sa.select(*raw_columns(guarded)).where(guarded.text.is_not(None), ~sealed_by(guarded, current))
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(after[one.name] for one in keys)))
    async with database.write() as connection:
        rows = await raw_rows(connection, query.order_by(*keys).limit(limit))
        valid = [row for row in rows if holds(connection, guarded, row)]
        replaced = 0
        for row in valid:
            replaced += await _remark(connection, guarded, row)
    last = rows[-1] if rows else None
    return Remarked(replaced=replaced, changed=len(valid) - replaced, unfit=len(rows) - len(valid), last=last)


async def _remark(connection: AsyncConnection, guarded: Guarded, row: Raw) -> int:
    mac = guard_of(connection).mark(guarded.place(row), guarded.content(row))
    same = sa.and_(guarded.is_row(row), guarded.text == row[guarded.column])
    return (await connection.execute(sa.update(guarded.table).where(same).values(mac=mac))).rowcount


async def count_unfit(database: Database, guarded: Guarded) -> Counter[str]:
    """Count the rows of a table that have no valid mark and so are never found, by the key that the mark names."""
    keys = list(guarded.table.primary_key.columns)
    unfit, after = Counter[str](), None
    async with database.read() as connection:
        while True:
            query = sa.select(*raw_columns(guarded)).order_by(*keys).limit(BATCH_SIZE)
            if after is not None:
                query = query.where(sa.tuple_(*keys) > sa.tuple_(*(after[one.name] for one in keys)))
            rows = await raw_rows(connection, query)
            unfit.update(_named(guarded, row) for row in rows if not fits(connection, guarded, row))
            if len(rows) < BATCH_SIZE:
                return unfit
            after = rows[-1]


def _named(guarded: Guarded, row: Raw) -> str:
    """Return the id of the key that a mark names."""
    return str(row[guarded.column] or "").removeprefix(guarded.form).partition(".")[0]


async def give_up_marks(database: Database, guarded: Guarded, kid: str) -> int:
    """Delete the rows that a lost key marked, or adopt them without their dangerous columns; return how many there were."""
    lost = sealed_by(guarded, kid)
    async with database.write() as connection:
        if guarded.lost == "delete":
            return (await connection.execute(sa.delete(guarded.table).where(lost))).rowcount
        return await take_over(connection, guarded, lost, dict.fromkeys(guarded.cleared))


async def take_over(
    connection: AsyncConnection, guarded: Guarded, lost: sa.ColumnElement[bool], cleared: dict[str, None]
) -> int:
    """Mark rows whose mark only a lost key can check; return how many. The operator is responsible for their content."""
    query = sa.select(*raw_columns(guarded)).where(lost).order_by(*guarded.table.primary_key.columns)
    rows = await raw_rows(connection, query.with_for_update())
    for row in rows:
        await overwrite(connection, guarded, row, cleared)
    return len(rows)
