"""Every page, with the answers to errors that it gives; `unified.app` adds them to the API's handlers.

None is in the OpenAPI document: programs have the routes of `unified.api.routes`. Each page declares who may reach it with its
handler, as the API does; what a signed-in person may reach is what their key may.
"""

from collections.abc import Iterable
from copy import copy

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap

from unified.api.controllers.approvals import get_approval
from unified.api.controllers.connect import get_connect_link
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.declarations import DECLARED, Declaration, PageHandler
from unified.web.accounts.actions import AccountActionController
from unified.web.accounts.page import AccountPageController
from unified.web.accounts.resources import ResourcePageController
from unified.web.approvals.edit import ApprovalEditController
from unified.web.approvals.page import ApprovalPageController, open_approval
from unified.web.audit.page import AuditPageController
from unified.web.connect.appearance import show_logo, show_theme
from unified.web.connect.callback import take_callback
from unified.web.connect.covered import CoveredController
from unified.web.connect.embedding import serve_script, show_status
from unified.web.connect.page import show_done, show_link, use_link
from unified.web.connect.resource_link import ResourceLinkController
from unified.web.coverage import CoverageController
from unified.web.failures import PAGES, SHARED_LINK_PAGES, SHARED_PAGES
from unified.web.home import show_home
from unified.web.html.assets import serve_asset
from unified.web.html.forms import reads_form
from unified.web.keys.new import NewKeyController
from unified.web.keys.page import KeyPageController
from unified.web.links.new import NewLinkController
from unified.web.links.page import LinkPageController
from unified.web.mcp.limits import ServerLimitsController
from unified.web.mcp.new import NewMcpServerController
from unified.web.mcp.page import McpPageController
from unified.web.mcp.usage import McpUsageController
from unified.web.oauth_apps.page import OAuthAppPageController
from unified.web.pauses import PauseController
from unified.web.session.sign_in import SignInController, go_home, sign_out
from unified.web.tenant.page import TenantPageController
from unified.web.webhooks.form import WebhookFormController
from unified.web.webhooks.page import WebhookPageController

PAGE_ROUTER = Router(
    "/",
    route_handlers=[
        show_done,
        show_status,
        serve_script,
        show_logo,
        show_theme,
        ResourceLinkController,
        CoveredController,
        take_callback,
        go_home,
        serve_asset,
        SignInController,
        sign_out,
        show_home,
        PauseController,
        AccountPageController,
        AccountActionController,
        ResourcePageController,
        McpPageController,
        McpUsageController,
        NewMcpServerController,
        ServerLimitsController,
        KeyPageController,
        NewKeyController,
        LinkPageController,
        NewLinkController,
        WebhookPageController,
        WebhookFormController,
        OAuthAppPageController,
        TenantPageController,
        ApprovalPageController,
        ApprovalEditController,
        CoverageController,
        AuditPageController,
    ],
    dependencies=reads_form(SESSION_COOKIE),
    exception_handlers=PAGES,
    include_in_schema=False,
)
"""The pages, with what they have in common; a controller or handler that declares another form or other answers has those."""
WEB_ROUTES: tuple[ControllerRouterHandler, ...] = (use_link, PAGE_ROUTER)
"""The form of a link is outside the router, because its address has a handler of the API too: a path belongs to one router."""


def _shared(handler: HTTPRouteHandler, page: PageHandler, refusals: ExceptionHandlersMap) -> HTTPRouteHandler:
    """Return the handler with a page for people at its address, and its answers to errors."""
    found = copy(handler)
    found.exception_handlers = refusals
    declared: Declaration = handler.opt[DECLARED]
    found.opt = {**handler.opt, DECLARED: msgspec.structs.replace(declared, page=page)}
    return found


SHARED: dict[HTTPRouteHandler, HTTPRouteHandler] = {
    get_connect_link: _shared(get_connect_link, show_link, SHARED_LINK_PAGES),
    get_approval: _shared(get_approval, open_approval, SHARED_PAGES),
}
"""Pages at an address where programs, who bring an Authorization header, get JSON."""


def with_pages(handlers: Iterable[ControllerRouterHandler]) -> tuple[ControllerRouterHandler, ...]:
    """Return the API's handlers with the pages."""
    shared = [SHARED.get(one, one) if isinstance(one, HTTPRouteHandler) else one for one in handlers]
    return (*shared, *WEB_ROUTES)
