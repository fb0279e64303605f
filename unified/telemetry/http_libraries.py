"""Keeps HTTP libraries from logging this service's calls. At DEBUG they write URLs, headers with credentials, and bodies.

A level would not do: an application that embeds this service may set any level for any logger. So their records are
dropped while a call of this service runs, whatever is set, and those of other users of the libraries are left alone.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LIBRARIES = ("httpx2", "httpcore2")
LOGGERS = (*LIBRARIES, *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
"""Every logger that they have; a filter holds for its own logger only."""
_OURS: ContextVar[bool] = ContextVar("call_of_ours", default=False)


def _is_of_others(_record: logging.LogRecord) -> bool:
    return not _OURS.get()


@contextmanager
def unlogged() -> Iterator[None]:
    """Let nothing of a call reach a log for the time of the block."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_is_of_others)  # does nothing if it was added before
    mark = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(mark)
