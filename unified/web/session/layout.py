"""The frame of the pages for signed-in people: the navigation that their key opens, and the token of their forms."""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.errors.requests import NotFound
from unified.service.access.api_keys import get_key
from unified.service.access.permissions import Needs, Reach, may_reach
from unified.service.access.principals import Principal
from unified.service.access.sessions import SignedIn
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
        **navigation(context.known.session),
    }


def product_of(context: Context, provider: str) -> str:
    """Return a provider's title, or its name when the catalog does not have it."""
    return context.services.catalog.title(provider)


async def key_names(context: Context, ids: Iterable[str], *, are_shown: bool = False) -> dict[str, str]:
    """Return the names of the API keys among these ids; revoked keys are left out.

    Args:
        context: the request.
        ids: the ids of keys and of other actors, which are ignored.
        are_shown: whether the page shows who they are whatever the caller's scope, as an approver must know who requests.
    """
    names = {}
    caller = None if are_shown else context.principal
    for key_id in {actor_id for actor_id in ids if actor_id.startswith(KEYS)}:
        try:
            names[key_id] = (await get_key(context.services, context.principal.tenant_id, key_id, caller=caller)).name
        except NotFound:
            continue
    return names
