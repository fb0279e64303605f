"""Opening a SQLite file: private, in WAL mode, and with writers that take the lock at once."""

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from unified.errors.configuration import ConfigurationError
from unified.private_folder import make_private_folder

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
