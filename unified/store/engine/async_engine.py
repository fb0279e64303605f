"""SQLAlchemy's engine for asyncio, imported here alone: its package loads sessions and with them the ORM, which nothing uses.

The ORM would take 50 ms and 6 MiB of every process.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Final

PACKAGE: Final = "sqlalchemy.ext.asyncio"


@contextmanager
def _without_sessions() -> Iterator[None]:
    """Let the package's modules be imported within the block, but not what it loads itself, unless it is loaded already."""
    spec = find_spec("sqlalchemy.ext")
    if PACKAGE in sys.modules or spec is None or spec.submodule_search_locations is None:
        yield
        return
    package = sys.modules[PACKAGE] = ModuleType(PACKAGE)
    package.__path__ = [f"{one}/asyncio" for one in spec.submodule_search_locations]
    try:
        yield
    finally:
        del sys.modules[PACKAGE]  # whoever imports the package gets all of it, with these modules


with _without_sessions():
    from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine, create_async_engine

__all__ = ["AsyncConnection", "AsyncEngine", "create_async_engine"]
