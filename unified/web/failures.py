"""Error pages: what happened, and what to do next."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.types import ExceptionHandlersMap

from unified import errors
from unified.api.access import SESSION_COOKIE
from unified.api.preferences import wants_json
from unified.api.problems import (
    allowed_methods,
    handle_framework,
    handle_ours,
    handle_unexpected,
    request_id_of,
    translated,
    whole_seconds,
)
from unified.errors import UnifiedError
from unified.service.connect.offers import USED_UP
from unified.web.html.forms import form_token
from unified.web.html.rendering import redirect, render_page
from unified.web.session.layout import tabs_of
from unified.web.session.return_paths import sign_in_address

Refusal = Callable[[Request[Any, Any, Any], Any], Response[Any]]
MESSAGE_PREFIXES: dict[type[UnifiedError], str] = {
    errors.NotFound: "fault.not_found",
    errors.MethodNotAllowed: "fault.not_found",
    errors.FormRefused: "fault.form",
    errors.Forbidden: "fault.role",
    errors.OutsideAccounts: "fault.scope",
    errors.RateLimited: "fault.busy",
    errors.Overloaded: "fault.busy",
}
"""Message key prefixes by error class; a subclass without its own entry uses that of its nearest base class."""


def failure_page(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """Render an error as a page, or redirect to the sign-in page when the session has ended."""
    if isinstance(error, errors.Unauthenticated):
        path = request.url.path if request.method == "GET" else None
        return redirect(sign_in_address(path, after="ended" if request.cookies else ""))
    prefix = next((MESSAGE_PREFIXES[kind] for kind in type(error).__mro__ if kind in MESSAGE_PREFIXES), "fault.other")
    return _failure(request, error, prefix)


def _failure(request: Request[Any, Any, Any], error: UnifiedError, prefix: str) -> Response[Any]:
    """Render the page; paths of signed-in people keep the navigation, so that they can sign out."""
    session = request.cookies.get(SESSION_COOKIE) if request.url.path.startswith(("/ui/", "/approvals/")) else None
    return render_page(
        "failure",
        status=error.status,
        headers={} if error.wait is None else {"Retry-After": whole_seconds(error.wait)},
        prefix=prefix,
        code=error.code,
        request_id=request_id_of(request),
        form_token=form_token(session) if session else None,
        tabs=tabs_of(request.state.get("caller")),
        current="",
    )


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return failure_page(request, translated(error, request.scope.get("route_handler")))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    handle_unexpected(request, error)
    return failure_page(request, errors.Internal("unexpected error; see the log of this service"))


def _is_program(request: Request[Any, Any, Any]) -> bool:
    return "authorization" in request.headers or wants_json(request)


RequestTest = Callable[[Request[Any, Any, Any]], bool]


def _either(is_program: RequestTest, page_of: Refusal, problem_of: Refusal) -> Refusal:
    def run(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
        return (problem_of if is_program(request) else page_of)(request, error)

    return run


def _refusals(is_program: RequestTest, ours: Refusal) -> ExceptionHandlersMap:
    return {
        UnifiedError: _either(is_program, ours, handle_ours),
        HTTPException: _either(is_program, _framework, handle_framework),
        Exception: _either(is_program, _unexpected, handle_unexpected),
    }


def link_failure(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """Render an error of a connect link; unknown, used and expired links share one page, which says how to get a new link."""
    if isinstance(error, errors.RateLimited):
        return _failure(request, error, "fault.guesses")
    if isinstance(error, errors.NotFound):
        return _failure(request, error, "fault.tries" if error.detail == USED_UP else "fault.link")
    return failure_page(request, error)


PAGES: ExceptionHandlersMap = _refusals(wants_json, failure_page)
"""Handlers for page routes: HTML, or a JSON problem without a redirect for clients that ask for JSON."""
LINK_PAGES: ExceptionHandlersMap = _refusals(wants_json, link_failure)
SHARED_PAGES: ExceptionHandlersMap = _refusals(_is_program, failure_page)
SHARED_LINK_PAGES: ExceptionHandlersMap = _refusals(_is_program, link_failure)
"""Handlers for addresses shared with programs: an Authorization header also selects a JSON problem."""


def unknown_route(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Render a page when the client accepts HTML, otherwise a JSON problem."""
    if "text/html" in request.headers.get("accept", "") and not wants_json(request):
        response = _framework(request, error)
        if isinstance(error, MethodNotAllowedException):
            response.headers["Allow"] = allowed_methods(error)
        return response
    return handle_framework(request, error)
