"""Requests that are still open when the grace period of a stop ends: the server cancels them, and they are answered."""

import msgspec
from litestar.types import Scope, Send

from unified.api.answers.problems import problem_of, whole_seconds
from unified.api.requests.declarations import only_reads
from unified.errors.error import UnifiedError
from unified.errors.service import Internal, Overloaded
from unified.telemetry.request_scope import request_id

STOPPED = "the service stopped before this request was done"
WAIT_SECONDS = 5.0


async def answer_stopped(scope: Scope, send: Send) -> None:
    """Answer a request that a stop cancelled before it had an answer."""
    problem = stopped(scope)
    body = msgspec.json.encode(problem_of(problem, request_id()))
    await send({"type": "http.response.start", "status": problem.status, "headers": _headers(problem, len(body))})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def stopped(scope: Scope) -> UnifiedError:
    """Return the error of a request that a stop ended: of a write, no one knows whether it was done."""
    if only_reads(scope):
        return Overloaded(f"{STOPPED}; try again", retry_after=WAIT_SECONDS)
    return Internal.of_write(STOPPED)


def _headers(problem: UnifiedError, length: int) -> list[tuple[bytes, bytes]]:
    wait = [] if problem.wait is None else [(b"retry-after", whole_seconds(problem.wait).encode())]
    return [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % length),
        (b"cache-control", b"no-store"),
        *wait,
    ]
