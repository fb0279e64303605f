"""Limits and faults of this service."""

from typing import Self

from unified.errors.error import UnifiedError


class RateLimited(UnifiedError):
    """A limit of this service was reached."""

    status, code, title, retryable = 429, "rate_limited", "Rate limited", True


class LimitReached(RateLimited):
    """A limit of the key, the MCP server or a key above it is used up for this minute, hour or day."""

    code, title = "limit_reached", "Limit reached"


class LoopStopped(RateLimited):
    """An agent called the same again and again, read pages without end, or failed over and over."""

    code, title = "loop_stopped", "Agent stopped"


class Internal(UnifiedError):
    """A fault of this service."""

    status, code, title, retryable = 500, "internal", "Internal error", True

    @classmethod
    def of_write(cls, detail: str) -> Self:
        """Return the fault of something that must not be done twice: it may be done, so it is not to be repeated as it is."""
        problem = cls(f"{detail}; whether it was done is not known, so look before you send it again")
        problem.is_given_up = True
        return problem


class Overloaded(UnifiedError):
    """The service cannot take the request now: it is at its capacity, it stops, or its database does not answer."""

    status, code, title, retryable = 503, "overloaded", "Overloaded", True


NO_DATABASE = "the database does not answer now, so nothing was done; try again"
DATABASE_WAIT_SECONDS = 5.0


def database_away() -> Overloaded:
    """Return the error of a request that a failing database ended before anything was done."""
    return Overloaded(NO_DATABASE, retry_after=DATABASE_WAIT_SECONDS)
