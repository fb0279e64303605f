"""The way back from a provider's consent page. What the provider says is never shown, only what it means."""

from typing import Any

from litestar import Response

from unified.api.context import Context
from unified.api.preferences import wants_json
from unified.api.problems import request_id_of
from unified.errors import CatalogError, ConnectFailed, NotFound
from unified.service.connect import complete_callback
from unified.web.connect.page import connected, opened_link
from unified.web.html.forms import CONNECT_COOKIE, kept_secret
from unified.web.html.rendering import page

TITLES = {"access_denied": "fault.denied.title", "other_browser": "fault.browser.title"}
"""Headings by the reason for which nothing was connected; all others have the general one."""


async def take_callback(context: Context) -> Response[Any]:
    """GET /oauth/callback/{provider}."""
    try:
        provider = context.services.catalog.provider(context.path("provider"))
    except CatalogError:
        raise NotFound("no such provider") from None
    try:
        browser = kept_secret(context, CONNECT_COOKIE)
        outcome = await complete_callback(context.services, provider.name, context.query(), browser)
    except ConnectFailed as failure:
        if wants_json(context.request):
            raise
        return page(
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
