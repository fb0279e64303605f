"""Why a database failed is said in words that are fixed, whatever the driver wrote."""

import asyncio
import errno
import socket
import sqlite3
import ssl

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from unified.store.engine.failures import ADVICE, UNKNOWN, advice_for, describe_failure, failure_reason
from unified.telemetry.fields import FIELDS


def _expired(code: int) -> ssl.SSLCertVerificationError:
    problem = ssl.SSLCertVerificationError("planted-secret")
    problem.verify_code = code
    return problem


def _postgresql(state: str) -> Exception:
    """An error of the driver for PostgreSQL, which has the state as an attribute, in the wrapping of SQLAlchemy."""
    cause = Exception("planted-secret")
    cause.sqlstate = state  # type: ignore[attr-defined]
    return OperationalError("SELECT planted-secret", {}, cause)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (ConnectionRefusedError(), "connection refused"),
        (ConnectionResetError(), "connection lost"),
        (asyncio.IncompleteReadError(b"", 1), "connection lost"),
        (socket.gaierror(), "unknown host"),
        (TimeoutError(), "no answer in time"),
        (sa.exc.TimeoutError(), "no answer in time"),
        (_expired(10), "certificate expired"),
        (_expired(18), "certificate refused"),
        (_postgresql("53100"), "disk full"),
        (_postgresql("53300"), "too many connections"),
        (_postgresql("53200"), "out of resources"),
        (_postgresql("28P01"), "login refused"),
        (_postgresql("3D000"), "no such database"),
        (_postgresql("57P03"), "starting or stopping"),
        (_postgresql("25006"), "read only"),
        (_postgresql("42501"), "permission denied"),
        (_postgresql("99999"), UNKNOWN),
        (OSError(), UNKNOWN),
        (OSError(errno.ENOSPC, "planted-secret"), "disk full"),
        (OSError(errno.EDQUOT, "planted-secret"), "disk full"),
        (OSError(errno.EROFS, "planted-secret"), "read only"),
        (PermissionError(errno.EACCES, "planted-secret"), "cannot be opened"),
        (ProgrammingError("SELECT", {}, Exception()), None),
        (ValueError(), None),
        (KeyError("reason"), None),
    ],
)
def test_every_kind_of_failure_has_its_reason(problem, reason):
    assert failure_reason(problem) == reason
    assert describe_failure(problem) == {"kind": type(problem).__name__, **({"reason": reason} if reason else {})}


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (TimeoutError(), "no answer in time"),
        (sa.exc.TimeoutError(), "no answer in time"),
        (ConnectionRefusedError(), "connection refused"),
        (_postgresql("53100"), "disk full"),
    ],
)
def test_a_command_that_a_failure_ends_says_what_to_do(problem, reason):
    assert advice_for(problem) == f"the database failed ({reason}), and the command did not finish: {ADVICE[reason]}"


@pytest.mark.parametrize("problem", [BrokenPipeError(), FileNotFoundError(), ValueError()])
def test_other_exceptions_of_a_command_are_not_failures_of_the_database(problem):
    assert advice_for(problem) is None


@pytest.mark.parametrize("reason", ADVICE)
def test_every_reason_may_be_logged(reason):
    assert FIELDS["reason"].show(reason) == reason


def _told(path, *statements):
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            for one in statements:
                connection.exec_driver_sql(one)
    except sa.exc.DBAPIError as problem:
        return failure_reason(problem)
    finally:
        engine.dispose()
    return None


def test_sqlite_raises_these_errors(tmp_path):
    path = tmp_path / "a.sqlite"
    assert _told(path, "CREATE TABLE t (c TEXT)") is None
    assert _told(path, "PRAGMA max_page_count = 2", "INSERT INTO t VALUES (hex(randomblob(100000)))") == "disk full"
    assert _told(path, "PRAGMA query_only = 1", "INSERT INTO t VALUES ('a')") == "read only"
    assert _told(tmp_path / "none/a.sqlite", "SELECT 1") == "cannot be opened"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert _told(path, "PRAGMA busy_timeout = 0", "INSERT INTO t VALUES ('a')") == "locked"
    holder.close()
    path.write_bytes(b"no database at all" * 500)
    assert _told(path, "SELECT * FROM t") == "damaged"
