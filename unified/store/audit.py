"""The audit trail: rows are added at the end of their tenant's chain and never changed; no function here deletes one."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, RowMapping, Select, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.errors import InvalidCursor
from unified.store.audit_chain import AuditEntry, AuditRow, Head, chained
from unified.store.engine import Database
from unified.store.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from unified.store.tables import AUDIT, AUDIT_HEADS, TENANTS, from_microseconds

_COLUMNS = [
    type_coerce(AUDIT.c.created_at, BigInteger).label(name) if name == "created_at" else AUDIT.c[name]
    for name in AuditRow.__struct_fields__
]
"""Times as they are stored: one that somebody edited may be no time at all, and must not stop the reading."""
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_READ_AT_ONCE = 1000
_MAX_CURSOR_DIGITS = 18
"""So that the number fits the column."""


class UnknownTenant(Exception):
    """The entries' tenant is not there, so their rows never can be."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a tenant are meant; what is None does not matter."""

    account_id: str | None = None
    actor: str | None = None
    decision: str | None = None
    kind: str | None = None
    since: datetime | None = None
    """From this moment on."""
    until: datetime | None = None
    """Before this moment."""


async def append(database: Database, tenant_id: str, entries: Sequence[AuditEntry], *, again: bool = False) -> None:
    """Add entries of one tenant in one transaction; all of them, or none.

    One writer at a time extends a tenant's chain, in whatever process: the tenant's row is locked first. The lock lets
    other tables still refer to the tenant.

    Args:
        database: where.
        tenant_id: whose chain.
        entries: in the order that they get.
        again: whether an earlier try may have been kept without our knowing; entries that are there are left out.

    Raises:
        UnknownTenant: there is no such tenant.
    """
    async with database.write() as connection:
        lock = select(TENANTS.c.id).where(TENANTS.c.id == tenant_id).with_for_update(key_share=True)
        if (await connection.execute(lock)).first() is None:
            raise UnknownTenant(tenant_id)
        known = await _known(connection, entries) if again else frozenset()
        head = await _head(connection, tenant_id)
        rows = chained(tenant_id, head or Head(), tuple(one for one in entries if one.id not in known))
        if rows:
            await connection.execute(insert(AUDIT), [msgspec.structs.asdict(row) for row in rows])
            await _move_head(connection, tenant_id, rows[-1], is_first=head is None)


async def _known(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> frozenset[str]:
    query = select(AUDIT.c.id).where(AUDIT.c.id.in_([one.id for one in entries]))
    return frozenset((await connection.execute(query)).scalars())


async def _head(connection: AsyncConnection, tenant_id: str) -> Head | None:
    query = select(AUDIT_HEADS.c.seq, AUDIT_HEADS.c.hash).where(AUDIT_HEADS.c.tenant_id == tenant_id)
    found = (await connection.execute(query)).mappings().first()
    return Head(**found) if found else None


async def _move_head(connection: AsyncConnection, tenant_id: str, last: AuditRow, *, is_first: bool) -> None:
    values = {"seq": last.seq, "hash": last.hash}
    if is_first:
        await connection.execute(insert(AUDIT_HEADS).values(tenant_id=tenant_id, **values))
    else:
        await connection.execute(update(AUDIT_HEADS).where(AUDIT_HEADS.c.tenant_id == tenant_id).values(**values))


async def head(database: Database, tenant_id: str) -> Head:
    """The end of the tenant's chain; of an empty chain too."""
    async with database.read() as connection:
        return await _head(connection, tenant_id) or Head()


async def list_page(
    database: Database,
    tenant_id: str,
    asked: AuditFilter | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AuditRow]:
    """The tenant's rows that match, newest first; raises InvalidCursor.

    They are paged by their number, not their time: rows of several workers are numbered in the order in which they were
    kept, so that nobody who reads on misses one.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"expected a limit from 1 to {MAX_LIMIT}, got {limit}")
    query = _matching(tenant_id, asked or AuditFilter())
    if cursor is not None:
        query = query.where(AUDIT.c.seq < _decode(cursor))
    query = query.order_by(AUDIT.c.seq.desc()).limit(limit + 1)
    async with database.read() as connection:
        found = (await connection.execute(query)).mappings().all()
    shown = tuple(_row(mapping) for mapping in found[:limit])
    return Page(items=shown, next_cursor=str(shown[-1].seq) if len(found) > limit else None)


def _matching(tenant_id: str, asked: AuditFilter) -> Select[Any]:
    query = select(*_COLUMNS).where(AUDIT.c.tenant_id == tenant_id)
    for name in ("account_id", "actor", "decision", "kind"):
        wanted = getattr(asked, name)
        query = query if wanted is None else query.where(AUDIT.c[name] == wanted)
    if asked.since is not None:
        query = query.where(AUDIT.c.created_at >= asked.since)
    return query if asked.until is None else query.where(AUDIT.c.created_at < asked.until)


def _decode(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _MAX_CURSOR_DIGITS):
        raise InvalidCursor(
            "The cursor cannot be read: expected the next_cursor of the page before, unchanged. Start again without a cursor."
        )
    return int(cursor)


async def read_chain(database: Database, tenant_id: str, after: int | None = None) -> AsyncIterator[AuditRow]:
    """The tenant's rows by number, those after a number or all, a thousand at a time, for verification."""
    while True:
        query = select(*_COLUMNS).where(AUDIT.c.tenant_id == tenant_id).order_by(AUDIT.c.seq).limit(_READ_AT_ONCE)
        async with database.read() as connection:
            found = (await connection.execute(query if after is None else query.where(AUDIT.c.seq > after))).mappings().all()
        for mapping in found:
            yield _row(mapping)
        if len(found) < _READ_AT_ONCE:
            return
        after = found[-1]["seq"]


def _row(mapping: RowMapping) -> AuditRow:
    """A row as it stands there; a time that is none becomes one that no entry has, so that the hash does not fit."""
    try:
        moment = from_microseconds(mapping["created_at"])
    except (OverflowError, TypeError):
        moment = _NO_TIME
    return AuditRow(**{**mapping, "created_at": moment})
