"""The marks of many rows at once: for rows that were there before rows were marked, and for rotation of the master keys.

The queries go over all tenants, for the start and the command line only.
"""

from collections import Counter
from collections.abc import Callable

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.store.engine import Database, guard_of
from unified.store.guarded import GUARDED, Guarded, fits, holds, overwrite, raw_columns, raw_rows
from unified.store.sealed import sealed_by
from unified.store.stored_values import Raw
from unified.store.tables import API_KEYS, CONNECT_LINKS, MCP_SERVERS, SESSIONS

BATCH_SIZE = 500
Rehash = Callable[[bytes], bytes]
"""The digest of a token as it is stored now, from its SHA-256."""
_TOKENS = frozenset({API_KEYS.name, MCP_SERVERS.name, SESSIONS.name, CONNECT_LINKS.name})


class Remarked(msgspec.Struct, frozen=True, kw_only=True):
    """One batch of rows that had a mark of an older key."""

    replaced: int
    changed: int
    """Changed by the service meanwhile, and left alone."""
    unfit: int
    """Whose mark does not fit, and stays as it is."""
    last: Raw | None
    """Where the next batch begins; None when this was the last."""


async def adopt(connection: AsyncConnection, rehash: Rehash) -> int:
    """Mark every row that has no mark, and key the digests of its token; how many there were."""
    done = 0
    for guarded in GUARDED:
        query = sa.select(*raw_columns(guarded)).where(guarded.text.is_(None)).limit(BATCH_SIZE)
        while found := await raw_rows(connection, query):
            for row in found:
                await _adopt(connection, guarded, row, rehash if guarded.table.name in _TOKENS else None)
            done += len(found)
    return done


async def _adopt(connection: AsyncConnection, guarded: Guarded, row: Raw, rehash: Rehash | None) -> None:
    await overwrite(connection, guarded, row, {} if rehash is None else {"digest": rehash(row["digest"])})


async def remark(database: Database, guarded: Guarded, *, current: str, after: Raw | None, limit: int) -> Remarked:
    """Mark the next rows again whose mark is of another key than the current one, each only while its mark is the old one.

    A row that is edited in between keeps a mark that does not fit it.
    """
    keys = list(guarded.table.primary_key.columns)
    query = sa.select(*raw_columns(guarded)).where(guarded.text.is_not(None), ~sealed_by(guarded, current))
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(after[one.name] for one in keys)))
    async with database.write() as connection:
        found = await raw_rows(connection, query.order_by(*keys).limit(limit))
        fit = [one for one in found if holds(connection, guarded, one)]
        replaced = 0
        for one in fit:
            replaced += await _remark(connection, guarded, one)
    last = found[-1] if found else None
    return Remarked(replaced=replaced, changed=len(fit) - replaced, unfit=len(found) - len(fit), last=last)


async def _remark(connection: AsyncConnection, guarded: Guarded, row: Raw) -> int:
    mac = guard_of(connection).mark(guarded.place(row), guarded.content(row))
    same = sa.and_(guarded.is_row(row), guarded.text == row[guarded.column])
    return (await connection.execute(sa.update(guarded.table).where(same).values(mac=mac))).rowcount


async def count_unfit(database: Database, guarded: Guarded) -> Counter[str]:
    """How many rows of a table have no mark or one that does not fit, by the key that the mark names: nobody finds them."""
    keys = list(guarded.table.primary_key.columns)
    unfit, after = Counter[str](), None
    async with database.read() as connection:
        while True:
            query = sa.select(*raw_columns(guarded)).order_by(*keys).limit(BATCH_SIZE)
            if after is not None:
                query = query.where(sa.tuple_(*keys) > sa.tuple_(*(after[one.name] for one in keys)))
            found = await raw_rows(connection, query)
            unfit.update(_named(guarded, one) for one in found if not fits(connection, guarded, one))
            if len(found) < BATCH_SIZE:
                return unfit
            after = found[-1]


def _named(guarded: Guarded, row: Raw) -> str:
    """The id of the key that a mark says it is of."""
    return str(row[guarded.column] or "").removeprefix(guarded.form).partition(".")[0]


async def give_up_marks(database: Database, guarded: Guarded, kid: str) -> int:
    """Delete the rows that a lost key marked, or take them over without what they could do harm with; how many there were."""
    lost = sealed_by(guarded, kid)
    async with database.write() as connection:
        if guarded.lost == "delete":
            return (await connection.execute(sa.delete(guarded.table).where(lost))).rowcount
        return await take_over(connection, guarded, lost, dict.fromkeys(guarded.cleared))


async def take_over(
    connection: AsyncConnection, guarded: Guarded, lost: sa.ColumnElement[bool], cleared: dict[str, None]
) -> int:
    """Mark rows whose mark only a lost key can check; how many there were. The operator answers for what they say."""
    query = sa.select(*raw_columns(guarded)).where(lost).order_by(*guarded.table.primary_key.columns)
    found = await raw_rows(connection, query.with_for_update())
    for row in found:
        await overwrite(connection, guarded, row, cleared)
    return len(found)
