"""Sentences of libraries that a log line may repeat, by logger: those without any value in them.

Of other library records only logger, level, kind and places are logged; their texts may hold a URL, a statement or a body.
"""

import re
from typing import Any

from unified.telemetry.fields import MASK
from unified_jsonata.faults import CONVERTING, EVALUATING

_PLACE = re.compile(r"%[sdr]")
SENTENCES: dict[str, frozenset[str]] = {
    "uvicorn.error": frozenset(
        {
            "Exception in ASGI application",
            "Exception in 'lifespan' protocol",
            "Invalid HTTP request received.",
            "Unsupported upgrade request.",
            "ASGI callable returned without starting response.",
            "ASGI callable returned without completing response.",
            "Waiting for application startup.",
            "Application startup complete.",
            "Application startup failed. Exiting.",
            "Waiting for application shutdown.",
            "Application shutdown complete.",
            "Application shutdown failed. Exiting.",
            "Started server process [%d]",
            "Finished server process [%d]",
            "Shutting down",
            "Waiting for connections to close. (CTRL+C to force quit)",
            "Waiting for background tasks to complete. (CTRL+C to force quit)",
            "Cancel %s running task(s), timeout graceful shutdown exceeded",
        }
    ),
    "unified_jsonata": frozenset({EVALUATING, CONVERTING}),
    "asyncio": frozenset(
        {
            "Task exception was never retrieved",
            "Task was destroyed but it is pending!",
            "Future exception was never retrieved",
            "socket.accept() out of system resource",
        }
    ),
}
"""The templates as written in the libraries' code, without arguments."""


def sentence(logger: str, template: str, arguments: tuple[Any, ...] = ()) -> str | None:
    """Return the first line of a record's template when it is a known sentence, otherwise None.

    Of its arguments only whole numbers are filled in, such as a process id; others may hold anything.
    """
    first = template.partition("\n")[0].strip()
    if first not in SENTENCES.get(logger, frozenset()):
        return None
    left = iter(arguments)
    return _PLACE.sub(lambda _: _shown(next(left, None)), first)


def _shown(argument: Any) -> str:
    return str(argument) if type(argument) is int else MASK
