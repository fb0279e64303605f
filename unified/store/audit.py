"""The audit trail: rows are appended to their tenant's chain and never changed; no function here deletes one."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, RowMapping, Select, bindparam, insert, or_, select, type_coerce, update

from unified.errors.requests import InvalidCursor
from unified.store.audit_chain import AuditEntry, AuditRow, Head, chained
from unified.store.engine.async_engine import AsyncConnection
from unified.store.engine.engine import Database
from unified.store.engine.stored_times import from_microseconds
from unified.store.engine.tables import AUDIT, AUDIT_HEADS, TENANTS
from unified.store.queries.pages import DEFAULT_LIMIT, MAX_LIMIT, Page

_COLUMNS = [
    type_coerce(AUDIT.c.created_at, BigInteger).label(name) if name == "created_at" else AUDIT.c[name]
    for name in AuditRow.__struct_fields__
]
"""Times as stored: after tampering, a value may not be a time at all, and must not stop the reading."""
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_BATCH_SIZE = 1000
_MAX_CURSOR_DIGITS = 18
"""The bound at which the number still fits the column."""


class UnknownTenant(Exception):
    """The tenant of the entries does not exist, so their rows can never be written."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects rows of a tenant; a field that is None does not filter."""

    account_id: str | None = None
    actor: str | None = None
    decision: str | None = None
    reason: str | None = None
    kind: str | None = None
    server: str | None = None
    """The MCP server through which an agent called."""
    request_id: str | None = None
    """The request that the rows are about."""
    since: datetime | None = None
    """Rows from this time on."""
    until: datetime | None = None
    """Rows before this time."""
    accounts: tuple[str, ...] | None = None
    """Only rows of these accounts and of `actors`."""
    actors: tuple[str, ...] = ()


Batches = Mapping[str, Sequence[AuditEntry]]
"""Maps a tenant to its entries, in the order in which they are appended."""


async def append(database: Database, batches: Batches, *, again: bool = False) -> None:
    """Append entries of several tenants in one transaction: all of them, or none.

    Only one writer at a time extends a tenant's chain, in any process: the tenants' rows are locked first, in the order of
    their ids, so that two writers never deadlock. The lock still lets other tables refer to the tenant.

    Args:
        database: The database to write to.
        batches: The entries.
        again: Whether an earlier attempt may have been committed without our knowing; entries already stored are skipped.

    Raises:
        UnknownTenant: One of the tenants does not exist.
    """
    async with database.write() as connection:
        await _lock(connection, batches)
        known = await _known(connection, batches) if again else frozenset()
        heads = await _heads(connection, batches)
        rows: list[AuditRow] = []
        for tenant_id, entries in batches.items():
            new = tuple(one for one in entries if one.id not in known)
            rows += chained(tenant_id, heads.get(tenant_id, Head()), new)
        if rows:
            await connection.execute(insert(AUDIT), [msgspec.structs.asdict(row) for row in rows])
            await _move_heads(connection, rows, set(heads))


async def _lock(connection: AsyncConnection, batches: Batches) -> None:
    query = select(TENANTS.c.id).where(TENANTS.c.id.in_(list(batches))).order_by(TENANTS.c.id)
    locked = set((await connection.execute(query.with_for_update(key_share=True))).scalars())
    if locked != set(batches):
        raise UnknownTenant(min(set(batches) - locked))


async def _known(connection: AsyncConnection, batches: Batches) -> frozenset[str]:
    ids = [one.id for entries in batches.values() for one in entries]
    return frozenset((await connection.execute(select(AUDIT.c.id).where(AUDIT.c.id.in_(ids)))).scalars())


async def _heads(connection: AsyncConnection, tenants: Iterable[str]) -> dict[str, Head]:
    query = select(AUDIT_HEADS).where(AUDIT_HEADS.c.tenant_id.in_(list(tenants)))
    return {row.tenant_id: Head(seq=row.seq, hash=row.hash) for row in await connection.execute(query)}


async def _move_heads(connection: AsyncConnection, rows: Sequence[AuditRow], there: set[str]) -> None:
    last = {row.tenant_id: {"tenant": row.tenant_id, "seq": row.seq, "hash": row.hash} for row in rows}
    new = [{**values, "tenant_id": tenant_id} for tenant_id, values in last.items() if tenant_id not in there]
    moved = [values for tenant_id, values in last.items() if tenant_id in there]
    values: dict[str, Any] = {"seq": bindparam("seq"), "hash": bindparam("hash")}
    if new:
        await connection.execute(insert(AUDIT_HEADS).values(tenant_id=bindparam("tenant_id"), **values), new)
    if moved:
        await connection.execute(
            update(AUDIT_HEADS).where(AUDIT_HEADS.c.tenant_id == bindparam("tenant")).values(values), moved
        )


async def head(database: Database, tenant_id: str) -> Head:
    """Return the end of the tenant's chain; an empty chain has one too."""
    async with database.read() as connection:
        return (await _heads(connection, [tenant_id])).get(tenant_id, Head())


async def list_page(
    database: Database,
    tenant_id: str,
    wanted: AuditFilter | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AuditRow]:
    """Return the tenant's rows that match, newest first.

    Paging goes by row number, not by time: rows of several workers are numbered in the order in which they were stored, so
    a reader never misses one.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"expected a limit from 1 to {MAX_LIMIT}, got {limit}")
    query = _matching(tenant_id, wanted or AuditFilter())
    if cursor is not None:
        query = query.where(AUDIT.c.seq < _decode(cursor))
    query = query.order_by(AUDIT.c.seq.desc()).limit(limit + 1)
    async with database.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    shown = tuple(_row(row) for row in rows[:limit])
    return Page(items=shown, next_cursor=str(shown[-1].seq) if len(rows) > limit else None)


def _matching(tenant_id: str, wanted: AuditFilter) -> Select[Any]:
    return matching(select(*_COLUMNS), tenant_id, wanted)


def matching(query: Select[Any], tenant_id: str, wanted: AuditFilter) -> Select[Any]:
    """Return a query of the trail, limited to the tenant's rows that match."""
    query = query.where(AUDIT.c.tenant_id == tenant_id)
    for name in ("account_id", "actor", "decision", "reason", "kind", "server", "request_id"):
        value = getattr(wanted, name)
        query = query if value is None else query.where(AUDIT.c[name] == value)
    if wanted.accounts is not None:
        visible = or_(AUDIT.c.account_id.in_(wanted.accounts), AUDIT.c.actor.in_(wanted.actors))
        query = query.where(visible)
    if wanted.since is not None:
        query = query.where(AUDIT.c.created_at >= wanted.since)
    return query if wanted.until is None else query.where(AUDIT.c.created_at < wanted.until)


def _decode(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _MAX_CURSOR_DIGITS):
        raise InvalidCursor(
            "The cursor cannot be read: expected the next_cursor of the previous page, unchanged. Start again without a cursor."
        )
    return int(cursor)


async def read_chain(database: Database, tenant_id: str, after: int | None = None) -> AsyncIterator[AuditRow]:
    """Yield the tenant's rows in the order of their numbers, all or those after a number, for verification."""
    while True:
        query = select(*_COLUMNS).where(AUDIT.c.tenant_id == tenant_id).order_by(AUDIT.c.seq).limit(_BATCH_SIZE)
        async with database.read() as connection:
            rows = (await connection.execute(query if after is None else query.where(AUDIT.c.seq > after))).mappings().all()
        for row in rows:
            yield _row(row)
        if len(rows) < _BATCH_SIZE:
            return
        after = rows[-1]["seq"]


def _row(mapping: RowMapping) -> AuditRow:
    """Return a row as stored; an invalid time becomes one that no entry has, so that the hash does not match."""
    try:
        created_at = from_microseconds(mapping["created_at"])
    except (OverflowError, TypeError):
        created_at = _NO_TIME
    return AuditRow(**{**mapping, "created_at": created_at})
