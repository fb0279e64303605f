"""The databases that tests run on: a fresh SQLite file, and a fresh database of a PostgreSQL that is really there.

PostgreSQL is taken from `UNIFIED_TEST_POSTGRES` or found on 127.0.0.1:5432. Where there is none, its tests are skipped
saying so, and fail when `REQUIRE_SERVICES` is set, as `.ci/run` sets it: CI is never green without them.
"""

import asyncio
import atexit
import os
import secrets
from contextlib import asynccontextmanager
from functools import lru_cache

import asyncpg
import pytest

from unified.store.engine import migrate

DEFAULT = "postgresql://postgres@127.0.0.1:5432/postgres"
KINDS = ("sqlite", "postgresql")


@lru_cache(maxsize=1)
def server() -> str | None:
    """The URL of a PostgreSQL whose user may make databases, or None."""
    url = os.environ.get("UNIFIED_TEST_POSTGRES", DEFAULT)
    return url if asyncio.run(_answers(url)) else None


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=5)
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
    """The URL of a copy of a template, empty by default, on the test server; dropped at the end of the block."""
    found = await _found_server()
    name = f"unified_test_{secrets.token_hex(6)}"
    await _command(found, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield _url_of(found, name)
    finally:
        await _command(found, f'DROP DATABASE "{name}" WITH (FORCE)')


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
