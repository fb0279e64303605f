"""The frame of the pages for signed-in people: the navigation that their key opens, and the token of their forms."""

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
from unified.web.html.forms import form_token, read_cookie_secret


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the navigation; its label is the message `nav.{name}`."""

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
"""Maximum number of accounts or servers that a filter lists by name."""


def tabs_of(caller: Principal | None) -> tuple[Tab, ...]:
    """Return the pages that a caller's key opens; none without a caller."""
    return () if caller is None else tuple(tab for tab in TABS if has_permission(caller, tab.needs))


def home_of(caller: Principal | None) -> str:
    """Return the address of the first page that a caller's key opens."""
    return "/ui/accounts" if caller is None else tabs_of(caller)[0].address


def frame(context: Context, current: str) -> dict[str, Any]:
    """Return the template values that every signed-in page needs; `current` is the name of its tab."""
    secret = read_cookie_secret(context, SESSION_COOKIE) or ""
    return {
        "form_token": form_token(secret),
        "now": context.services.clock(),
        "tabs": tabs_of(context.principal),
        "current": current,
    }


def product_of(context: Context, provider: str) -> str:
    """Return a provider's title, or its name when the catalog no longer has it."""
    try:
        return context.services.catalog.provider(provider).title
    except CatalogError:
        return provider


async def named_accounts(context: Context) -> dict[str, AccountRow]:
    """Return the oldest `MAX_NAMED` accounts that the caller may see, by id."""
    caller = context.principal
    listed = await accounts.list_accounts(context.services, caller.tenant_id, limit=MAX_NAMED, scopes=caller.scopes)
    return {row.id: row for row in listed.items}


async def named_servers(context: Context) -> dict[str, str]:
    """Return the names of the oldest `MAX_NAMED` MCP servers that the caller may see, by id."""
    caller = context.principal
    listed = await servers.list_servers(context.services, caller.tenant_id, limit=MAX_NAMED, cursor=None, caller=caller)
    return {row.id: row.name for row in listed.items}


async def key_names(context: Context, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the API keys among these ids; revoked keys are left out."""
    names = {}
    for key_id in {actor_id for actor_id in ids if actor_id.startswith(KEYS)}:
        try:
            caller = context.principal
            names[key_id] = (await get_key(context.services, caller.tenant_id, key_id, caller=caller)).name
        except NotFound:
            continue
    return names
