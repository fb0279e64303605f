"""Exceptions that are no error of our own: a database that fails, and faults. What they say stays out of logs and answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Request

from unified.api.declarations import READS, only_reads
from unified.api.failure_lines import log_failure
from unified.errors.error import UnifiedError
from unified.errors.service import Internal, Overloaded
from unified.store.failures import describe_fault, failure_reason, is_failure
from unified.telemetry.loggers import get_logger

NO_DATABASE = "the database does not answer now, so nothing was done; try again"
DATABASE_WAIT_SECONDS = 5.0
FAULT = "something went wrong here; the request id finds it in the log"
log = get_logger("unified.api")


def no_database(problem: BaseException) -> Overloaded:
    """Log why the database failed, and return the error of a request for which nothing was done."""
    log_failure(problem)
    return Overloaded(NO_DATABASE, retry_after=DATABASE_WAIT_SECONDS)


@contextmanager
def nothing_done() -> Iterator[None]:
    """Look something up before anything is done, so that a failure of the database within the block can be repeated.

    Raises:
        Overloaded: The database failed.
    """
    try:
        yield
    except UnifiedError:
        raise
    except Exception as problem:
        if failure_reason(problem) is None:
            raise
        raise no_database(problem) from None


def fault_of(request: Request[Any, Any, Any], problem: Exception) -> UnifiedError:
    """Log what no one expected, by its class and the places in our code, and return it as an error.

    A read that a failing database ends can be repeated. Of a write no one knows whether it was done.
    """
    reads = only_reads(request.scope)
    if reads and is_failure(problem):
        return no_database(problem)
    log.error("fault", **describe_fault(problem))
    is_once = request.method == "POST" or "idempotency-key" in request.headers or (request.method in READS and not reads)
    return Internal.of_write(FAULT) if is_once else Internal(FAULT)
