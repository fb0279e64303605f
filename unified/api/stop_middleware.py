"""Requests that are still open when the grace period of a stop ends: the server cancels them, and they are answered."""

import asyncio

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from unified.api.declarations import only_reads
from unified.api.problems import problem_of, whole_seconds
from unified.errors.error import UnifiedError
from unified.errors.service import Internal, Overloaded
from unified.service.runtime.services import Lifecycle

STOPPED = "the service stopped before this request was done"
WAIT_SECONDS = 5.0


def stop_middleware(app: ASGIApp, lifecycle: Lifecycle) -> ASGIApp:
    """Return the application; a request that a stop cancels is answered with a problem, if it has no answer yet."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        answer, task = _Answer(send), asyncio.current_task()
        assert task is not None, "a server runs each request in a task"
        lifecycle.requests.add(task)
        try:
            await app(scope, receive, answer.send)
        except asyncio.CancelledError:
            if not lifecycle.draining or task.uncancel() > 0:
                raise
            await answer.end(scope)
        finally:
            lifecycle.requests.discard(task)

    return run


class _Answer:
    """The answer of one request: whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._has_begun = False

    async def send(self, message: Message) -> None:
        """Pass on a part."""
        self._has_begun = True
        await self._send(message)

    async def end(self, scope: Scope) -> None:
        """Send a problem; an answer that has begun stays incomplete, and the server closes its connection."""
        if self._has_begun:
            return
        problem = stopped(scope)
        body = msgspec.json.encode(problem_of(problem, str(scope.get("state", {}).get("request_id", ""))))
        await self._send({"type": "http.response.start", "status": problem.status, "headers": _headers(problem, len(body))})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


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
