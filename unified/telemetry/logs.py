"""Logs: one JSON object a line, from this service and from libraries alike, with listed fields only."""

import contextlib
import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import msgspec

from unified.telemetry.exceptions import describe_exception
from unified.telemetry.fields import shown
from unified.telemetry.http_libraries import LIBRARIES
from unified.telemetry.library_messages import sentence
from unified.telemetry.loggers import get_logger, structlog
from unified.telemetry.request_scope import current_request_id
from unified.telemetry.traces import current_trace
from unified.text.formatting_times import time_text

EventDict = structlog.typing.EventDict
log = get_logger("unified")
ACCESS = "unified.access"
access_log = get_logger(ACCESS)
QUIET = (*LIBRARIES, "alembic", "aiosqlite", "sqlalchemy", "opentelemetry", "urllib3", "mcp")


def configure_logs(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line to a stream (standard error by default) as JSON; call it once, before anything is served.

    Lines of this service go there directly, since each request has one; those of libraries go through `logging`.
    """
    lines = stream or sys.stderr
    configure_own_lines(lines, level)
    logging.raiseExceptions = False  # otherwise a record that cannot be written is printed with its arguments
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers = [_library_lines(lines)]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def configure_own_lines(stream: TextIO, level: int) -> None:
    """Send the log lines of this service to a stream as JSON; libraries log as before."""
    _access[:] = [_Lines(stream, ACCESS)] if level <= logging.INFO else []
    structlog.configure(
        processors=[*_OWN],
        logger_factory=lambda *names: _Lines(stream, str(names[0]) if names else "unified"),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def log_request(**fields: Any) -> None:
    """Log an answered request, as the line `request` of the logger `unified.access`.

    Each request has one, so where the lines go is found once, when logs are configured, and not for each line.
    """
    if _access and structlog.get_config()["processors"] == _OWN:
        trace = current_trace()
        known = {"timestamp": _now(), "level": "info", "logger": ACCESS, "event": "request", **fields}
        _access[0].msg(_line(shown(known if trace is None else {**known, "trace": trace})))
    else:  # nothing is configured, or a test takes what is logged
        access_log.info("request", **fields)


class _Lines:
    """Writes the lines of one logger of this service, whatever their level."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # as a line of a library that cannot be written
            self._stream.write(line)
            self._stream.flush()

    debug = info = warning = error = critical = msg


def _own_line(logger: _Lines, level: str, event: EventDict) -> str:
    """Return an event of this service as a line."""
    found: EventDict = {"timestamp": _now(), "level": level, "logger": logger.name, **event}
    for add in (add_request, add_trace, add_fault):
        found = add(logger, level, found)
    return _line(shown(dict(found)))


_OWN = [_own_line]
"""The processors that make a line of this service's events."""
_access: "list[_Lines]" = []
"""Where the lines of requests go: one place, or none before logs are configured."""


def _now() -> str:
    return time_text(datetime.now(UTC), "microseconds")


def _line(fields: dict[str, Any]) -> str:
    try:
        return msgspec.json.format(msgspec.json.encode(fields), indent=0).decode() + "\n"  # one line, with spaces
    except UnicodeEncodeError:  # a setting may hold bytes that are not UTF-8
        return json.dumps(fields) + "\n"


def _library_lines(stream: TextIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.terminator = ""
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                add_request,
                add_trace,
                add_fault,
            ],
            processors=[keep_listed, lambda _logger, _name, event: _line(dict(event))],
            pass_foreign_args=True,
            use_get_message=False,  # a library's template; of its arguments only numbers are filled in
        )
    )
    return handler


def add_request(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Add the id of the request that runs, so that every line of it is found."""
    request_id = current_request_id()
    return event if request_id is None else {"request_id": request_id, **event}


def add_trace(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Add the id of the current trace, so that a log line and its trace can be found together."""
    trace = current_trace()
    return event if trace is None else {**event, "trace": trace}


def add_fault(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and places; its message and its local variables are never read."""
    error = _error(event.pop("exc_info", None))
    return event if error is None else {**event, **describe_exception(error)}


def _error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and isinstance(exc_info[1], BaseException):
        return exc_info[1]
    return sys.exception() if exc_info else None


def keep_listed(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Drop every field that is not listed, and the text of a library unless it is a known sentence."""
    arguments = event.pop("positional_args", ())  # a mapping where a template names its places
    filled = arguments if isinstance(arguments, tuple) else ()
    known = sentence(str(event.get("logger", "")), str(event.pop("event", "")), filled)
    kept = shown(dict(event))
    return {**kept, "event": known} if known else kept


def catch_uncaught() -> None:
    """Log uncaught exceptions like all others; Python would print their messages and the lines of code."""

    def report(event: str) -> Callable[[Any], None]:
        def run(unhandled: Any) -> None:
            log.critical(event, exc_info=unhandled.exc_value)

        return run

    def crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("crashed", exc_info=error)

    sys.excepthook = crash
    threading.excepthook = report("thread_crashed")
    sys.unraisablehook = report("unraisable")
