"""The logging library, imported here alone: on its own it loads rich for tracebacks in a terminal, which are never printed.

Rich, and what it loads in turn, would take 45 ms and 5 MiB of every worker.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let imports within the block find no such module, unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        yield
    finally:
        del sys.modules[name]


with _hidden("rich"):
    import structlog

get_logger = structlog.get_logger

__all__ = ["get_logger", "structlog"]
