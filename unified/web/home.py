"""The home page: what needs attention within a caller's scope, a few rows of each list, or that nothing does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from litestar import Response, get
from markupsafe import Markup

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.views.oauth_apps import every_app
from unified.errors.error import UnifiedError
from unified.service import approvals, connect
from unified.service.access.api_keys import list_keys
from unified.service.access.permissions import Needs, Reach, may_reach
from unified.service.accounts.accounts import list_accounts
from unified.service.mcp_servers.servers import list_servers
from unified.service.webhooks.endpoints import list_webhooks
from unified.store.queries.pages import MAX_LIMIT
from unified.web.accounts.view import explain_reasons
from unified.web.html.rendering import moment, render_page, t
from unified.web.links.page import link_view
from unified.web.pauses import switches
from unified.web.session.directories import accounts_by_id
from unified.web.session.layout import HOME, frame, product_of
from unified.web.webhooks.view import hook_view, state_of

MAX_ITEMS = 5
"""Items of one kind that are shown; the list has the others."""
SOON = timedelta(days=7)
"""A key or server that ends within this time, and within the last quarter of its lifetime, is shown."""
PAST = timedelta(days=1)
"""One that ended is shown for this long."""
SECONDS_FOR_PROVIDERS = 3.0
"""Some approvals depend on where a record lies, and so on the provider; the page does not wait longer for that."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at."""

    name: str
    note: str | Markup
    address: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """An item of work of one kind; its words are the messages `home.{name}`."""

    name: str
    items: tuple[Item, ...]
    more: str | None
    """The list with further ones, if there are any."""
    is_warning: bool
    """Whether something does not work, and not only waits."""


Look = Callable[[Context], Awaitable[Iterable[Item]]]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing, and what a key needs to see it."""

    name: str
    needs: Needs
    reach: Reach = "rows"
    look: Look
    address: str
    is_warning: bool = True


async def sections(context: Context) -> tuple[Section, ...]:
    """Return what needs attention, by kind; nothing that the caller's key may not see."""
    allowed = [one for one in CHECKS if may_reach(context.principal, one.needs, one.reach)]
    found = [(one, tuple(islice(await one.look(context), MAX_ITEMS + 1))) for one in allowed]
    return tuple(
        Section(
            name=one.name,
            items=items[:MAX_ITEMS],
            more=one.address if len(items) > MAX_ITEMS else None,
            is_warning=one.is_warning,
        )
        for one, items in found
        if items
    )


async def _accounts(context: Context) -> Iterable[Item]:
    caller = context.principal
    broken = await list_accounts(
        context.services, caller.tenant_id, status="needs_reauth", limit=MAX_ITEMS + 1, scopes=caller.scopes
    )
    return [
        Item(name=row.name, note=explain_reasons(row.status_reason), address=f"/ui/accounts?q={row.id}") for row in broken.items
    ]


async def _apps(context: Context) -> Iterable[Item]:
    apps = await every_app(context.services, context.principal.tenant_id)
    return [
        Item(name=product_of(context, one.provider), note=t(f"home.app.{one.owner}"), address="/ui/oauth-apps")
        for one in apps
        if one.status == "invalid_client"
    ]


async def _approvals(context: Context) -> Iterable[Item]:
    now = context.services.clock()
    try:
        async with asyncio.timeout(SECONDS_FOR_PROVIDERS):
            waiting = await approvals.list_approvals(context.services, context.principal, status="pending", limit=MAX_ITEMS + 1)
    except (TimeoutError, UnifiedError):
        return [Item(name=t("home.approvals.silent"), note="", address="/ui/approvals")]
    accounts = await accounts_by_id(context, (row.account_id for row in waiting.items))
    return [
        Item(
            name=row.summary,
            note=t(
                "home.approval",
                account=accounts[row.account_id].name if row.account_id in accounts else row.account_id,
                asked=moment(row.created_at, now),
                until=t("approvals.until", when=moment(row.expires_at, now)),
            ),
            address=f"/ui/approvals/{row.id}",
        )
        for row in waiting.items
    ]


async def _webhooks(context: Context) -> Iterable[Item]:
    listed = await list_webhooks(context.services, context.principal.tenant_id, limit=MAX_LIMIT, cursor=None)
    broken = [row for row in listed.items if state_of(row) in {"failing", "stopped"}]
    return [Item(name=row.url, note=hook_view(row).status_words, address=f"/ui/webhooks/{row.id}") for row in broken]


async def _links(context: Context) -> Iterable[Item]:
    failed = await connect.list_links(context.services, context.principal, status="failed", limit=MAX_ITEMS + 1, cursor=None)
    shown = [link_view(context, row, {}) for row in failed.items]
    return [Item(name=one.title, note=one.reason, address="/ui/links") for one in shown if one.state == "failed"]


async def _keys(context: Context) -> Iterable[Item]:
    caller, (since, until) = context.principal, _window(context)
    listed = await list_keys(
        context.services, caller.tenant_id, limit=MAX_LIMIT, cursor=None, caller=caller, ends=(since, until)
    )
    return [
        Item(name=row.name, note=_ending(context, row.expires_at), address="/ui/keys")
        for row in listed.items
        if row.expires_at is not None and _ends_soon(context, row.created_at, row.expires_at)
    ]


async def _servers(context: Context) -> Iterable[Item]:
    caller, (since, until) = context.principal, _window(context)
    listed = await list_servers(
        context.services, caller.tenant_id, limit=MAX_LIMIT, cursor=None, caller=caller, ends=(since, until)
    )
    return [
        Item(name=row.name, note=_ending(context, row.expires_at), address=f"/ui/mcp/{row.id}")
        for row in listed.items
        if _ends_soon(context, row.created_at, row.expires_at)
    ]


def _window(context: Context) -> tuple[datetime, datetime]:
    now = context.services.clock()
    return now - PAST, now + SOON


def _ends_soon(context: Context, made: datetime, ends: datetime) -> bool:
    return ends - context.services.clock() <= (ends - made) / 4


def _ending(context: Context, ends: datetime) -> Markup:
    now = context.services.clock()
    return t("access.ended" if ends <= now else "access.ends", when=moment(ends, now))


CHECKS = (
    Check(name="accounts", needs="call", look=_accounts, address="/ui/accounts?status=needs_reauth"),
    Check(name="apps", needs="apps", reach="tenant", look=_apps, address="/ui/oauth-apps"),
    Check(name="webhooks", needs="webhooks", reach="tenant", look=_webhooks, address="/ui/webhooks"),
    Check(name="links", needs="connect", look=_links, address="/ui/links"),
    Check(name="approvals", needs="approvals", look=_approvals, address="/ui/approvals", is_warning=False),
    Check(name="keys", needs="keys", look=_keys, address="/ui/keys", is_warning=False),
    Check(name="servers", needs="servers", look=_servers, address="/ui/mcp", is_warning=False),
)
"""The order of items: failures come before items that wait or end soon."""


@get(HOME, opt=signed_in("sign_in"))
async def show_home(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui."""
    found = await sections(context)
    return render_page("home", sections=found, switches=await switches(context), **frame(context, "home"))
