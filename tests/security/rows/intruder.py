"""Somebody who can write anything into the database, past keys and constraints, and has no master key."""

import asyncio
import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from unified.store.engine.stored_times import Moment, to_microseconds


def stored(column: sa.Column[Any], value: Any) -> Any:
    """A value as the database holds it."""
    if value is None:
        return None
    if isinstance(column.type, sa.JSON):
        return json.dumps(value)
    if isinstance(column.type, Moment):
        return to_microseconds(value)
    return value


def _run(path: str, statement: str, values: dict[str, Any]) -> None:
    """In a thread: the service's own writers go on meanwhile."""
    with sqlite3.connect(path, timeout=10) as connection:
        connection.execute(statement, values)
    connection.close()


class Intruder:
    """Writes behind the service's back."""

    def __init__(self, services: Any) -> None:
        self._services = services
        self._url = sa.make_url(services.settings.database_url)

    async def run(self, statement: str, values: dict[str, Any]) -> None:
        """One statement, with no foreign key in its way."""
        if self._url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_run, self._url.database or "", statement, values)
            return
        async with self._services.database.write() as connection:
            await connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            await connection.execute(sa.text(statement), values)

    async def edit(self, table: sa.Table, row: dict[str, Any], column: str, value: Any) -> dict[str, Any]:
        """Change one column of one row; answers the row as it is then."""
        kind = table.c[column]
        new = "CAST(:new AS JSON)" if isinstance(kind.type, sa.JSON) and self._url.get_backend_name() != "sqlite" else ":new"
        keys = [one.name for one in table.primary_key.columns]
        where = " AND ".join(f"{name} = :key_{name}" for name in keys)
        given = {f"key_{name}": row[name] for name in keys} | {"new": stored(kind, value)}
        await self.run(f"UPDATE {table.name} SET {column} = {new} WHERE {where}", given)
        return {**row, column: value}

    async def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """Every row of a table."""
        async with self._services.database.read() as connection:
            return [dict(one) for one in (await connection.execute(sa.select(table))).mappings()]


def other_value(rng: Any, column: sa.Column[Any], value: Any) -> Any:
    """Another value that the column takes, now and then none."""
    if value is not None and column.nullable and rng.random() < 0.2:
        return None
    if isinstance(column.type, Moment):
        moment = value or datetime.fromisoformat("2030-01-01T00:00:00+00:00")
        return moment + timedelta(microseconds=rng.choice((1, -1)) * rng.randrange(1, 10**15))
    if isinstance(column.type, sa.JSON):
        return rng.choice(
            ([], {}, ["https://evil.test"], {"methods": ["read", "write"], "writes": "direct"}, {"a": {"b": None}})
        )
    if isinstance(column.type, sa.Boolean):
        return not value
    if isinstance(column.type, sa.LargeBinary):
        return rng.randbytes(32)
    if isinstance(column.type, sa.Integer):
        return (value or 0) + rng.randrange(1, 1000)
    words = ("admin", "active", "pending", "open", "hubspot", f"v_{rng.randrange(10**9)}", f"{value or ''} ", "")
    return rng.choice([one for one in words if one != value])
