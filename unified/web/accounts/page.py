"""The accounts page: how every connection is, in words, filtered and page by page."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response

from unified.api.context import Context
from unified.api.management import STATUSES
from unified.errors import InvalidCursor, NotFound
from unified.service.access.permissions import has_permission
from unified.service.access.scopes import Permission, require_account
from unified.service.accounts import accounts
from unified.service.accounts.refused_apps import states_of
from unified.store.accounts import AccountRow
from unified.store.pages import Page
from unified.web.accounts.view import AccountView, account_view, calls_left
from unified.web.html.flash_messages import notice_in_words
from unified.web.html.messages import WORDS
from unified.web.html.rendering import page
from unified.web.session.layout import frame, product_of

ADDRESS = "/ui/accounts"
PAGE_SIZE = 20
"""Accounts on one page."""
FILTERS = ("provider", "status")
NEEDED: tuple[Permission, ...] = ("accounts", "connect")
"""What the buttons of the page need; those that would be refused are not shown."""


async def show_accounts(context: Context) -> Response[Any]:
    """GET /ui/accounts."""
    asked = dict(context.query())
    found = await _found(context, asked)
    refused = await states_of(context.services, context.principal.tenant_id)
    return page(
        "accounts",
        accounts=[_view(context, row, app_refused=row.provider in refused) for row in found.items],
        next_page=address({**asked, "cursor": found.next_cursor}) if found.next_cursor else None,
        asked={name: asked.get(name, "") for name in (*FILTERS, "cursor")},
        first_page=address({**asked, "cursor": ""}),
        products=[(name, product_of(context, name)) for name in context.services.catalog.providers()],
        statuses=[(status, WORDS[f"status.{status}"]) for status in STATUSES],
        notice=await _notice(context, asked),
        may={name: has_permission(context.principal, name) for name in NEEDED},
        **frame(context, "accounts"),
    )


async def _found(context: Context, asked: dict[str, str]) -> Page[AccountRow]:
    try:
        return await accounts.list_accounts(
            context.services,
            context.principal.tenant_id,
            provider=asked.get("provider") or None,
            status=next((one for one in STATUSES if one == asked.get("status")), None),
            limit=PAGE_SIZE,
            cursor=asked.get("cursor") or None,
            scopes=context.principal.scopes,
        )
    except InvalidCursor:
        raise NotFound("no such page") from None


def address(asked: dict[str, str], **more: str) -> str:
    """The address of the accounts page with its filters, its page and more."""
    kept = {name: asked[name] for name in (*FILTERS, "cursor") if asked.get(name)} | more
    return f"{ADDRESS}?{urlencode(kept)}" if kept else ADDRESS


async def account_of(context: Context, account_id: str) -> AccountRow:
    """An account that this person may act on; NotFound also for another tenant's."""
    require_account(context.principal.scopes, account_id)
    return await accounts.get_account(context.services, context.principal.tenant_id, account_id)


def _view(context: Context, row: AccountRow, *, app_refused: bool) -> AccountView:
    limits = calls_left(context.services, row.id)
    now = context.services.clock()
    return account_view(row, product_of(context, row.provider), limits, now, app_refused=app_refused)


async def _notice(context: Context, asked: dict[str, str]) -> Any:
    kind, account_id = asked.get("notice", ""), asked.get("account", "")
    if not kind or not account_id:
        return notice_in_words(kind)
    try:
        row = await account_of(context, account_id)
    except NotFound:
        return None
    return notice_in_words(kind, name=row.name, product=product_of(context, row.provider), reason=asked.get("reason", ""))
