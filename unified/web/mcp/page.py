"""The pages of MCP servers: all of them, one with what it may do, and a new address or its end."""

from typing import Any

from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.audit import seen_by
from unified.api.context import Context
from unified.errors import InvalidCursor, NotFound
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.access.permissions import has_permission
from unified.service.accounts.accounts import get_account
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.servers import account_ids
from unified.service.public_urls import public_base_url
from unified.service.tools import offered_tools
from unified.store import audit
from unified.store.accounts import AccountRow
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow
from unified.store.mcp_servers import McpServerRow
from unified.store.pages import Page
from unified.web.audit.view import Names, row_view
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.rendering import page, redirect
from unified.web.mcp.view import KINDS, ServerView, client_config, server_view
from unified.web.session.layout import frame, key_names

ADDRESS = "/ui/mcp"
PAGE_SIZE = 20
LAST = 8
"""Rows of the audit trail on a server's page."""


async def show_servers(context: Context) -> Response[Any]:
    """GET /ui/mcp."""
    asked = dict(context.query())
    services, caller, cursor = context.services, context.principal, asked.get("cursor") or None
    try:
        found = await servers.list_servers(services, caller.tenant_id, limit=PAGE_SIZE, cursor=cursor, caller=caller)
    except InvalidCursor:
        raise NotFound("no such page") from None
    return page(
        "mcp",
        servers=[await _view(context, row) for row in found.items],
        cursor=cursor,
        next_cursor=found.next_cursor,
        is_revoked=asked.get("notice") == "revoked",
        **frame(context, "mcp"),
    )


async def show_server(context: Context) -> Response[Any]:
    """GET /ui/mcp/{id}."""
    row = await _server(context)
    accounts = await accounts_of(context, account_ids(row))
    found = await _last_rows(context, row)
    actors = await key_names(context, [one.actor for one in found.items] + [row.made_by or ""])
    view = await _view(context, row, accounts)
    names = Names(actors=actors, accounts={key: one.name for key, one in accounts.items()}, servers={row.id: row.name})
    return page(
        "mcp_server",
        server=view,
        made_by=actors.get(row.made_by or "", row.made_by),
        rows=[row_view(one, names) for one in found.items],
        kinds=[kind for kind in KINDS if any(group.tools[kind] for group in view.groups)],
        **frame(context, "mcp"),
    )


async def _last_rows(context: Context, row: McpServerRow) -> Page[AuditRow]:
    """What the server did last, for those who may read the audit trail."""
    if not has_permission(context.principal, "audit"):
        return Page(items=())
    asked = seen_by(context.principal, AuditFilter(server=row.id))
    return await audit.list_page(context.services.database, row.tenant_id, asked, limit=LAST)


async def ask_about_server(context: Context) -> Response[Any]:
    """GET /ui/mcp/{id}/{action}: the question before a new address and before the end."""
    action = _action(context)
    return page("mcp_ask", server=await _server(context), action=action, **frame(context, "mcp"))


async def act_on_server(context: Context) -> Response[Any]:
    """POST /ui/mcp/{id}/{action}."""
    action = _action(context)
    await read_form(context, kept_secret(context, SESSION_COOKIE))
    row, services, caller = await _server(context), context.services, context.principal
    if action == "revoke":
        await servers.revoke_server(services, row.tenant_id, row.id, caller=caller)
        return redirect(f"{ADDRESS}?notice=revoked")
    rotated, token = await servers.rotate_token(services, row.tenant_id, row.id, caller=caller)
    return made(context, rotated, token)


def made(context: Context, row: McpServerRow, token: str) -> Response[Any]:
    """The one page that holds a server's address."""
    base = public_base_url(context.services.settings)
    config = client_config(row.name, f"{base or ''}/mcp/{token}", needs_key=row.require_api_token_auth)
    return page(
        "mcp_made",
        server=row,
        url=f"{base or ''}/mcp/{token}",
        config=config,
        has_base=base is not None,
        **frame(context, "mcp"),
    )


def _action(context: Context) -> str:
    action = context.path("action")
    if action not in {"rotate", "revoke"}:
        raise NotFound("no such page")
    return action


async def _server(context: Context) -> McpServerRow:
    """A server that this person may see; NotFound also for another tenant's."""
    tenant_id = context.principal.tenant_id
    return await servers.get_server(context.services, tenant_id, context.path("id"), caller=context.principal)


async def accounts_of(context: Context, ids: tuple[str, ...]) -> dict[str, AccountRow]:
    """The accounts that there still are, by id."""
    found = {}
    for account_id in ids:
        try:
            found[account_id] = await get_account(context.services, context.principal.tenant_id, account_id)
        except NotFound:
            continue
    return found


async def _view(context: Context, row: McpServerRow, accounts: dict[str, AccountRow] | None = None) -> ServerView:
    known = await accounts_of(context, account_ids(row)) if accounts is None else accounts
    tools = await offered_tools(context.services, principal_of_server(context.services.settings, row))
    return server_view(row, tools, known, context.services.clock())
