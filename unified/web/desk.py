"""The frame around the pages of people who signed in: the pages that their key opens, and the token of their forms."""

from typing import Any

import msgspec

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.errors import CatalogError, InvalidCursor, NotFound
from unified.service import accounts
from unified.service.scopes import allows_account
from unified.store.accounts import AccountRow
from unified.web.forms import form_token, kept_secret


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the navigation; its words are `nav.{name}`."""

    name: str
    address: str
    roles: tuple[str, ...]


TABS = (
    Tab(name="accounts", address="/ui/accounts", roles=("admin",)),
    Tab(name="coverage", address="/ui/coverage", roles=("admin", "approver")),
    Tab(name="audit", address="/ui/audit", roles=("admin",)),
)
MOST_NAMED = 200
"""Accounts that a filter lists by name."""


def tabs_of(role: str | None) -> tuple[Tab, ...]:
    """The pages that a key of this role opens."""
    return tuple(one for one in TABS if role in one.roles)


def home_of(role: str | None) -> str:
    """Where somebody of this role begins."""
    return tabs_of(role)[0].address if role is not None else "/ui/accounts"


def frame(context: Context, current: str) -> dict[str, Any]:
    """What every page of a signed-in person needs; `current` is the name of its tab."""
    secret = kept_secret(context, SESSION_COOKIE) or ""
    return {
        "form_token": form_token(secret),
        "now": context.services.database.clock(),
        "tabs": tabs_of(context.principal.role),
        "current": current,
    }


def product_of(context: Context, provider: str) -> str:
    """A provider's title; its name when its file is gone."""
    try:
        return context.services.catalog.provider(provider).title
    except CatalogError:
        return provider


async def named_accounts(context: Context) -> dict[str, AccountRow]:
    """The accounts that this person may see, by id: the oldest, as many as a filter lists."""
    found = await accounts.list_accounts(context.services, context.principal.tenant_id, limit=MOST_NAMED)
    return {row.id: row for row in found.items if allows_account(context.principal.scopes, row.id)}


def no_such_page(_problem: InvalidCursor) -> NotFound:
    """A cursor of the address that cannot be read, as a person is told of it."""
    return NotFound("no such page")
