"""Errors as RFC 9457 problems: a stable code, a place, what to do; never a stack, a secret or provider data."""

import math
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.types import Scope
from msgspec import UNSET, UnsetType

from unified.api.answers.faults import FAULT, fault_of
from unified.api.requests.allowed_methods import allow_header
from unified.api.requests.parameter_errors import explain
from unified.api.views.approvals import ApprovalView, approval_view
from unified.errors.error import FieldProblem, ProviderProblem, UnifiedError
from unified.errors.requests import MalformedRequest, MethodNotAllowed, NotFound, TooLarge
from unified.errors.service import Internal
from unified.errors.writes import ApprovalStale
from unified.telemetry.recording import record_code
from unified.telemetry.request_scope import current_request, request_id

BASE = "https://unified.invalid/errors/"
"""Problem types are names, not addresses; docs/reference/errors.md explains each."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error."""

    type: str
    """A URI that names the code; it cannot be opened."""
    title: str
    """The code in words; the same for every error of the code."""
    status: int
    """The HTTP status."""
    detail: str
    """The expectation, the value received and the remedy, for people; programs decide by `code`."""
    code: str
    request_id: str
    """Finds the request in the log and the audit trail; the header `X-Request-Id` has it too."""
    retryable: bool
    """Whether the same request may succeed later."""
    retry_after: float | None = None
    """Seconds to wait before that, if they are known."""
    errors: tuple[FieldProblem, ...] = ()
    """The rejected values by place; empty when no value of the request was wrong."""
    provider: ProviderProblem | None = None
    """The provider's answer; null when it was not called, or did not refuse."""
    approval: ApprovalView | UnsetType = UNSET
    """The present approval, if the requests have changed since it was shown."""


def problem_of(error: UnifiedError, request_id: str) -> Problem:
    """Return an error as the body that clients see; the log line of the request has its code."""
    record_code(error.code)
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


def problem_answer(error: UnifiedError) -> Response[bytes]:
    """Return the HTTP response for an error."""
    headers = {"Cache-Control": "no-store", **current_request().limits}
    headers |= headers_of(error)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="unified"'
    return Response(
        content=msgspec.json.encode(problem_of(error, request_id())),
        status_code=error.status,
        media_type="application/problem+json",
        headers=headers,
    )


def headers_of(error: UnifiedError) -> dict[str, str]:
    """Return the headers that belong to an error, whether it is answered as a problem or as a page."""
    waits = {} if error.wait is None else {"Retry-After": whole_seconds(error.wait)}
    return waits | ({"Allow": error.allow} if isinstance(error, MethodNotAllowed) else {})


def whole_seconds(wait: float) -> str:
    """Format a wait in seconds for `Retry-After`: whole seconds, at least one (RFC 9110, 10.2.3)."""
    return str(max(1, math.ceil(wait)))


def handle_ours(_request: Request[Any, Any, Any], error: UnifiedError) -> Response[bytes]:
    """Answer with the problem of a Unified error."""
    return problem_answer(error)


def handle_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the web framework refused: unknown route, wrong method, body too large."""
    return problem_answer(translated(error, request.scope))


def translated(error: HTTPException, scope: Scope) -> UnifiedError:
    """Return an exception of the web framework as one of Unified's errors; `scope` is that of the request."""
    if isinstance(error, ValidationException):
        return explain(error, scope.get("route_handler"))
    if isinstance(error, NotFoundException):
        return NotFound("no such route; see /openapi.json or /docs")
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed(allow=allow_header(scope, (error.headers or {}).get("allow", "").split(", ")))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("body: over the limit")
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return MalformedRequest("the request cannot be read")
    return Internal(FAULT)


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer what no one expected."""
    return problem_answer(fault_of(request, error))
