"""The databases that tests run on: a fresh SQLite file, and a fresh database of a PostgreSQL that is really there.

PostgreSQL is taken from `UNIFIED_TEST_POSTGRES` or found on 127.0.0.1:5432. Where there is none, its tests are skipped
saying so, and fail when `REQUIRE_SERVICES` is set, as `.ci/run` sets it: CI is never green without them.
"""

import asyncio
import atexit
import os
import secrets
from collections import defaultdict
from contextlib import asynccontextmanager
from functools import lru_cache

import asyncpg
import pytest

from unified.store.engine.engine import migrate

DEFAULT = "postgresql://postgres@127.0.0.1:5432/postgres"
KINDS = ("sqlite", "postgresql")
"""For tests of the store, and of what several processes do at once."""
WITH_SLOW_POSTGRESQL = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
"""For tests of what the service does over the store: that it does the same on the other database is seen by `make test-slow`."""


@lru_cache(maxsize=1)
def server() -> str | None:
    """The URL of a PostgreSQL whose user may make databases, or None."""
    url = os.environ.get("UNIFIED_TEST_POSTGRES", DEFAULT)
    return url if asyncio.run(_answers(url)) else None


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=60)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


def require(service: str, *, there: bool, remedy: str) -> None:
    """Skip, or fail under CI, a test whose service is not there."""
    if there:
        return
    if os.environ.get("REQUIRE_SERVICES"):
        pytest.fail(f"{service} was not found, and CI must not pass without it: {remedy}")
    pytest.skip(f"{service} was not found: {remedy}")


@asynccontextmanager
async def fresh_postgres(template: str = "template0"):
    """The URL of a copy of a template, empty by default, on the test server.

    Making a database takes longer than most tests, so a copy that was used is emptied and used again in this process. One
    whose tables, triggers or rules a test changed is dropped.
    """
    found = await _found_server()
    name = _UNUSED[template].pop() if _UNUSED[template] else await _copy(found, template)
    try:
        yield _url_of(found, name)
    finally:
        if template == "template0" or not await _reset(_url_of(found, name), template):
            await _command(found, f'DROP DATABASE "{name}" WITH (FORCE)')
        else:
            _UNUSED[template].append(name)


_UNUSED: defaultdict[str, list[str]] = defaultdict(list)
"""Template → databases that no test uses now."""
_BASELINES: dict[str, tuple[str, dict[str, str]]] = {}
"""Template → what its tables look like, and the rows of those that have some."""
_SHAPE = """
SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (
    SELECT format('%s.%s %s %s', table_name, column_name, data_type, is_nullable) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT format('trigger %s', tgname) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('rule %s %s', tablename, rulename) FROM pg_rules WHERE schemaname = 'public'
    UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines
"""


async def _copy(found: str, template: str) -> str:
    name = f"unified_test_{secrets.token_hex(6)}"
    await _command(found, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    atexit.register(lambda: asyncio.run(_command(found, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')))
    if template != "template0" and template not in _BASELINES:
        connection = await asyncpg.connect(_url_of(found, name))
        try:
            _BASELINES[template] = (await connection.fetchval(_SHAPE), await _rows(connection))
        finally:
            await connection.close()
    return name


async def _tables(connection) -> list[str]:
    return [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


async def _rows(connection) -> dict[str, str]:
    """Table → its rows as JSON, of the tables that have some."""
    found = {}
    for table in await _tables(connection):
        rows = await connection.fetchval(f'SELECT json_agg(row_to_json(t)) FROM "{table}" AS t')
        if rows is not None:
            found[table] = rows
    return found


async def _reset(url: str, template: str) -> bool:
    """Whether the database holds again what its template holds, and looks like it."""
    shape, rows = _BASELINES[template]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if await connection.fetchval(_SHAPE) != shape:
            return False
        # Foreign keys are not looked at meanwhile, so that the order of the tables does not matter.
        statements = [
            "SET session_replication_role = replica",
            "SET synchronous_commit = off",
            "SET lock_timeout = '5s'",
            "BEGIN",
        ]
        statements += [f'DELETE FROM "{table}"' for table in await _tables(connection)]
        await connection.execute("; ".join(statements))
        for table, content in rows.items():
            await connection.execute(
                f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(null::"{table}", $1)', content
            )
        await connection.execute("COMMIT")
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.close()
    return True


async def make_template(fill) -> str:
    """The name of a database that `fill` filled, for the time of this process; PostgreSQL copies it faster than it migrates."""
    found = await _found_server()
    name = f"unified_template_{secrets.token_hex(6)}"
    await _command(found, f'CREATE DATABASE "{name}" TEMPLATE template0')
    atexit.register(lambda: asyncio.run(_command(found, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')))
    await fill(_url_of(found, name))
    return name


async def _found_server() -> str:
    found = await asyncio.to_thread(server)
    require("PostgreSQL", there=found is not None, remedy="set UNIFIED_TEST_POSTGRES or start one on 127.0.0.1:5432")
    return found


def _url_of(found: str, name: str) -> str:
    return found.rpartition("/")[0] + f"/{name}"


async def _command(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


_TEMPLATES: dict[str, str | bytes] = {}


@asynccontextmanager
async def migrated_url(kind: str, folder):
    """The URL of a database with all tables and no rows; the folder holds the SQLite file."""
    if kind == "sqlite":
        async with fresh_url(kind, folder) as url:
            path = folder / "home" / "unified.sqlite"
            if "sqlite" not in _TEMPLATES:
                await migrate(url)
                _TEMPLATES["sqlite"] = path.read_bytes()
            elif not path.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                path.touch(mode=0o600)
                path.write_bytes(_TEMPLATES["sqlite"])
            yield url
        return
    if kind not in _TEMPLATES:
        _TEMPLATES[kind] = await make_template(migrate)
    async with fresh_postgres(_TEMPLATES[kind]) as url:
        yield url


@asynccontextmanager
async def fresh_url(kind: str, folder):
    """The URL of an empty database of a kind; the folder holds the SQLite file."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'home' / 'unified.sqlite'}"
        return
    async with fresh_postgres() as url:
        yield url
