"""Exceptions that no one expected, of one write among several or of a tool, as the errors that are answered."""

from unified.effects import is_nothing_done
from unified.errors.error import UnifiedError
from unified.errors.service import Internal, database_away
from unified.store.engine.failures import describe_failure, describe_fault, is_failure
from unified.telemetry.loggers import get_logger

TEXT = "internal error; search the log for the request id"


def refusal_of(fault: Exception, *, logger: str, reads: bool = False) -> UnifiedError:
    """Log an exception with a text that may hold values of a caller or provider and must not leave, and return it as an error.

    What a failing database ends before anything was done can be repeated.
    """
    log = get_logger(logger)
    if is_failure(fault) and (reads or is_nothing_done()):
        log.error("database_failed", **describe_failure(fault))
        return database_away()
    log.error("fault", **describe_fault(fault))
    return Internal(TEXT) if reads else Internal.of_write(TEXT)
