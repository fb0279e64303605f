"""The route table of the pages, beside the API's; `app.py` composes both."""

from collections.abc import Iterable

import msgspec
from litestar.types import ExceptionHandlersMap

from unified.api.access import Access
from unified.api.context import Handler
from unified.api.routes import Route
from unified.web import (
    account_actions,
    accounts,
    approval_edit,
    approvals,
    assets,
    audit,
    callback,
    choose_link,
    connect,
    coverage,
    mcp,
    mcp_new,
    resources,
    sign_in,
)
from unified.web.failures import LINK_PAGES, PAGES, SHARED_LINK_PAGES, SHARED_PAGES


def _page(methods: str, path: str, handler: Handler, access: Access, refusals: ExceptionHandlersMap = PAGES) -> Route:
    return Route(methods=tuple(methods.split()), path=path, handler=handler, access=access, documented=False, refusals=refusals)


WEB_ROUTES: tuple[Route, ...] = (
    _page("GET", "/connect/done", connect.show_done, "public"),
    _page("POST", "/connect/{id:str}", connect.use_link, "token", LINK_PAGES),
    _page("GET", "/connect/{id:str}/resources", choose_link.show_choosing, "token", LINK_PAGES),
    _page("POST", "/connect/{id:str}/resources", choose_link.save_choosing, "token", LINK_PAGES),
    _page("GET", "/oauth/callback/{provider:str}", callback.take_callback, "token"),
    _page("GET", "/", sign_in.go_home, "public"),
    _page("GET", "/ui", sign_in.go_home, "public"),
    _page("GET", "/ui/static/{name:str}", assets.give_asset, "public"),
    _page("GET", "/ui/sign-in", sign_in.show_sign_in, "public"),
    _page("POST", "/ui/sign-in", sign_in.sign_in, "public"),
    _page("POST", "/ui/sign-out", sign_in.sign_out, "session"),
    _page("GET", "/ui/accounts", accounts.show_accounts, "session"),
    _page("GET", "/ui/mcp", mcp.show_servers, "session"),
    _page("GET", "/ui/mcp/new", mcp_new.show_form, "session"),
    _page("POST", "/ui/mcp/new", mcp_new.make_server, "session"),
    _page("GET", "/ui/mcp/{id:str}", mcp.show_server, "session"),
    _page("GET", "/ui/mcp/{id:str}/{action:str}", mcp.ask_about_server, "session"),
    _page("POST", "/ui/mcp/{id:str}/{action:str}", mcp.act_on_server, "session"),
    _page("GET", "/ui/approvals", approvals.show_approvals, "session"),
    _page("GET", "/ui/approvals/{id:str}", approvals.show_approval, "session"),
    _page("GET", "/ui/approvals/{id:str}/edit", approval_edit.show_edit, "session"),
    _page("POST", "/ui/approvals/{id:str}/edit", approval_edit.send_edit, "session"),
    _page("POST", "/ui/approvals/{id:str}/{action:str}", approvals.decide, "session"),
    _page("GET", "/ui/coverage", coverage.show_coverage, "session"),
    _page("GET", "/ui/coverage/{provider:str}/{model:str}", coverage.show_cell, "session"),
    _page("GET", "/ui/audit", audit.show_audit, "session"),
    _page("POST", "/ui/audit/verify", audit.verify_audit, "session"),
    _page("GET", "/ui/accounts/{id:str}/resources", resources.show_resources, "session"),
    _page("POST", "/ui/accounts/{id:str}/resources", resources.save_resources, "session"),
    _page("GET", "/ui/accounts/{id:str}/{action:str}", account_actions.ask_about_account, "session"),
    _page("POST", "/ui/accounts/{id:str}/{action:str}", account_actions.act_on_account, "session"),
)
"""None is in the OpenAPI document: programs have the routes of `unified.api.routes`."""
SHARED: dict[str, tuple[Handler, ExceptionHandlersMap]] = {
    "/connect/{id:str}": (connect.show_link, SHARED_LINK_PAGES),
    "/approvals/{id:str}": (approvals.open_approval, SHARED_PAGES),
}
"""Pages at an address where programs, who bring an Authorization header, get JSON."""


def with_pages(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The API's routes with the pages."""
    return (*(_shared(one) for one in routes), *WEB_ROUTES)


def _shared(one: Route) -> Route:
    if one.path not in SHARED:
        return one
    handler, refusals = SHARED[one.path]
    return msgspec.structs.replace(one, page=handler, refusals=refusals)
