"""Opening the database, and finding out whether its tables are up to date."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Table, inspect, text

from unified.effects import note_effect
from unified.errors.configuration import ConfigurationError
from unified.store.engine import postgresql, sqlite
from unified.store.engine.async_engine import AsyncConnection, AsyncEngine, create_async_engine
from unified.store.engine.changes import OPTION, Change, Subscriber, no_subscriber
from unified.store.engine.database_urls import TLS_OPTIONS, read_database_url
from unified.store.engine.guard import Guard, NoGuard
from unified.store.engine.known_rows import KnownRows
from unified.store.engine.tables import METADATA

_TURN_SECONDS = 30.0
"""How long a writer waits for those of its process that came before it."""
READY_SECONDS = 2.0
"""How long readiness waits for the database: less than the usual limit of a probe, so that the probe gets the answer."""
_VERSION_TABLE = "alembic_version"
_MIGRATION_LOCK = 8400  # any number, the same in all workers
_BOUND_SINCE = "0010"
"""The migration since which marks cover what they do, and credentials are sealed as they are."""


def utc_now() -> datetime:
    """Return the current UTC time: the default clock of a database."""
    return datetime.now(UTC)


class Database:
    """A pool of connections, the clock that stamps and expires rows, and the guard that marks and checks them."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now, guard: Guard | None = None) -> None:
        self.clock = clock
        self.guard = NoGuard() if guard is None else guard
        self._subscriber: Subscriber = no_subscriber
        self._engine = engine.execution_options(unified_guard=self.guard)
        self._writer = self._engine.execution_options(unified_writes=True)
        # SQLite has no line for writers: each tries again and again, and under load some never get their turn.
        self._line = asyncio.Lock() if engine.dialect.name == "sqlite" else None
        self._opened = None if self._line else postgresql.watch(engine)
        self._ping: asyncio.Task[None] | None = None
        self._left: set[asyncio.Task[None]] = set()
        self._reader = None if self._line is None else sqlite.reader(engine.url)
        self.known = KnownRows()
        """Rows of this database that were read and checked."""

    async def first(self, query: Select[Any], values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row of a query that the code has once, with these values bound to its names; None if there is none.

        Raises:
            SQLAlchemyError: The database failed.
        """
        if self._reader is not None:
            with suppress(sqlite3.Error):  # the usual way waits for locks, and fails in the usual words
                return await self._reader.first(query, values)
        async with self.read() as connection:
            row = (await connection.execute(query, values)).first()
            return None if row is None else tuple(row)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection for queries; changes made on it are not kept."""
        return _connected(self._engine, self._left)

    def write(self, within: AsyncConnection | None = None) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection in a transaction: committed when the block ends, rolled back when it raises.

        With `within`, the block joins the transaction of that connection and ends with it.

        SQLite runs one block at a time; PostgreSQL does not, so a block must not rely on what it read before it writes: put
        the condition into the write, or use `version`.
        """
        return self._transaction() if within is None else nullcontext(within)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` after each commit, once for every row that was changed; it replaces an earlier one."""
        self._subscriber = subscriber

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        changes: dict[Change, None] = {}
        has_ended = False
        try:
            async with self._turn(), _connected(self._writer, self._left) as connection:
                await connection.execution_options(**{OPTION: changes})
                async with connection.begin():
                    yield connection
                    has_ended = True
                    note_effect()
        finally:
            if has_ended:  # also when the commit was cancelled or failed: it may have taken effect anyway
                for change in changes:
                    self._subscriber(change)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait in line, where the database lets in one writer at a time. Raises TimeoutError."""
        if self._line is None:
            yield
            return
        async with asyncio.timeout(_TURN_SECONDS):
            await self._line.acquire()
        try:
            yield
        finally:
            self._line.release()

    async def ping(self, within: float = READY_SECONDS) -> None:
        """Run one query that needs no table, for readiness; raise the driver's error when the database does not answer.

        Raises:
            TimeoutError: It did not answer in time. The query continues, and the next call waits for it, so a database that
                hangs holds one connection and not one for each question.
        """
        if self._ping is None or self._ping.done():
            self._ping = asyncio.create_task(self.select_one())
            self._ping.add_done_callback(_note)
        await asyncio.wait({self._ping}, timeout=within)
        if not self._ping.done():
            raise TimeoutError
        self._ping.result()

    async def select_one(self) -> None:
        """Run one query that needs no table."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections; those that do not answer are dropped."""
        if self._ping is not None:
            self._ping.cancel()
            await asyncio.wait({self._ping})
        if self._left:
            await asyncio.wait(self._left, timeout=postgresql.CLOSE_SECONDS)
        if self._reader is not None:
            await self._reader.close()
        if self._opened is None:
            await self._engine.dispose()
        else:
            await postgresql.close(self._engine, self._opened)


def _note(task: "asyncio.Task[None]") -> None:
    """Take note of how a task ended, so that asyncio does not report a failure for which no one waited any more."""
    if not task.cancelled():
        task.exception()


def guard_of(connection: AsyncConnection) -> Guard:
    """Return the guard of a connection's database."""
    assert connection.sync_connection is not None, "the connection is open"
    guard: Guard = connection.sync_connection.get_execution_options()["unified_guard"]
    return guard


def dialect_of(connection: AsyncConnection) -> Dialect:
    """Return the dialect in which a connection's database writes values."""
    assert connection.sync_connection is not None, "the connection is open"
    return connection.sync_connection.dialect


def insert_or_update(connection: AsyncConnection, table: Table) -> Any:
    """Return an insert that can update an existing row instead (`on_conflict_do_update`), in the connection's dialect."""
    dialect = import_module(f"sqlalchemy.dialects.{dialect_of(connection).name}")  # the other one stays unloaded
    return dialect.insert(table)


@asynccontextmanager
async def _connected(engine: AsyncEngine, left: set["asyncio.Task[None]"]) -> AsyncIterator[AsyncConnection]:
    """Open a connection of the pool; if the caller is cancelled while it opens, it is opened fully and given back.

    A driver that is cancelled while it opens a connection leaks it, and with SQLite also a thread. The caller does not wait
    for that: `left` holds what is still to be given back.
    """
    connection = engine.connect()
    opening = asyncio.ensure_future(connection.start())
    try:
        await asyncio.shield(opening)
        yield connection
    finally:
        giving_back = asyncio.create_task(_give_back(connection, opening))
        left.add(giving_back)
        giving_back.add_done_callback(left.discard)
        if opening.done():
            await asyncio.shield(giving_back)


async def _give_back(connection: AsyncConnection, opening: "asyncio.Future[AsyncConnection]") -> None:
    """Close a connection once it is open; one that did not open needs nothing."""
    await asyncio.wait({opening})
    if not opening.cancelled() and opening.exception() is None:
        await connection.close()


async def open_database(url: str, clock: Callable[[], datetime] = utc_now, *, guard: Guard | None = None) -> Database:
    """Open the database at a URL; `migrate` must have created its tables.

    Without a guard no row is marked or checked, which is for tests of queries only.

    Raises:
        ConfigurationError: The URL is not usable.
    """
    database = Database(_engine(url), clock, guard)
    await database.select_one()
    return database


Adopt = Callable[[AsyncConnection, str], Awaitable[None]]
"""Marks the rows of a database of an earlier version, which is the second argument."""


async def migrate(
    url: str, *, guard: Guard | None = None, adopt: Adopt | None = None, begin: Callable[[], None] = lambda: None
) -> None:
    """Migrate the tables to the newest version in one transaction; do nothing when they are up to date.

    `begin` is called in that transaction before an empty database gets its tables, and may refuse it.

    `adopt` is called in that transaction when rows were marked otherwise, or not at all, before. So existing rows are adopted
    once, and rows without such a mark that appear later never are.
    """
    if await _is_newest(url):
        return
    database = Database(_engine(url, unhurried=True), guard=guard)
    try:
        async with database.write() as connection:
            before = await connection.run_sync(_upgrade, begin)
            if adopt is not None and before is not None and before < _BOUND_SINCE:
                await adopt(connection, before)
    finally:
        await database.close()


async def _is_newest(url: str) -> bool:
    """Return whether the tables need no migration; a migration may take long, but this question has an answer soon."""
    database = Database(_engine(url))
    try:
        async with database.read() as connection:
            return await connection.run_sync(_version) == newest_version()
    finally:
        await database.close()


def _upgrade(connection: Connection, begin: Callable[[], None]) -> str | None:
    """Upgrade, and return the version before; None for an empty database."""
    if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    before = _version(connection)
    _refuse_foreign(connection, before)
    if before is None:
        begin()
    if before != newest_version():
        from unified.store.engine.upgrade import upgrade  # noqa: PLC0415 - loads Alembic, which a database that is up to date spares

        upgrade(connection)
    return before


def _refuse_foreign(connection: Connection, version: str | None) -> None:
    """Refuse tables that no migration of this version makes or changes."""
    if version is not None and version not in _versions():
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: the tables have the version '{version}', made by a newer version of Unified: "
            "install that version, or restore a backup from before"
        )
    if version is None and (foreign := sorted(METADATA.tables.keys() & set(inspect(connection).get_table_names()))):
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: the database has tables that are not Unified's ({', '.join(foreign)}): name an empty one"
        )


def _version(connection: Connection) -> str | None:
    """Return the version of the tables as Alembic recorded it."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608
    return version


@cache
def _versions() -> frozenset[str]:
    """Return the versions that this version of Unified knows: the numbers at the start of the migrations' names."""
    names = (one.name for one in files("unified.store.migrations.versions").iterdir())
    return frozenset(name.partition("_")[0] for name in names if name[:1].isdecimal())


def newest_version() -> str:
    """Return the version of the newest migration."""
    return max(_versions())


def _engine(url: str, *, unhurried: bool = False) -> AsyncEngine:
    """Return the engine for a URL; `unhurried` lets a statement take as long as it needs."""
    parsed = read_database_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite:
        sqlite.prepare_file(parsed)
    options = sqlite.options() if is_sqlite else postgresql.options(parsed, unhurried=unhurried)
    try:
        engine = create_async_engine(parsed.difference_update_query(TLS_OPTIONS), hide_parameters=True, **options)
    except ImportError as error:
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: expected the package '{error.name}' to be installed for {parsed.drivername}."
        ) from error
    if is_sqlite:
        sqlite.watch(engine)
    return engine
