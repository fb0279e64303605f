"""Rows that are found by a bearer token: API keys and MCP servers. Only the token's digest is stored, which opens nothing.

The queries themselves leave out expired and revoked rows, so no caller can forget to check.
"""

from datetime import datetime, timedelta
from typing import Any, Generic

import msgspec
import sqlalchemy as sa

from unified.store.engine.engine import Database
from unified.store.engine.stored_values import RowT
from unified.store.integrity import guarded
from unified.store.queries.pages import DEFAULT_LIMIT, IsSeen, Page, fetch_page

TOUCH_EVERY = timedelta(minutes=1)


class TokenKind(msgspec.Struct, Generic[RowT], frozen=True, kw_only=True):
    """A table whose rows each have a token, with the struct of its rows."""

    table: sa.Table
    row: type[RowT]


class FormerToken(msgspec.Struct, frozen=True, kw_only=True):
    """A row that may have expired or been revoked: its id and tenant, with no credential to authenticate with."""

    id: str
    tenant_id: str


async def add(database: Database, kind: TokenKind[RowT], row: RowT, digest: bytes) -> RowT:
    """Add a row with the digest of its token; return the row."""
    async with database.write() as connection:
        await guarded.insert(connection, kind.table, {**msgspec.structs.asdict(row), "digest": digest})
    return row


async def find_by_digest(database: Database, kind: TokenKind[RowT], digest: bytes) -> RowT | None:
    """Return the row that has this token, unless it expired or was revoked.

    This and `find_former` are the only queries on such rows without a tenant: they find out which tenant is calling.
    """
    return await _first(database, kind, kind.table.c.digest == digest, usable(database, kind))


async def find_former(database: Database, kind: TokenKind[RowT], digest: bytes) -> FormerToken | None:
    """Return the row that has or had this token, to audit its refusal; never use it to let the token call."""
    query = sa.select(kind.table).where(kind.table.c.digest == digest)
    async with database.read() as connection:
        return await guarded.fetch_one(connection, query, kind.table, FormerToken)


async def get(database: Database, kind: TokenKind[RowT], tenant_id: str, row_id: str) -> RowT | None:
    """Return the tenant's row, expired or not; None when it is unknown, revoked or another tenant's."""
    return await _first(database, kind, own(kind, tenant_id, row_id))


async def get_usable(database: Database, kind: TokenKind[RowT], tenant_id: str, row_id: str) -> RowT | None:
    """Return the tenant's row if its token is usable now; None when unknown, expired, revoked or another tenant's."""
    return await _first(database, kind, own(kind, tenant_id, row_id), usable(database, kind))


async def list_page(
    database: Database,
    kind: TokenKind[RowT],
    tenant_id: str,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    ends: tuple[datetime, datetime] | None = None,
    is_seen: IsSeen[RowT] | None = None,
) -> Page[RowT]:
    """Return the tenant's rows that were not revoked, expired ones included, oldest first.

    With `ends`, only those that expire between these times.

    Raises:
        InvalidCursor: The cursor is not one of a previous page.
    """
    query = sa.select(kind.table).where(kind.table.c.tenant_id == tenant_id, kind.table.c.revoked_at.is_(None))
    if ends is not None:
        query = query.where(kind.table.c.expires_at.between(*ends))
    async with database.read() as connection:
        return await fetch_page(connection, query, kind.table, kind.row, limit=limit, cursor=cursor, is_seen=is_seen)


async def revoke(database: Database, kind: TokenKind[RowT], tenant_id: str, row_id: str) -> bool:
    """Revoke the token at once; False when there was none to revoke. The row stays for the audit trail."""
    now = database.clock()
    values: dict[str, Any] = {"revoked_at": now}
    if "version" in kind.table.c:
        values |= {"updated_at": now, "version": kind.table.c.version + 1}
    async with database.write() as connection:
        return bool(await guarded.update(connection, kind.table, own(kind, tenant_id, row_id), values, FormerToken))


async def touch(database: Database, kind: TokenKind[RowT], tenant_id: str, row_id: str) -> bool:
    """Record that the token was used, at most once a minute; return whether a row was written."""
    now, used = database.clock(), kind.table.c.last_used_at
    stale = sa.or_(used.is_(None), used <= now - TOUCH_EVERY)
    query = sa.update(kind.table).where(own(kind, tenant_id, row_id), stale).values(last_used_at=now)
    async with database.write() as connection:
        return (await connection.execute(query)).rowcount > 0


def own(kind: TokenKind[RowT], tenant_id: str, row_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that selects one row of a tenant that was not revoked."""
    columns = kind.table.c
    return sa.and_(columns.tenant_id == tenant_id, columns.id == row_id, columns.revoked_at.is_(None))


def usable(database: Database, kind: TokenKind[RowT]) -> sa.ColumnElement[bool]:
    """Return the condition that a token is usable now."""
    columns = kind.table.c
    is_current = sa.or_(columns.expires_at.is_(None), columns.expires_at > database.clock())
    return sa.and_(columns.revoked_at.is_(None), is_current)


async def _first(database: Database, kind: TokenKind[RowT], *conditions: sa.ColumnElement[bool]) -> RowT | None:
    query = sa.select(kind.table).where(*conditions)
    async with database.read() as connection:
        return await guarded.fetch_one(connection, query, kind.table, kind.row)
