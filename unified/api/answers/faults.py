"""Turns a failing database and unexpected exceptions into problems; their messages stay out of logs and answers."""

from contextlib import AbstractContextManager
from typing import Any

from litestar import Request

from unified.api.answers.failure_lines import log_failure
from unified.api.requests.declarations import READS, only_reads
from unified.effects import is_nothing_done
from unified.errors.error import UnifiedError
from unified.errors.service import Internal, Overloaded, database_away
from unified.store.engine.failures import describe_fault, failure_reason, is_failure
from unified.telemetry.loggers import get_logger

FAULT = "something went wrong here; the request id finds it in the log"
log = get_logger("unified.api")


def no_database(problem: BaseException) -> Overloaded:
    """Log why the database failed, and return the error of a request for which nothing was done."""
    log_failure(problem)
    return database_away()


def nothing_done() -> AbstractContextManager[None]:
    """Look something up before anything is done, so that a failure of the database within the block can be repeated.

    Raises:
        Overloaded: The database failed.
    """
    return _NothingDone()


class _NothingDone(AbstractContextManager[None]):
    """Each request enters one, and a generator would take several times as long."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, problem: BaseException | None, _trace: object) -> None:
        if isinstance(problem, Exception) and not isinstance(problem, UnifiedError) and failure_reason(problem) is not None:
            raise no_database(problem) from None


def fault_of(request: Request[Any, Any, Any], problem: Exception) -> UnifiedError:
    """Log what no one expected, by its class and the places in our code, and return it as an error.

    What a failing database ends before anything was done can be repeated, as a read can. Of another write no one knows
    whether it was done.
    """
    reads = only_reads(request.scope)
    if is_failure(problem) and (reads or is_nothing_done()):
        return no_database(problem)
    log.error("fault", **describe_fault(problem))
    is_once = request.method == "POST" or "idempotency-key" in request.headers or (request.method in READS and not reads)
    return Internal.of_write(FAULT) if is_once else Internal(FAULT)
