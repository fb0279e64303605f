"""The return from a provider's consent page. The page explains the result; it never shows text from the provider."""

from typing import Any

from litestar import Response, get

from unified.api.declarations import secret_in_request
from unified.api.dependencies import ContextDependency
from unified.api.path_parameters import PathProvider
from unified.api.preferences import wants_json
from unified.api.problems import request_id_of
from unified.errors import CatalogError, ConnectFailed, NotFound
from unified.service.connect import complete_callback
from unified.web.connect.page import connected, opened_link
from unified.web.html.forms import CONNECT_COOKIE, read_cookie_secret
from unified.web.html.rendering import render_page

TITLES = {"access_denied": "fault.denied.title", "other_browser": "fault.browser.title"}
"""Headings by the reason of a failure; other reasons have the general heading."""


@get("/oauth/callback/{provider:str}", opt=secret_in_request())
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
        return render_page(
            "callback_failure",
            status=failure.status,
            title=TITLES.get(failure.reason, "fault.connect.title"),
            text=failure.detail,
            product=provider.title,
            code=failure.reason,
            request_id=request_id_of(context.request),
            again=opened_link(context),
        )
    return await connected(context, outcome)
