"""Triggers and rules on guarded tables: the service creates none, and a foreign one could change written values."""

import msgspec
import sqlalchemy as sa

from unified.store.engine.engine import Database, dialect_of
from unified.store.integrity.guarded import GUARDED

_NAMES = ", ".join(f"'{one.table.name}'" for one in GUARDED)
_SQLITE = f"""
    SELECT lower(tbl_name) AS "table", type AS kind, name FROM sqlite_master
    WHERE type IN ('trigger', 'view') AND lower(tbl_name) IN ({_NAMES}) ORDER BY 1, 2, 3
"""  # noqa: S608 - the names are those of the tables above
_POSTGRESQL = f"""
    WITH guarded AS (SELECT oid, relname, relkind FROM pg_class WHERE oid IN (
        SELECT to_regclass(name) FROM unnest(ARRAY[{_NAMES}]) AS name))
    SELECT relname::text AS "table", 'trigger' AS kind, tgname::text AS name
        FROM guarded JOIN pg_trigger ON tgrelid = guarded.oid WHERE NOT tgisinternal
    UNION ALL SELECT relname::text, 'rule', rulename::text FROM guarded JOIN pg_rewrite ON ev_class = guarded.oid
    ORDER BY 1, 2, 3
"""  # noqa: S608


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """Something on a guarded table that the service did not create."""

    table: str
    kind: str
    """`trigger`, `rule` or `view`."""
    name: str


async def list_foreign(database: Database) -> list[Foreign]:
    """Return every trigger and rule of a guarded table, and every view that has taken the name of one."""
    async with database.read() as connection:
        query = _SQLITE if dialect_of(connection).name == "sqlite" else _POSTGRESQL
        return [Foreign(**row) for row in (await connection.execute(sa.text(query))).mappings()]
