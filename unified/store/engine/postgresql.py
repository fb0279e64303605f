"""Connecting to PostgreSQL, and how long it may take to answer: one that hangs must hold up neither a call nor a stop."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from weakref import WeakSet

from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from unified.store.engine.async_engine import AsyncEngine
from unified.store.engine.database_urls import TLS_OPTIONS

CONNECT_SECONDS = 10.0
"""How long a connection may take to open: a new one on a busy machine takes well under a second, TLS included."""
COMMAND_SECONDS = 30.0
"""How long a statement may take; those of Unified read or write a few rows, and only a lock makes them wait."""
CHECK_SECONDS = 2.0
"""How long a connection of the pool may take to show that it still works, before a new one is opened."""
CLOSE_SECONDS = 2.0
"""How long connections may take to say goodbye to the server."""
_POOL = {"pool_size": 10, "max_overflow": 20, "pool_timeout": 10}
"""Connections of one worker."""


def options(url: URL, *, unhurried: bool) -> dict[str, Any]:
    """Return the options of an engine for a URL; `unhurried` lets statements take as long as they need."""
    given = {name: url.query[name] for name in TLS_OPTIONS if name in url.query}
    how: dict[str, Any] = {"timeout": CONNECT_SECONDS, "command_timeout": None if unhurried else COMMAND_SECONDS}
    return _POOL | {"connect_args": how | (_with_tls(given) if given else {})}


def _with_tls(given: dict[str, Any]) -> dict[str, Any]:
    tls = f"postgresql:///?{urlencode(given, doseq=True)}"

    async def connect(**rest: Any) -> Any:
        import asyncpg  # noqa: PLC0415 - an installation on SQLite does without

        return await asyncpg.connect(tls, **rest)

    return {"async_creator_fn": connect}


Opened = WeakSet[Any]
"""The driver's connections that an engine opened and that are still in use."""


def watch(engine: AsyncEngine) -> Opened:
    """Replace connections that do not answer, and return those that are open, for `close`."""
    opened: Opened = WeakSet()
    event.listen(engine.sync_engine, "connect", lambda connection, _record: opened.add(connection.driver_connection))
    event.listen(engine.sync_engine, "checkout", _check)
    event.listen(engine.sync_engine, "handle_error", _drop)
    return opened


def _check(connection: Any, _record: object, _proxy: object) -> None:
    """Ask a connection that leaves the pool whether it works; SQLAlchemy's own check has the time limit of a statement."""
    try:
        connection.run_async(lambda driver: driver.execute("SELECT 1", timeout=CHECK_SECONDS))
    except Exception as problem:  # drivers have errors of many roots
        raise InvalidatePoolError from problem


def _drop(context: ExceptionContext) -> None:
    """Close a connection on which a statement got no answer: a rollback on it would wait as long again."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


async def close(engine: AsyncEngine, opened: Opened) -> None:
    """Close the connections of an engine; those that the server does not close in time are dropped."""
    closing = asyncio.ensure_future(engine.dispose())
    await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
    if not closing.done():
        for one in tuple(opened):
            one.terminate()
    await closing
