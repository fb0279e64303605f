"""Every page, with the answers to errors that it gives; `app.py` adds them to the API's handlers.

None is in the OpenAPI document: programs have the routes of `unified.api.routes`. Each page declares who may reach it beside
its handler, as the API does; what a signed-in person may reach is what their key may.
"""

from collections.abc import Iterable
from copy import copy

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap

from unified.api.approvals import get_approval
from unified.api.connect import get_connect_link
from unified.api.declarations import DECLARED, Declaration, PageHandler
from unified.web import coverage, keys
from unified.web.accounts import actions as account_actions
from unified.web.accounts import page as accounts
from unified.web.accounts import resources
from unified.web.approvals import edit as approval_edit
from unified.web.approvals import page as approvals
from unified.web.audit import page as audit
from unified.web.connect import callback, resource_link
from unified.web.connect import page as connect
from unified.web.failures import LINK_PAGES, PAGES, SHARED_LINK_PAGES, SHARED_PAGES
from unified.web.html import assets
from unified.web.mcp import new as mcp_new
from unified.web.mcp import page as mcp
from unified.web.session import sign_in


def _refusing(refusals: ExceptionHandlersMap, *handlers: HTTPRouteHandler) -> tuple[HTTPRouteHandler, ...]:
    """Return these handlers with these answers to errors: pages for people have their own."""
    found = []
    for one in handlers:
        handler = copy(one)
        handler.exception_handlers = refusals
        found.append(handler)
    return tuple(found)


WEB_ROUTES: tuple[HTTPRouteHandler, ...] = (
    *_refusing(PAGES, connect.show_done),
    *_refusing(LINK_PAGES, connect.use_link, resource_link.show_choosing, resource_link.save_choosing),
    *_refusing(
        PAGES,
        callback.take_callback,
        sign_in.go_home,
        assets.serve_asset,
        sign_in.show_sign_in,
        sign_in.sign_in,
        sign_in.sign_out,
        accounts.show_accounts,
        mcp.show_servers,
        mcp_new.show_form,
        mcp_new.make_server,
        mcp.show_server,
        mcp.ask_about_server,
        mcp.act_on_server,
        keys.show_keys,
        keys.ask_about_key,
        keys.revoke,
        approvals.show_approvals,
        approvals.show_approval,
        approval_edit.show_edit,
        approval_edit.send_edit,
        approvals.decide,
        coverage.show_coverage,
        coverage.show_cell,
        audit.show_audit,
        audit.verify_audit,
        resources.show_resources,
        resources.save_resources,
        account_actions.ask_about_account,
        account_actions.reconnect,
        account_actions.check,
        account_actions.act_on_account,
    ),
)


def _shared(handler: HTTPRouteHandler, page: PageHandler, refusals: ExceptionHandlersMap) -> HTTPRouteHandler:
    """Return the handler with a page for people at its address."""
    (found,) = _refusing(refusals, handler)
    declared: Declaration = handler.opt[DECLARED]
    found.opt = {**handler.opt, DECLARED: msgspec.structs.replace(declared, page=page)}
    return found


SHARED: dict[HTTPRouteHandler, HTTPRouteHandler] = {
    get_connect_link: _shared(get_connect_link, connect.show_link, SHARED_LINK_PAGES),
    get_approval: _shared(get_approval, approvals.open_approval, SHARED_PAGES),
}
"""Pages at an address where programs, who bring an Authorization header, get JSON."""


def with_pages(handlers: Iterable[ControllerRouterHandler]) -> tuple[ControllerRouterHandler, ...]:
    """Return the API's handlers with the pages."""
    shared = [SHARED.get(one, one) if isinstance(one, HTTPRouteHandler) else one for one in handlers]
    return (*shared, *WEB_ROUTES)
