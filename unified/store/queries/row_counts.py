"""Whether a tenant, or one of its keys and those below it, has made so many rows that no more are taken."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, Table, func, literal, select

from unified.store.engine.engine import Database
from unified.store.engine.tables import ACCOUNTS, API_KEYS, CONNECT_LINKS, DELIVERIES, MCP_SERVERS, WEBHOOKS

Kind = Literal["accounts", "keys", "links", "servers", "webhooks", "deliveries"]
_TABLES: dict[Kind, Table] = {
    "accounts": ACCOUNTS,
    "keys": API_KEYS,
    "links": CONNECT_LINKS,
    "servers": MCP_SERVERS,
    "webhooks": WEBHOOKS,
    "deliveries": DELIVERIES,
}


async def is_full(database: Database, tenant_id: str, kind: Kind, *, most: int, made_by: str | None = None) -> bool:
    """Return whether a tenant has `most` rows of a kind, or a key and those below it made as many.

    A few more may be added at the same time.
    """
    table = _TABLES[kind]
    mine = [table.c.tenant_id == tenant_id, *_lasting(database, table)]
    if made_by is not None:
        mine.append(table.c.made_by.in_(_and_below(tenant_id, made_by)))
    some: Select[Any] = select(table.c.id).where(*mine).limit(most)
    async with database.read() as connection:
        count = (await connection.execute(select(func.count()).select_from(some.subquery()))).scalar_one()
    return bool(count >= most)


async def makers_above(database: Database, tenant_id: str, key_id: str) -> tuple[str, ...]:
    """Return a key and those that made it, the first of them first."""
    key = select(API_KEYS.c.id, API_KEYS.c.made_by).where(API_KEYS.c.tenant_id == tenant_id)
    above = key.where(API_KEYS.c.id == key_id).cte(recursive=True)
    above = above.union(key.join(above, API_KEYS.c.id == above.c.made_by))
    async with database.read() as connection:
        maker_of = {row.id: row.made_by for row in await connection.execute(select(above))}
    chain = [key_id]
    while (maker := maker_of.pop(chain[-1], None)) is not None:
        chain.append(maker)
    return tuple(reversed(chain))


def _and_below(tenant_id: str, key_id: str) -> Select[Any]:
    """Select the ids of a key and of all keys that it made, directly or through others."""
    below = select(literal(key_id).label("id")).cte(recursive=True)
    made = select(API_KEYS.c.id).join(below, API_KEYS.c.made_by == below.c.id).where(API_KEYS.c.tenant_id == tenant_id)
    return select(below.union(made).c.id)


def _lasting(database: Database, table: Table) -> Sequence[ColumnElement[bool]]:
    """Return what makes a row count: what ended stays in the table for the audit trail, and does nothing any more."""
    if table is DELIVERIES:
        return (table.c.status == "pending",)
    if table in {API_KEYS, MCP_SERVERS}:
        ends = table.c.expires_at.is_(None) | (table.c.expires_at > database.clock())
        return (table.c.revoked_at.is_(None), ends)
    return ()
