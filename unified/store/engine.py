"""Opens the database and brings its tables up to date; the one file that knows which database it is."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Dialect, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from unified.errors import ConfigurationError
from unified.store.changes import OPTION, Change, Subscriber, no_subscriber
from unified.store.guard import Guard, NoGuard

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_BUSY_TIMEOUT_MS = 5000
_POOL = {"pool_size": 10, "max_overflow": 20, "pool_timeout": 10, "pool_pre_ping": True}
"""Connections of one worker to PostgreSQL; a connection that the server closed is replaced before it is used."""
_MIGRATION_LOCK = 8400  # any number, the same in all workers
_GUARDED_SINCE = "0007"
"""The migration that brought the columns for marks."""
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)
"""`secure_delete`: what is erased, such as the sealed text of an approval, is not left in the file's free space."""


def utc_now() -> datetime:
    """The clock of a database opened without another one."""
    return datetime.now(UTC)


class Database:
    """A pool of connections, the clock by which rows are stamped and expire, and the guard that marks and checks rows."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now, guard: Guard | None = None) -> None:
        self.clock = clock
        self.guard = NoGuard() if guard is None else guard
        self._subscriber: Subscriber = no_subscriber
        self._engine = engine.execution_options(unified_guard=self.guard)
        self._writer = self._engine.execution_options(unified_writes=True)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for queries; nothing done on it is kept."""
        return _connected(self._engine)

    def write(self, within: AsyncConnection | None = None) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection in a transaction: kept when the block ends, undone when it raises.

        With `within` the block joins the transaction of that connection, and ends with it.

        SQLite lets one block in at a time; PostgreSQL does not, so a block must not rely on what it read
        before it writes: put the condition into the write, or use `version`.
        """
        return self._transaction() if within is None else nullcontext(within)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` after each commit, once for every row that was changed; it replaces an earlier one."""
        self._subscriber = subscriber

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        changes: dict[Change, None] = {}
        has_ended = False
        async with _connected(self._writer) as connection:
            await connection.execution_options(**{OPTION: changes})
            try:
                async with connection.begin():
                    yield connection
                    has_ended = True
            finally:
                if has_ended:  # also when the commit was cancelled or failed: it may have taken effect all the same
                    for change in changes:
                        self._subscriber(change)

    async def ping(self) -> None:
        """One query that needs no table, for readiness; raises the driver's error when it cannot be asked."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def guard_of(connection: AsyncConnection) -> Guard:
    """The guard of the database that a connection is of."""
    assert connection.sync_connection is not None, "the connection is open"
    guard: Guard = connection.sync_connection.get_execution_options()["unified_guard"]
    return guard


def dialect_of(connection: AsyncConnection) -> Dialect:
    """How the database of a connection writes values."""
    assert connection.sync_connection is not None, "the connection is open"
    return connection.sync_connection.dialect


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. One that is being opened when its caller goes away is opened all the same, and given back.

    A driver whose opening is cancelled leaves a connection, and with SQLite a thread, that nobody owns.
    """
    connection = engine.connect()
    opening = asyncio.ensure_future(connection.start())
    try:
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait([opening])
            raise
        yield connection
    finally:
        if opening.done() and not opening.cancelled() and opening.exception() is None:
            await asyncio.shield(asyncio.ensure_future(connection.close()))


async def open_database(url: str, clock: Callable[[], datetime] = utc_now, *, guard: Guard | None = None) -> Database:
    """The database behind a URL; its tables must have been made by `migrate`. Raises ConfigurationError.

    Without a guard no row is marked or checked, which is for tests of queries only.
    """
    database = Database(_engine(url), clock, guard)
    await database.ping()
    return database


Adopt = Callable[[AsyncConnection], Awaitable[None]]
"""Marks the rows that were there before rows were marked."""


async def migrate(url: str, *, guard: Guard | None = None, adopt: Adopt | None = None) -> None:
    """Bring the tables to the newest version in one transaction; does nothing when they are there.

    `adopt` is called in that transaction when it was this one that brought the columns for marks: so rows are taken over
    once, and rows without a mark that come later never are.
    """
    database = Database(_engine(url), guard=guard)
    try:
        async with database.write() as connection:
            before = await connection.run_sync(_upgrade)
            if adopt is not None and before is not None and before < _GUARDED_SINCE:
                await adopt(connection)
    finally:
        await database.close()


def migration_config(connection: Connection) -> Config:
    """Alembic's configuration without a file, so that it works from an installed package."""
    config = Config()
    config.set_main_option("script_location", "unified.store:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> str | None:
    """Upgrade, and answer which version was there; None for an empty database."""
    if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other by themselves
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    before = MigrationContext.configure(connection).get_current_revision()
    if before != _newest_revision():  # Alembic's own check runs its whole environment
        command.upgrade(migration_config(connection), "head")
    return before


@cache
def _newest_revision() -> str | None:
    config = Config()
    config.set_main_option("script_location", "unified.store:migrations")
    return ScriptDirectory.from_config(config).get_current_head()


def _engine(url: str) -> AsyncEngine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _prepare_file(parsed)
    pool = {} if parsed.get_backend_name() == "sqlite" else _POOL
    try:
        engine = create_async_engine(parsed, hide_parameters=True, **pool)
    except ImportError as error:
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: expected the package '{error.name}' to be installed for {parsed.drivername}."
        ) from error
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _on_connect)
        event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("UNIFIED_DATABASE_URL: expected a database URL, got another text.") from None
    known = " or ".join(DRIVERS)
    if parsed.get_backend_name() not in DRIVERS:
        raise ConfigurationError(f"UNIFIED_DATABASE_URL: expected {known}, got '{parsed.drivername}'.")
    if parsed.drivername in DRIVERS:
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    return parsed


def _prepare_file(url: URL) -> None:
    """Make folder and file before SQLite does, readable by their owner only; -wal and -shm inherit the mode."""
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            "UNIFIED_DATABASE_URL: expected a file, got a database in memory: each connection would see its own."
        )
    path = Path(url.database)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make_file(path)


def _make_file(path: Path) -> None:
    """An empty database in WAL mode, linked into place whole.

    SQLite does not wait for others while it switches to WAL: of two workers that start at once on a new file,
    one would fail as locked.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other worker was first
    finally:
        draft.unlink()


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; see _on_begin
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    """Writers take the lock at once: one that reads first and writes later would fail as busy, not wait."""
    writes = connection.get_execution_options().get("unified_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
