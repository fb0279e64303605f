"""The accounts page: the state of every account, with filters and pages."""

from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency, provided
from unified.errors.requests import NotFound
from unified.service.access.permissions import has_permission, reaches_every_account
from unified.service.access.scope.scopes import Permission, require_account
from unified.service.accounts import accounts
from unified.service.accounts.listing import MAX_SEARCH, list_broken_first, search_for
from unified.service.accounts.refused_apps import refused_places, waits_for_app
from unified.store.accounts import STATUSES, AccountRow
from unified.store.queries.pages import Page
from unified.web.accounts.view import AccountView, account_view, calls_left
from unified.web.html.messages import MESSAGES
from unified.web.html.monograms import signs_of
from unified.web.html.rendering import render_page
from unified.web.outcomes import Notice, build_notice
from unified.web.session.layout import frame, product_of

ADDRESS = "/ui/accounts"
PAGE_SIZE = 20
"""Maximum number of accounts on one page."""
FILTERS = ("q", "provider", "status")
Filters = dict[str, str]
NEEDED: tuple[Permission, ...] = ("accounts", "connect")
"""Permissions that the page's buttons need; a button without its permission is not shown."""


def provide_filters(
    q: FromQuery[str] = "", provider: FromQuery[str] = "", status: FromQuery[str] = "", cursor: FromQuery[str] = ""
) -> Filters:
    """Return which accounts the address of the page names; `q` is a part of a name or id."""
    return {"q": q.strip()[:MAX_SEARCH], "provider": provider, "status": status, "cursor": cursor}


class AccountPageController(Controller):
    """The state of every account."""

    path = ADDRESS
    opt = signed_in("call")
    dependencies = provided(filters=provide_filters)

    @get()
    async def show_accounts(
        self,
        context: ContextDependency,
        filters: NamedDependency[SkipValidation[Filters]],
        notice: FromQuery[str] = "",
        account: FromQuery[str] = "",
        reason: FromQuery[str] = "",
    ) -> Response[Any]:
        """Handle GET /ui/accounts."""
        listed = await _list_accounts(context, filters)
        refused = await refused_places(context.services, context.principal.tenant_id)
        return render_page(
            "accounts",
            accounts=[_view(context, row, app_refused=waits_for_app(context.services, row, refused)) for row in listed.items],
            next_page=address({**filters, "cursor": listed.next_cursor}) if listed.next_cursor else None,
            total=await _count(context, filters),
            query=filters,
            first_page=address({**filters, "cursor": ""}),
            products=[(name, product_of(context, name)) for name in context.services.catalog.providers()],
            statuses=[(status, MESSAGES[f"status.{status}"]) for status in STATUSES],
            notice=await _notice(context, notice, account, reason),
            may={name: has_permission(context.principal, name) for name in NEEDED},
            signs=signs_of(context.services),
            may_add=reaches_every_account(context.principal.scopes),
            **frame(context, "accounts"),
        )


async def _list_accounts(context: Context, filters: Filters) -> Page[AccountRow]:
    return await list_broken_first(
        context.services,
        context.principal.tenant_id,
        provider=filters["provider"] or None,
        status=next((status for status in STATUSES if status == filters["status"]), None),
        search=search_for(context.services, filters["q"]),
        limit=PAGE_SIZE,
        cursor=filters["cursor"] or None,
        scopes=context.principal.scopes,
    )


async def _count(context: Context, filters: Filters) -> int:
    """Return how many accounts the filters and the caller's scope leave."""
    return await accounts.count_accounts(
        context.services,
        context.principal.tenant_id,
        provider=filters["provider"] or None,
        status=next((status for status in STATUSES if status == filters["status"]), None),
        search=search_for(context.services, filters["q"]),
        scopes=context.principal.scopes,
    )


def address(query: dict[str, str], **more: str) -> str:
    """Return the address of the accounts page with the filters and cursor of `query`, and `more` parameters."""
    parameters = {name: query[name] for name in (*FILTERS, "cursor") if query.get(name)} | more
    return f"{ADDRESS}?{urlencode(parameters)}" if parameters else ADDRESS


async def account_of(context: Context, account_id: str) -> AccountRow:
    """Return an account that the caller may act on.

    Raises:
        OutsideAccounts: the caller's scope does not include the account.
        NotFound: the account does not exist, or belongs to another tenant.
    """
    require_account(context.principal.scopes, account_id)
    return await accounts.get_account(context.services, context.principal.tenant_id, account_id)


def _view(context: Context, row: AccountRow, *, app_refused: bool) -> AccountView:
    limits = calls_left(context.services, row.id)
    now = context.services.clock()
    return account_view(row, product_of(context, row.provider), limits, now, app_refused=app_refused)


async def _notice(context: Context, kind: str, account_id: str, reason: str) -> Notice | None:
    if not kind or not account_id:
        return build_notice(kind)
    try:
        row = await account_of(context, account_id)
    except NotFound:
        return None
    return build_notice(kind, name=row.name, product=product_of(context, row.provider), reason=reason)
