"""Errors as pages: what happened, and what to do next, in the look of the other pages."""

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
from unified.web.html.rendering import page, redirect
from unified.web.session.layout import tabs_of
from unified.web.session.return_paths import sign_in_address

Refusal = Callable[[Request[Any, Any, Any], Any], Response[Any]]
WORDS_OF: dict[type[UnifiedError], str] = {
    errors.NotFound: "fault.not_found",
    errors.MethodNotAllowed: "fault.not_found",
    errors.FormRefused: "fault.form",
    errors.Forbidden: "fault.role",
    errors.OutsideAccounts: "fault.scope",
    errors.RateLimited: "fault.busy",
    errors.Overloaded: "fault.busy",
}
"""Words for a class of errors and those below it; the nearest class counts."""


def failure_page(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """An error of ours as a page; a session that ended leads to the sign-in page."""
    if isinstance(error, errors.Unauthenticated):
        path = request.url.path if request.method == "GET" else None
        return redirect(sign_in_address(path, after="ended" if request.cookies else ""))
    words = next((WORDS_OF[kind] for kind in type(error).__mro__ if kind in WORDS_OF), "fault.other")
    return _failure(request, error, words)


def _failure(request: Request[Any, Any, Any], error: UnifiedError, words: str) -> Response[Any]:
    """The page; below `/ui` with the frame of somebody who is signed in, so that they can sign out."""
    session = request.cookies.get(SESSION_COOKIE) if request.url.path.startswith(("/ui/", "/approvals/")) else None
    return page(
        "failure",
        status=error.status,
        headers={} if error.wait is None else {"Retry-After": whole_seconds(error.wait)},
        words=words,
        code=error.code,
        request_id=request_id_of(request),
        form_token=form_token(session) if session else None,
        tabs=tabs_of(request.state.get("caller")),
        current="",
    )


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return failure_page(request, translated(error))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    handle_unexpected(request, error)
    return failure_page(request, errors.Internal("something went wrong here"))


def _for_key_holders(request: Request[Any, Any, Any]) -> bool:
    return "authorization" in request.headers or wants_json(request)


Asks = Callable[[Request[Any, Any, Any]], bool]


def _either(is_program: Asks, page_of: Refusal, problem_of: Refusal) -> Refusal:
    def run(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
        return (problem_of if is_program(request) else page_of)(request, error)

    return run


def _refusals(is_program: Asks, ours: Refusal) -> ExceptionHandlersMap:
    return {
        UnifiedError: _either(is_program, ours, handle_ours),
        HTTPException: _either(is_program, _framework, handle_framework),
        Exception: _either(is_program, _unexpected, handle_unexpected),
    }


def link_failure(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """The same for connect links, whose one answer to unknown, used and ended says what to do about it."""
    if isinstance(error, errors.RateLimited):
        return _failure(request, error, "fault.guesses")
    if isinstance(error, errors.NotFound):
        return _failure(request, error, "fault.tries" if error.detail == USED_UP else "fault.link")
    return failure_page(request, error)


PAGES: ExceptionHandlersMap = _refusals(wants_json, failure_page)
"""For the routes of pages; problems in JSON for those who ask for JSON, and no way to the sign-in page."""
LINK_PAGES: ExceptionHandlersMap = _refusals(wants_json, link_failure)
SHARED_PAGES: ExceptionHandlersMap = _refusals(_for_key_holders, failure_page)
SHARED_LINK_PAGES: ExceptionHandlersMap = _refusals(_for_key_holders, link_failure)
"""For an address that programs share with people: also for those who bring an Authorization header."""


def unknown_route(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """A page for a person who mistyped an address, a problem in JSON for everybody else."""
    if "text/html" in request.headers.get("accept", "") and not wants_json(request):
        answer = _framework(request, error)
        if isinstance(error, MethodNotAllowedException):
            answer.headers["Allow"] = allowed_methods(error)
        return answer
    return handle_framework(request, error)
