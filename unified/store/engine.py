"""Opening the database, and finding out whether its tables are up to date; the only file that knows which database it is."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import URL, Connection, Dialect, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from unified.errors.configuration import ConfigurationError
from unified.private_folder import make_private_folder
from unified.store.changes import OPTION, Change, Subscriber, no_subscriber
from unified.store.guard import Guard, NoGuard

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_BUSY_TIMEOUT_MS = 5000
_TURN_SECONDS = 30.0
"""How long a writer waits for those of its process that came before it."""
_POOL = {"pool_size": 10, "max_overflow": 20, "pool_timeout": 10, "pool_pre_ping": True}
"""Connections of one worker to PostgreSQL; a connection that the server closed is replaced before it is used."""
_TLS_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl", "sslnegotiation")
"""TLS options of a PostgreSQL URL as libpq names them (PostgreSQL's manual, 32.1.2); asyncpg reads them only in a URL."""
_VERSION_TABLE = "alembic_version"
_MIGRATION_LOCK = 8400  # any number, the same in all workers
_GUARDED_SINCE = "0007"
"""The migration that added the columns for marks."""
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)
"""`secure_delete`: erased content, such as the sealed text of an approval, is not left in the file's free space."""


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

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection for queries; changes made on it are not kept."""
        return _connected(self._engine)

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
            async with self._turn(), _connected(self._writer) as connection:
                await connection.execution_options(**{OPTION: changes})
                async with connection.begin():
                    yield connection
                    has_ended = True
        finally:
            if has_ended:  # also when the commit was cancelled or failed: it may have taken effect all the same
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

    async def ping(self) -> None:
        """Run one query that needs no table, for readiness; raise the driver's error when the database does not answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


def guard_of(connection: AsyncConnection) -> Guard:
    """Return the guard of a connection's database."""
    assert connection.sync_connection is not None, "the connection is open"
    guard: Guard = connection.sync_connection.get_execution_options()["unified_guard"]
    return guard


def dialect_of(connection: AsyncConnection) -> Dialect:
    """Return the dialect in which a connection's database writes values."""
    assert connection.sync_connection is not None, "the connection is open"
    return connection.sync_connection.dialect


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection of the pool; if the caller is cancelled while it opens, it is opened fully and given back.

    A driver that is cancelled while it opens a connection leaks it, and with SQLite also a thread.
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
    """Open the database at a URL; `migrate` must have created its tables.

    Without a guard no row is marked or checked, which is for tests of queries only.

    Raises:
        ConfigurationError: The URL is not usable.
    """
    database = Database(_engine(url), clock, guard)
    await database.ping()
    return database


Adopt = Callable[[AsyncConnection], Awaitable[None]]
"""Marks the rows that existed before rows were marked."""


async def migrate(url: str, *, guard: Guard | None = None, adopt: Adopt | None = None) -> None:
    """Migrate the tables to the newest version in one transaction; do nothing when they are up to date.

    `adopt` is called in that transaction when it added the columns for marks. So existing rows are adopted once, and rows
    without a mark that appear later never are.
    """
    database = Database(_engine(url), guard=guard)
    try:
        async with database.write() as connection:
            before = await connection.run_sync(_upgrade)
            if adopt is not None and before is not None and before < _GUARDED_SINCE:
                await adopt(connection)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> str | None:
    """Upgrade, and return the version before; None for an empty database."""
    if connection.dialect.name == "postgresql":  # SQLite's writers wait for each other anyway
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    before = _version(connection)
    if before != newest_version():
        from unified.store.upgrade import upgrade  # noqa: PLC0415 - loads Alembic, which a database that is up to date spares

        upgrade(connection)
    return before


def _version(connection: Connection) -> str | None:
    """Return the version of the tables as Alembic recorded it."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608
    return version


@cache
def newest_version() -> str:
    """Return the version of the newest migration: the number at the start of its file's name."""
    names = (one.name for one in files("unified.store.migrations.versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[:1].isdecimal())


def _engine(url: str) -> AsyncEngine:
    parsed = _parsed(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite:
        _prepare_file(parsed)
    options: dict[str, Any] = {"connect_args": {"factory": _Connection}} if is_sqlite else _POOL | _with_tls(parsed)
    try:
        engine = create_async_engine(parsed.difference_update_query(_TLS_OPTIONS), hide_parameters=True, **options)
    except ImportError as error:
        raise ConfigurationError(
            f"UNIFIED_DATABASE_URL: expected the package '{error.name}' to be installed for {parsed.drivername}."
        ) from error
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _on_connect)
        event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _with_tls(url: URL) -> dict[str, Any]:
    """Return how to connect to PostgreSQL with the TLS options of the URL, if it has any; asyncpg reads and applies them."""
    given = {name: url.query[name] for name in _TLS_OPTIONS if name in url.query}
    if not given:
        return {}
    tls = f"postgresql:///?{urlencode(given, doseq=True)}"

    async def connect(**rest: Any) -> Any:
        import asyncpg  # noqa: PLC0415 - an installation on SQLite does without

        return await asyncpg.connect(tls, **rest)

    return {"connect_args": {"async_creator_fn": connect}}


class _Connection(sqlite3.Connection):
    """A connection that ends its transaction when it is closed.

    A caller that is cancelled leaves cursors behind, and SQLite keeps the lock of a closed connection until the last of its
    statements is gone: until then no one can write.
    """

    def close(self) -> None:
        """Roll back, then close."""
        if self.in_transaction:
            self.rollback()
        super().close()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("UNIFIED_DATABASE_URL: expected a database URL, got a text that is none.") from None
    known = " or ".join(DRIVERS)
    if parsed.get_backend_name() not in DRIVERS:
        raise ConfigurationError(f"UNIFIED_DATABASE_URL: expected {known}, got '{parsed.drivername}'.")
    if parsed.drivername in DRIVERS:
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    return parsed


def _prepare_file(url: URL) -> None:
    """Create folder and file before SQLite does, readable by their owner only; -wal and -shm inherit the mode."""
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            "UNIFIED_DATABASE_URL: expected a file, got a database in memory, of which each connection would see its own copy."
        )
    path = Path(url.database)
    make_private_folder(path.parent, "UNIFIED_DATABASE_URL or UNIFIED_HOME")
    if not path.exists():
        _make_file(path)


def _make_file(path: Path) -> None:
    """Create an empty database in WAL mode, and move it into place complete.

    SQLite does not wait for others while it switches to WAL: if two workers started at once on a new file, one would
    fail with a lock error.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another worker was first
    finally:
        draft.unlink()


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; see _on_begin
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    """Let writers take the lock at once: one that reads first and writes later would fail as busy instead of waiting."""
    writes = connection.get_execution_options().get("unified_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
