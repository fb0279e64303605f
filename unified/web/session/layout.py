"""The frame around the pages of people who signed in: the pages that their key opens, and the token of their forms."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.errors import CatalogError, NotFound
from unified.service.access.api_keys import get_key
from unified.service.access.permissions import Needs, has_permission
from unified.service.access.principals import Principal
from unified.service.accounts import accounts
from unified.service.mcp_servers import servers
from unified.store.accounts import AccountRow
from unified.web.html.forms import form_token, kept_secret


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the navigation; its words are `nav.{name}`."""

    name: str
    address: str
    needs: Needs


TABS = (
    Tab(name="accounts", address="/ui/accounts", needs="call"),
    Tab(name="mcp", address="/ui/mcp", needs="servers"),
    Tab(name="approvals", address="/ui/approvals", needs="approvals"),
    Tab(name="keys", address="/ui/keys", needs="keys"),
    Tab(name="coverage", address="/ui/coverage", needs="sign_in"),
    Tab(name="audit", address="/ui/audit", needs="audit"),
)
KEYS = "key_"
MAX_NAMED = 200
"""Accounts or servers that a filter lists by name."""


def tabs_of(caller: Principal | None) -> tuple[Tab, ...]:
    """The pages that the key of a person opens; none for somebody who is not signed in."""
    return () if caller is None else tuple(one for one in TABS if has_permission(caller, one.needs))


def home_of(caller: Principal | None) -> str:
    """Where a person begins: the first page that their key opens."""
    return "/ui/accounts" if caller is None else tabs_of(caller)[0].address


def frame(context: Context, current: str) -> dict[str, Any]:
    """What every page of a signed-in person needs; `current` is the name of its tab."""
    secret = kept_secret(context, SESSION_COOKIE) or ""
    return {
        "form_token": form_token(secret),
        "now": context.services.clock(),
        "tabs": tabs_of(context.principal),
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
    caller = context.principal
    found = await accounts.list_accounts(context.services, caller.tenant_id, limit=MAX_NAMED, scopes=caller.scopes)
    return {row.id: row for row in found.items}


async def named_servers(context: Context) -> dict[str, str]:
    """The names of the MCP servers that this person may see, by id: the oldest, as many as a filter lists."""
    caller = context.principal
    found = await servers.list_servers(context.services, caller.tenant_id, limit=MAX_NAMED, cursor=None, caller=caller)
    return {row.id: row.name for row in found.items}


async def key_names(context: Context, ids: Iterable[str]) -> dict[str, str]:
    """The names of those that are API keys; a revoked one has none any more."""
    found = {}
    for key_id in {one for one in ids if one.startswith(KEYS)}:
        try:
            caller = context.principal
            found[key_id] = (await get_key(context.services, caller.tenant_id, key_id, caller=caller)).name
        except NotFound:
            continue
    return found
