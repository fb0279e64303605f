"""Opening a SQLite file: private, in WAL mode, and with writers that take the lock at once."""

import asyncio
import secrets
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Select, event
from sqlalchemy.dialects import sqlite

from unified.errors.configuration import ConfigurationError
from unified.files.private_folder import make_private_folder
from unified.store.engine.async_engine import AsyncEngine

_BUSY_TIMEOUT_MS = 5000
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)
"""`secure_delete`: erased content, such as the sealed text of an approval, is not left in the file's free space."""


def options() -> dict[str, Any]:
    """Return the options of an engine."""
    return {"connect_args": {"factory": _Connection}}


def watch(engine: AsyncEngine) -> None:
    """Set up each connection and each transaction of an engine."""
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)


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


def prepare_file(url: URL) -> None:
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


Statement = tuple[str, tuple[str, ...]]
"""The text of a query, and the names of its values in their order."""


class Reader:
    """Reads single rows, each in one step of one thread; the connection, which only reads, is made at the first one.

    The asynchronous driver takes a step for each part of a read: to begin, for the cursor, to execute, to fetch, to close and
    to end. Each costs more than the read itself, and every request with an account that was not used lately waits for them.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="rows")
        self._connection: sqlite3.Connection | None = None
        self._statements: dict[Select[Any], Statement] = {}

    async def first(self, query: Select[Any], values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return the first row of a query of the code, or None.

        Raises:
            sqlite3.Error: The file cannot be read in this way, such as while another process holds it.
        """
        statement = self._statements.get(query)
        if statement is None:
            statement = self._statements[query] = _written(query)
        text, names = statement
        given = tuple(values[name] for name in names)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, text, given)

    def _read(self, text: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._connection.execute("PRAGMA query_only = ON")
        rows = self._connection.execute(text, given).fetchall()  # all of them: an open statement would hold up checkpoints
        return rows[0] if rows else None

    async def close(self) -> None:
        """Close the connection in its thread, and end the thread."""
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._connection.close)
        self._threads.shutdown(wait=False)


def _written(query: Select[Any]) -> Statement:
    compiled = query.compile(dialect=sqlite.dialect())
    return str(compiled), tuple(compiled.positiontup or ())


def reader(url: URL) -> Reader | None:
    """Return the reader of single rows of a file; None for a file that is opened with other options."""
    return None if url.query or not url.database else Reader(url.database)
