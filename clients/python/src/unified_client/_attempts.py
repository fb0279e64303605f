"""The attempts of one call as a generator that does no I/O: the synchronous and the asynchronous client carry out its steps."""

import random
import uuid
from collections.abc import Generator
from itertools import count
from typing import Any

from unified_client._calls import Answer, Call, Options, Request, Settings, request_of
from unified_client._problems import UNEXPECTED, header_wait, local_problem, refusal_of
from unified_client.errors import ConnectionFailed, TimedOut, UnifiedError

NOTHING_DONE = frozenset({408, 409, 425, 429, 503})
"""Statuses of answers that say that the request was not carried out."""
BUSY = frozenset({429, 503})
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
LONGEST_S = 1e6
"""The longest time that sockets and clocks can count; a longer one means no limit."""
Failure = ConnectionFailed | TimedOut
Steps = Generator[Request | float, Answer | Failure | None, Answer]
"""Yields a request to send, of which the outcome is sent back, or seconds to wait; returns the answer."""


def attempts(settings: Settings, call: Call[Any], options: Options | None) -> Steps:
    """Go through the attempts of a call. Raises UnifiedError: the last attempt failed; TypeError: `options` are not options."""
    if not isinstance(options, Options | None):
        given = type(options).__name__
        raise TypeError(f"options: expected Options; pass fields and parameters by name, such as limit=10; got {given}")
    chosen = options or Options()
    key = chosen.idempotency_key or str(uuid.uuid4())
    retries = settings.max_retries if chosen.max_retries is None else chosen.max_retries
    for attempt in count():
        request = request_of(settings, call, chosen, key)
        outcome = yield request
        assert outcome is not None
        if isinstance(outcome, Answer) and chosen.on_answer is not None:
            chosen.on_answer(outcome)
        failure = refusal_of(call, outcome) if isinstance(outcome, Answer) else outcome
        if failure is not None:
            failure.retryable = may_repeat(call, failure)
        wait = _wait(settings, call, outcome, failure, attempt) if attempt < retries else None
        if wait is not None:
            yield wait
        elif failure is not None:
            raise failure
        elif isinstance(outcome, Answer):
            return outcome
    raise AssertionError  # the loop has no end


def _wait(
    settings: Settings, call: Call[Any], outcome: Answer | Failure, failure: UnifiedError | None, attempt: int
) -> float | None:
    """Return the seconds until the call is sent again, or None."""
    if failure is not None:
        return bounded_wait(failure.retry_after, attempt, settings.max_wait) if failure.retryable else None
    if call.is_proxied and call.repeat == "always" and isinstance(outcome, Answer) and outcome.status in BUSY:
        return bounded_wait(header_wait(outcome), attempt, settings.max_wait)
    return None


def may_repeat(call: Call[Any], failure: UnifiedError) -> bool:
    """Return whether a call may be sent again: without an answer only what cannot be done twice, else as the answer says."""
    if call.repeat == "never":
        return False
    if failure.status is None:
        return call.repeat == "always"
    if not failure.retryable:
        return False
    if call.repeat == "always":
        return True
    return failure.code != UNEXPECTED and (call.repeat == "answered" or failure.status in NOTHING_DONE)


def bounded_wait(asked: float | None, attempt: int, longest: float) -> float | None:
    """Return the seconds to wait, with jitter so that many clients do not come back at once; None if that is too long."""
    if asked is not None:
        return min(asked * random.uniform(1.0, 1.1), LONGEST_S) if asked <= longest else None  # noqa: S311 - as below
    wait: float = min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S, longest)
    return wait * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads calls, and is not secret


def answer_of(request: Request, status: int, headers: dict[str, str], content: bytes) -> Answer:
    """Return the answer to a request, with the id that was sent unless it has one."""
    request_id = headers.get("x-request-id") or request.headers["x-request-id"]
    return Answer(status=status, headers=headers, content=content, request_id=request_id)


def failed(failure: Exception, request: Request, *, is_timeout: bool) -> Failure:
    """Return the error for an attempt that got no answer."""
    broke = f"no connection, or it broke before the answer was complete ({type(failure).__name__})"
    detail = f"no complete answer within {request.timeout:g} seconds" if is_timeout else broke
    kind, code = (TimedOut, "timed_out") if is_timeout else (ConnectionFailed, "connection_failed")
    error = kind(local_problem(code, f"{request.method}: {detail}", request.headers["x-request-id"]))
    error.__cause__ = failure
    return error
