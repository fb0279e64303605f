"""The frame of the pages for signed-in people: the navigation that their key opens, and the token of their forms."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.api.access import SESSION_COOKIE, SIGNED_IN
from unified.api.context import Context
from unified.errors.configuration import CatalogError
from unified.errors.requests import NotFound
from unified.service.access.api_keys import get_key
from unified.service.access.permissions import Needs, Reach, may_reach
from unified.service.access.principals import Principal
from unified.service.access.sessions import SignedIn
from unified.service.accounts import accounts
from unified.service.mcp_servers import servers
from unified.store.accounts import AccountRow
from unified.web.html.forms import form_token, read_cookie_secret


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the navigation; its label is the message `nav.{name}`."""

    name: str
    address: str
    needs: Needs
    reach: Reach = "rows"


HOME = "/ui"
TABS = (
    Tab(name="home", address=HOME, needs="sign_in"),
    Tab(name="accounts", address="/ui/accounts", needs="call"),
    Tab(name="links", address="/ui/links", needs="connect"),
    Tab(name="approvals", address="/ui/approvals", needs="approvals"),
    Tab(name="mcp", address="/ui/mcp", needs="servers"),
    Tab(name="keys", address="/ui/keys", needs="keys"),
    Tab(name="webhooks", address="/ui/webhooks", needs="webhooks", reach="tenant"),
    Tab(name="apps", address="/ui/oauth-apps", needs="apps", reach="tenant"),
    Tab(name="tenant", address="/ui/tenant", needs="tenant", reach="tenant"),
    Tab(name="audit", address="/ui/audit", needs="audit"),
    Tab(name="coverage", address="/ui/coverage", needs="sign_in"),
    Tab(name="docs", address="/docs", needs="sign_in"),
)
"""A test compares what they need with what the pages declare."""
KEYS = "key_"
MAX_NAMED = 200
"""Maximum number of accounts or servers that a filter lists by name."""


def tabs_of(caller: Principal) -> tuple[Tab, ...]:
    """Return the pages that a caller's key opens."""
    return tuple(tab for tab in TABS if may_reach(caller, tab.needs, tab.reach))


def navigation(session: SignedIn | None) -> dict[str, Any]:
    """Return who is signed in and the tabs that their key opens, for the header of a page; nothing without a session."""
    return {"signed_in": session, "tabs": () if session is None else tabs_of(session.caller)}


def frame(context: Context, current: str) -> dict[str, Any]:
    """Return the template values that every signed-in page needs; `current` is the name of its tab."""
    secret = read_cookie_secret(context, SESSION_COOKIE) or ""
    return {
        "form_token": form_token(secret),
        "now": context.services.clock(),
        "current": current,
        **navigation(context.request.state.get(SIGNED_IN)),
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
