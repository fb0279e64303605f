"""Errors as RFC 9457 problems: a stable code, a place, what to do; never a stack, a secret or provider data."""

import math
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from msgspec import UNSET, UnsetType

from unified.api.faults import FAULT, fault_of
from unified.api.parameter_errors import explain
from unified.api.views.approvals import ApprovalView, approval_view
from unified.errors.error import FieldProblem, ProviderProblem, UnifiedError
from unified.errors.requests import MalformedRequest, MethodNotAllowed, NotFound, TooLarge
from unified.errors.service import Internal
from unified.errors.writes import ApprovalStale
from unified.telemetry.request_line import note

BASE = "https://unified.invalid/errors/"
"""Problem types are names, not addresses; docs/reference/errors.md explains each."""
LIMITS = "limit_headers"
"""Where the request's state holds the headers that report the limits."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error."""

    type: str
    """A URI that names the code; it cannot be opened."""
    title: str
    """The code in words; the same for every error of the code."""
    status: int
    """The HTTP status."""
    detail: str
    """What was expected, what came, and what to do. For people: decide by `code`."""
    code: str
    request_id: str
    """Finds the request in the log and the audit trail; the header `X-Request-Id` has it too."""
    retryable: bool
    """Whether the same request may succeed later."""
    retry_after: float | None = None
    """Seconds to wait before that, if they are known."""
    errors: tuple[FieldProblem, ...] = ()
    """What was rejected, by place; empty when it was not a value of the request."""
    provider: ProviderProblem | None = None
    """What the provider answered; null when it was not asked, or did not refuse."""
    approval: ApprovalView | UnsetType = UNSET
    """The approval as it is now, where what would be sent changed since it was shown."""


def problem_of(error: UnifiedError, request_id: str) -> Problem:
    """Return an error as the body that clients see; the log line of the request has its code."""
    note(code=error.code)
    return Problem(
        type=BASE + error.code,
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        retryable=error.may_repeat,
        retry_after=error.wait,
        errors=error.errors,
        provider=error.provider,
        approval=approval_view(error.row, error.details) if isinstance(error, ApprovalStale) else UNSET,
    )


def problem_answer(request: Request[Any, Any, Any], error: UnifiedError) -> Response[bytes]:
    """Return the HTTP response for an error."""
    headers = {"Cache-Control": "no-store", **request.scope.get("state", {}).get(LIMITS, {})}
    if error.wait is not None:
        headers["Retry-After"] = whole_seconds(error.wait)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="unified"'
    return Response(
        content=msgspec.json.encode(problem_of(error, request_id_of(request))),
        status_code=error.status,
        media_type="application/problem+json",
        headers=headers,
    )


def whole_seconds(wait: float) -> str:
    """Format a wait in seconds for `Retry-After`: whole seconds, at least one (RFC 9110, 10.2.3)."""
    return str(max(1, math.ceil(wait)))


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """Return the id in the response's `X-Request-Id`."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def handle_ours(request: Request[Any, Any, Any], error: UnifiedError) -> Response[bytes]:
    """Answer one of our own errors."""
    return problem_answer(request, error)


def handle_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the web framework refused: unknown route, wrong method, body too large."""
    answer = problem_answer(request, translated(error, request.scope.get("route_handler")))
    if isinstance(error, MethodNotAllowedException):
        answer.headers["Allow"] = allowed_methods(error)
    return answer


def allowed_methods(error: MethodNotAllowedException) -> str:
    """Return the `Allow` of a 405 (RFC 9110, 15.5.6): the methods that the route has."""
    listed = (error.headers or {}).get("allow", "")
    return ", ".join(sorted(set(listed.split(", ")) - {"OPTIONS"}))


def translated(error: HTTPException, handler: Any = None) -> UnifiedError:
    """Return an exception of the web framework as one of Unified's errors; `handler` is the route's, if one was found."""
    if isinstance(error, ValidationException):
        return explain(error, handler)
    if isinstance(error, NotFoundException):
        return NotFound("no such route; see /openapi.json or /docs")
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed("this route does not take this method; see /openapi.json")
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("body: over the limit")
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return MalformedRequest("the request cannot be read")
    return Internal(FAULT)


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer what no one expected."""
    return problem_answer(request, fault_of(request, error))
