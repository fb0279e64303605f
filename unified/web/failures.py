"""Error pages: what happened, and what to do next."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from unified.api.answers.faults import fault_of
from unified.api.answers.problems import (
    handle_framework,
    handle_ours,
    handle_unexpected,
    headers_of,
    translated,
)
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.preferences import wants_json, wants_page
from unified.errors.access import (
    Forbidden,
    FormRefused,
    LinkPaused,
    OutsideAccounts,
    OutsideHours,
    Paused,
    TenantSuspended,
    Unauthenticated,
)
from unified.errors.error import UnifiedError
from unified.errors.requests import InvalidCursor, LinkOver, MethodNotAllowed, NotFound, UnsupportedMediaType
from unified.errors.service import Overloaded, RateLimited
from unified.service.connect.offers import USED_UP
from unified.service.languages import DEFAULT, Language
from unified.telemetry.recording import record_code
from unified.telemetry.request_scope import current_request, request_id
from unified.web.html.forms import form_token
from unified.web.html.rendering import language_of, redirect, render_page
from unified.web.session.layout import navigation
from unified.web.session.return_paths import page_of_form, safe_return_path, sign_in_address

Refusal = Callable[[Request[Any, Any, Any], Any], Response[Any]]
MESSAGE_PREFIXES: dict[type[UnifiedError], str] = {
    NotFound: "fault.not_found",
    MethodNotAllowed: "fault.not_found",
    FormRefused: "fault.form",
    Forbidden: "fault.role",
    OutsideAccounts: "fault.scope",
    TenantSuspended: "fault.suspended",
    LinkPaused: "fault.link_paused",
    Paused: "fault.paused",
    OutsideHours: "fault.hours",
    RateLimited: "fault.busy",
    Overloaded: "fault.unavailable",
}
"""Message key prefixes by error class; a subclass without its own entry uses that of its nearest base class."""


def failure_page(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """Render an error as a page, or redirect to the sign-in page when the session has ended.

    A cursor in an address that is not one of its list leads to no page: lists need not say so themselves.
    """
    if isinstance(error, InvalidCursor):
        error = NotFound("no page for this cursor")
    if isinstance(error, Unauthenticated):
        return redirect(_sign_in_again(request))
    prefix = next((MESSAGE_PREFIXES[kind] for kind in type(error).__mro__ if kind in MESSAGE_PREFIXES), "fault.other")
    return _failure(request, error, prefix)


def _sign_in_again(request: Request[Any, Any, Any]) -> str:
    """Return the address of the sign-in page that leads back: to a page with its query, or to that of a form."""
    path, query = request.url.path, request.url.query
    if request.method == "POST":
        return sign_in_address(page_of_form(path), after="unsent")
    whole = safe_return_path(f"{path}?{query}") if query else None
    return sign_in_address(whole or path, after="ended" if request.cookies else "")


def _failure(request: Request[Any, Any, Any], error: UnifiedError, prefix: str) -> Response[Any]:
    """Render the page and log its code; paths of signed-in people keep the navigation, so that they can sign out."""
    record_code(error.code)
    session = request.cookies.get(SESSION_COOKIE) if request.url.path.startswith(("/ui/", "/approvals/")) else None
    return render_page(
        "failure",
        status=error.status,
        language=_language(request, error),
        headers=headers_of(error),
        prefix=prefix,
        code=error.code,
        request_id=request_id(),
        form_token=form_token(session) if session else None,
        **navigation(current_request().session),
        current="",
    )


def _language(request: Request[Any, Any, Any], error: UnifiedError) -> Language:
    """Return the language of a page: that of the link or the browser for end users, English for operators."""
    is_for_end_users = request.url.path.startswith(("/connect/", "/oauth/"))
    return language_of(request, error.language) if is_for_end_users else DEFAULT


def _framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return failure_page(request, translated(error, request.scope))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return failure_page(request, fault_of(request, error))


def _is_program(request: Request[Any, Any, Any]) -> bool:
    return "authorization" in request.headers or not wants_page(request)


def _names_no_page(request: Request[Any, Any, Any]) -> bool:
    """Return whether the client is a program by its `Accept`; browsers name pages, and send their forms in the right type."""
    return not wants_page(request)


RequestTest = Callable[[Request[Any, Any, Any]], bool]


def _either(is_program: RequestTest, page_of: Refusal, problem_of: Refusal) -> Refusal:
    def run(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
        return (problem_of if is_program(request) else page_of)(request, error)

    return run


def _refusals(is_program: RequestTest, ours: Refusal) -> ExceptionHandlersMap:
    return {
        UnsupportedMediaType: _either(_names_no_page, ours, handle_ours),
        UnifiedError: _either(is_program, ours, handle_ours),
        HTTPException: _either(is_program, _framework, handle_framework),
        Exception: _either(is_program, _unexpected, handle_unexpected),
    }


def link_failure(request: Request[Any, Any, Any], error: UnifiedError) -> Response[Any]:
    """Render an error of a connect link; unknown, used and expired links share one page, which says how to get a new link."""
    if isinstance(error, RateLimited):
        return _failure(request, error, "fault.guesses")
    if isinstance(error, LinkOver):
        return _link_over(request, error)
    if isinstance(error, NotFound):
        return _failure(request, error, "fault.tries" if error.detail == USED_UP else "fault.link")
    return failure_page(request, error)


def _link_over(request: Request[Any, Any, Any], error: LinkOver) -> Response[Any]:
    """Render why a link is over, who asked, and how to get another one."""
    return render_page(
        "link_over",
        status=error.status,
        language=_language(request, error),
        prefix=f"over.{error.reason}",
        tenant=error.tenant,
        back=error.return_url,
        place=urlsplit(error.return_url or "").netloc,
    )


PAGES: ExceptionHandlersMap = _refusals(wants_json, failure_page)
"""Handlers for page routes: HTML, or a JSON problem without a redirect for clients that ask for JSON."""
LINK_PAGES: ExceptionHandlersMap = _refusals(wants_json, link_failure)
SHARED_PAGES: ExceptionHandlersMap = _refusals(_is_program, failure_page)
SHARED_LINK_PAGES: ExceptionHandlersMap = _refusals(_is_program, link_failure)
"""Handlers for addresses shared with programs: an Authorization header also selects a JSON problem."""


def unknown_route(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Render a page when the client accepts HTML, otherwise a JSON problem."""
    if "text/html" in request.headers.get("accept", "") and not wants_json(request):
        return _framework(request, error)
    return handle_framework(request, error)
