"""The event loop of a process that serves."""

from collections.abc import Coroutine
from typing import Any

import uvloop

from unified.server.hardening import forbid_io_uring


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run until the coroutine ends, on uvloop, and without io_uring."""
    forbid_io_uring()
    uvloop.run(main)
