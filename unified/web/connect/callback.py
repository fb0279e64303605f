"""The return from a provider's consent page. The page explains the result; it never shows text from the provider."""

from typing import Any

from litestar import Response, get

from unified.api.requests.context import Context
from unified.api.requests.declarations import secret_in_request
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathProvider
from unified.api.requests.preferences import wants_json
from unified.errors.configuration import CatalogError
from unified.errors.requests import ConnectFailed, NotFound
from unified.service.connect import Choosing, complete_callback
from unified.telemetry.recording import record_code
from unified.telemetry.request_scope import request_id
from unified.web.connect.auto_redirect import redirect_after_failure
from unified.web.connect.covered import address_of as choice_address
from unified.web.connect.page import connected, opened_link
from unified.web.html.forms import CONNECT_COOKIE, read_cookie_secret
from unified.web.html.rendering import language_of, redirect, render_page, t

TITLES = {"access_denied": "fault.denied.title", "other_browser": "fault.browser.title"}
"""Headings by the reason of a failure; other reasons have the general heading."""


@get("/oauth/callback/{provider:str}", opt=secret_in_request(acts_on_get=True))
async def take_callback(context: ContextDependency, name: PathProvider) -> Response[Any]:
    """Handle GET /oauth/callback/{provider}."""
    try:
        provider = context.services.catalog.provider(name)
    except CatalogError:
        raise NotFound("unknown provider") from None
    browser = read_cookie_secret(context, CONNECT_COOKIE)
    try:
        # The query as it came, since a parameter must not repeat (RFC 6749, 3.1): Litestar would pass on the last one alone.
        outcome = await complete_callback(context.services, provider.name, context.query(), browser)
    except ConnectFailed as failure:
        if wants_json(context.request):
            raise
        return _failure_page(context, provider.title, failure)
    if isinstance(outcome, Choosing):
        return redirect(choice_address(outcome.link_id))
    return await connected(context, outcome)


def _failure_page(context: Context, product: str, failure: ConnectFailed) -> Response[Any]:
    """Return why nothing was connected; the page goes back to the tenant's application by itself, if the link names one."""
    record_code(failure.code)
    language = language_of(context.request, failure.language)
    if failure.return_url is not None:
        return redirect_after_failure(product, failure.reason, failure.return_url, failure.status, language)
    return render_page(
        "callback_failure",
        status=failure.status,
        language=language,
        title=TITLES.get(failure.reason, "fault.connect.title"),
        text=t(f"outcome.{failure.reason}", language=language, product=product),
        product=product,
        code=failure.reason,
        request_id=request_id(),
        again=opened_link(context),
        left=failure.is_left_here,
    )
