"""The route table of the pages; `app.py` combines it with the API's table."""

from collections.abc import Iterable

import msgspec
from litestar.types import ExceptionHandlersMap

from unified.api.access import Access
from unified.api.context import Handler
from unified.api.routes import Route
from unified.service.access.permissions import Needs, Reach
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


def _page(methods: str, path: str, handler: Handler, needs: Needs, reach: Reach = "rows") -> Route:
    """Declare a page for signed-in people; they may reach what their key may reach."""
    return Route(
        methods=tuple(methods.split()),
        path=path,
        handler=handler,
        access="session",
        needs=needs,
        reach=reach,
        documented=False,
        refusals=PAGES,
    )


def _open(methods: str, path: str, handler: Handler, access: Access, refusals: ExceptionHandlersMap = PAGES) -> Route:
    """Declare a page that needs no session: it is public, or its address or form carries a secret."""
    return Route(
        methods=tuple(methods.split()),
        path=path,
        handler=handler,
        access=access,
        needs="nothing",
        documented=False,
        refusals=refusals,
    )


WEB_ROUTES: tuple[Route, ...] = (
    _open("GET", "/connect/done", connect.show_done, "public"),
    _open("POST", "/connect/{id:str}", connect.use_link, "token", LINK_PAGES),
    _open("GET", "/connect/{id:str}/resources", resource_link.show_choosing, "token", LINK_PAGES),
    _open("POST", "/connect/{id:str}/resources", resource_link.save_choosing, "token", LINK_PAGES),
    _open("GET", "/oauth/callback/{provider:str}", callback.take_callback, "token"),
    _open("GET", "/", sign_in.go_home, "public"),
    _open("GET", "/ui", sign_in.go_home, "public"),
    _open("GET", "/ui/static/{name:str}", assets.serve_asset, "public"),
    _open("GET", "/ui/sign-in", sign_in.show_sign_in, "public"),
    _open("POST", "/ui/sign-in", sign_in.sign_in, "public"),
    _page("POST", "/ui/sign-out", sign_in.sign_out, "sign_in"),
    _page("GET", "/ui/accounts", accounts.show_accounts, "call"),
    _page("GET", "/ui/mcp", mcp.show_servers, "servers"),
    _page("GET", "/ui/mcp/new", mcp_new.show_form, "servers"),
    _page("POST", "/ui/mcp/new", mcp_new.make_server, "servers"),
    _page("GET", "/ui/mcp/{id:str}", mcp.show_server, "servers"),
    _page("GET", "/ui/mcp/{id:str}/{action:str}", mcp.ask_about_server, "servers"),
    _page("POST", "/ui/mcp/{id:str}/{action:str}", mcp.act_on_server, "servers"),
    _page("GET", "/ui/keys", keys.show_keys, "keys"),
    _page("GET", "/ui/keys/{id:str}/revoke", keys.ask_about_key, "keys"),
    _page("POST", "/ui/keys/{id:str}/revoke", keys.revoke, "keys"),
    _page("GET", "/ui/approvals", approvals.show_approvals, "approvals"),
    _page("GET", "/ui/approvals/{id:str}", approvals.show_approval, "approvals"),
    _page("GET", "/ui/approvals/{id:str}/edit", approval_edit.show_edit, "approvals"),
    _page("POST", "/ui/approvals/{id:str}/edit", approval_edit.send_edit, "approvals"),
    _page("POST", "/ui/approvals/{id:str}/{action:str}", approvals.decide, "approvals"),
    _page("GET", "/ui/coverage", coverage.show_coverage, "sign_in"),
    _page("GET", "/ui/coverage/{provider:str}/{model:str}", coverage.show_cell, "sign_in"),
    _page("GET", "/ui/audit", audit.show_audit, "audit"),
    _page("POST", "/ui/audit/verify", audit.verify_audit, "audit", "tenant"),
    _page("GET", "/ui/accounts/{id:str}/resources", resources.show_resources, "accounts", "account"),
    _page("POST", "/ui/accounts/{id:str}/resources", resources.save_resources, "accounts", "account"),
    _page("GET", "/ui/accounts/{id:str}/{action:str}", account_actions.ask_about_account, "accounts", "account"),
    _page("POST", "/ui/accounts/{id:str}/reconnect", account_actions.reconnect, "connect", "account"),
    _page("POST", "/ui/accounts/{id:str}/check", account_actions.check, "call", "account"),
    _page("POST", "/ui/accounts/{id:str}/{action:str}", account_actions.act_on_account, "accounts", "account"),
)
"""Pages are not in the OpenAPI document; programs use the routes of `unified.api.routes`."""
SHARED: dict[str, tuple[Handler, ExceptionHandlersMap]] = {
    "/connect/{id:str}": (connect.show_link, SHARED_LINK_PAGES),
    "/approvals/{id:str}": (approvals.open_approval, SHARED_PAGES),
}
"""Pages by path where a request with an Authorization header gets JSON instead."""


def with_pages(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return the API's routes together with the page routes."""
    return (*(_shared(one) for one in routes), *WEB_ROUTES)


def _shared(route: Route) -> Route:
    if route.path not in SHARED:
        return route
    handler, refusals = SHARED[route.path]
    return msgspec.structs.replace(route, page=handler, refusals=refusals)
