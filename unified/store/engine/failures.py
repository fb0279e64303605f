"""Why the database failed, in fixed words, and what to do: the operator must know, and a driver's own text may hold values."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from unified.telemetry.exceptions import describe_exception

UNKNOWN: Final = "unknown"
ADVICE: Final[Mapping[str, str]] = {
    "disk full": "free space on the disk of the database; the service recovers by itself",
    "read only": "let the service write: for SQLite to the file and its folder; for PostgreSQL, name the primary",
    "locked": "another process holds the SQLite file for more than five seconds, such as a backup that copies it: end it",
    "damaged": "restore the database from a backup",
    "cannot be opened": "check that the file and its folder exist, and belong to the user of the service",
    "input or output failed": "look for faults of the disk in the log of the system",
    "permission denied": "give the role of UNIFIED_DATABASE_URL the rights on the tables",
    "login refused": "check the user and the password in UNIFIED_DATABASE_URL, and pg_hba.conf",
    "no such database": "create the database that UNIFIED_DATABASE_URL names",
    "connection refused": "check that PostgreSQL runs, and the host and port in UNIFIED_DATABASE_URL",
    "connection lost": "check that PostgreSQL runs, and the network to it",
    "unknown host": "check the host in UNIFIED_DATABASE_URL, and the name service of this machine",
    "no answer in time": "check the load of the database, and the network to it",
    "too many connections": "raise max_connections of PostgreSQL: a worker opens up to 30",
    "out of resources": "look into the log of PostgreSQL",
    "starting or stopping": "PostgreSQL starts or stops; the service recovers by itself",
    "certificate expired": "renew the certificate of PostgreSQL",
    "certificate refused": "check sslrootcert and the host in UNIFIED_DATABASE_URL, and the certificate of PostgreSQL",
    UNKNOWN: "check that it runs, its address, user and password, and with TLS its certificate",
}
"""Every reason with what to do; docs/operations.md has the same table."""
GOES_ON: Final = "; the service recovers by itself"
"""The end of an advice after which nothing else needs to be done while the service runs."""
PASSING: Final = frozenset({
    "disk full", "locked", "input or output failed", "no answer in time", "too many connections", "out of resources",
    "starting or stopping",
})  # fmt: skip
"""Reasons that say nothing about the settings."""
_SQLITE: Final = {
    "SQLITE_FULL": "disk full",
    "SQLITE_READONLY": "read only",
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_IOERR_SHMSIZE": "disk full",
    "SQLITE_IOERR": "input or output failed",
}
"""Beginnings of SQLite's result codes, the longer ones first. Source: https://sqlite.org/rescode.html"""
_POSTGRESQL: Final = {
    "53100": "disk full",
    "53300": "too many connections",
    "53": "out of resources",
    "25006": "read only",
    "42501": "permission denied",
    "28": "login refused",
    "3D": "no such database",
    "57P": "starting or stopping",
    "08": "connection lost",
    "58": "input or output failed",
    "XX": "damaged",
}
"""Beginnings of SQLSTATE, the longer ones first. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_SYSTEM: Final = {
    errno.ENOSPC: "disk full",
    errno.EDQUOT: "disk full",
    errno.EROFS: "read only",
    errno.EACCES: "cannot be opened",
    errno.EIO: "input or output failed",
}
"""Numbers of an OSError, from the file of SQLite or its folder."""
_CERTIFICATE_HAS_EXPIRED: Final = 10
"""X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""
_CLASSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ConnectionRefusedError, "connection refused"),
    (socket.gaierror, "unknown host"),
    (ConnectionError, "connection lost"),
    (PoolTimeout, "no answer in time"),
    (TimeoutError, "no answer in time"),
    (asyncio.IncompleteReadError, "connection lost"),
)
_FAILURES: Final = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""Exceptions that are a failure of the database, not a mistake of this service."""


def failure_reason(problem: BaseException) -> str | None:
    """Return why the database failed, a key of `ADVICE`; None for another failure."""
    for one in causes(problem):
        reason = _reason(one)
        if reason is not None:
            return reason
    return UNKNOWN if isinstance(problem, _FAILURES) else None


def is_failure(problem: BaseException) -> bool:
    """Return whether an exception that may come from anywhere is one of the database, which not every OSError is."""
    return isinstance(problem, DBAPIError) or failure_reason(problem) not in {None, UNKNOWN}


def advice_for(problem: BaseException) -> str | None:
    """Return why a statement or a connection failed and what to do, for a terminal; None for any other exception.

    A broken pipe is not one: the reader of what a command prints went away, as `head` does.
    """
    reason = failure_reason(problem) if is_failure(problem) and not isinstance(problem, BrokenPipeError) else None
    return None if reason is None else f"the database failed ({reason}), and the command did not finish: {ADVICE[reason]}"


def describe_failure(problem: BaseException) -> dict[str, Any]:
    """Return `kind` (the class) and, of a failure of the database, `reason`, for a log line."""
    reason = failure_reason(problem)
    return {"kind": type(problem).__name__, **({} if reason is None else {"reason": reason})}


def describe_fault(problem: BaseException) -> dict[str, Any]:
    """Return what a log line says of an exception that no one expected: class, places and causes, and `reason` as above."""
    return (describe_failure(problem) if is_failure(problem) else {}) | describe_exception(problem)


def causes(problem: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, the driver's own error last: those are wrapped, some of them twice."""
    seen: set[int] = set()
    current: BaseException | None = problem
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = getattr(current, "orig", None) or current.__cause__


def _reason(problem: BaseException) -> str | None:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return "certificate expired" if problem.verify_code == _CERTIFICATE_HAS_EXPIRED else "certificate refused"
    code = getattr(problem, "sqlite_errorname", None)
    if code is not None:
        return _by_beginning(_SQLITE, str(code))
    state = getattr(problem, "sqlstate", None)
    if state is not None:
        return _by_beginning(_POSTGRESQL, str(state))
    if isinstance(problem, OSError) and problem.errno in _SYSTEM:
        return _SYSTEM[problem.errno]
    return next((reason for kind, reason in _CLASSES if isinstance(problem, kind)), None)


def _by_beginning(reasons: Mapping[str, str], code: str) -> str | None:
    return next((reason for beginning, reason in reasons.items() if code.startswith(beginning)), None)
