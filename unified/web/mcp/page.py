"""The pages of MCP servers: list them, show one with everything that it may do, rotate its URL, pause and revoke it."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import NotFound
from unified.service.access.mcp_authentication import principal_of_server
from unified.service.access.permissions import has_permission
from unified.service.accounts.accounts import get_account
from unified.service.audit.visible_rows import seen_by
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.servers import account_ids
from unified.service.pausing import pause_server
from unified.service.public_urls import public_base_url
from unified.service.tools import offered_tools
from unified.store import audit
from unified.store.accounts import AccountRow
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow
from unified.store.mcp_servers import McpServerRow
from unified.store.queries.pages import Page
from unified.web.audit.view import Names, row_view
from unified.web.collection import PAGE_SIZE, Collection, ask_about, show_list
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import redirect, render_page, t
from unified.web.mcp.view import KINDS, ServerView, client_config, server_view
from unified.web.outcomes import Secret, show_once
from unified.web.pauses import chosen_reason
from unified.web.session.layout import frame, key_names

SERVERS = Collection(tab="mcp", address="/ui/mcp", notices=("revoked",), has_pages=True)
ACTIONS = ("rotate", "revoke", "pause", "resume")
MAX_AUDIT_ROWS = 8
"""Maximum number of audit rows on a server's page."""


class McpPageController(Controller):
    """The MCP servers within the caller's scope."""

    path = SERVERS.address
    opt = signed_in("servers")

    @get()
    async def show_servers(
        self, context: ContextDependency, cursor: FromQuery[str] = "", notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/mcp."""
        caller = context.principal
        listed = await servers.list_servers(
            context.services, caller.tenant_id, limit=PAGE_SIZE, cursor=cursor or None, caller=caller
        )
        rows = [await _view(context, row) for row in listed.items]
        return show_list(context, SERVERS, rows, notice=notice, cursor=cursor, next_cursor=listed.next_cursor)

    @get("/{id:str}")
    async def show_server(self, context: ContextDependency, server_id: PathId) -> Response[Any]:
        """Handle GET /ui/mcp/{id}."""
        row = await _server(context, server_id)
        accounts = await accounts_of(context, account_ids(row))
        audit_rows = await _last_rows(context, row)
        actors = await key_names(context, [one.actor for one in audit_rows.items] + [row.made_by or ""])
        view = await _view(context, row, accounts)
        names = Names(actors=actors, accounts={key: one.name for key, one in accounts.items()}, servers={row.id: row.name})
        return render_page(
            "mcp_server",
            server=view,
            made_by=actors.get(row.made_by or "", row.made_by),
            rows=[row_view(one, names) for one in audit_rows.items],
            sees_usage=has_permission(context.principal, "audit"),
            kinds=[kind for kind in KINDS if any(group.tools[kind] for group in view.groups)],
            **frame(context, "mcp"),
        )

    @get("/{id:str}/{action:str}")
    async def ask_about_server(self, context: ContextDependency, server_id: PathId, action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/mcp/{id}/{action}: ask before rotating the URL, revoking, pausing or resuming the server."""
        _require_known(action)
        row = await _server(context, server_id)
        return ask_about(context, SERVERS, row.id, f"mcp.{action}", name=row.name)

    @post("/{id:str}/{action:str}")
    async def act_on_server(
        self,
        context: ContextDependency,
        form: FormDependency,
        server_id: PathId,
        action: FromPath[str],
    ) -> Response[Any]:
        """Handle POST /ui/mcp/{id}/{action}."""
        _require_known(action)
        row, services, caller = await _server(context, server_id), context.services, context.principal
        if action == "revoke":
            await servers.revoke_server(services, row.tenant_id, row.id, caller=caller)
            return SERVERS.finish("revoked")
        if action in {"pause", "resume"}:
            reason = chosen_reason(form) if action == "pause" else None
            await pause_server(services, row.tenant_id, row.id, reason, caller=caller)
            return redirect(f"{SERVERS.address}/{row.id}")
        rotated, token = await servers.rotate_token(services, row.tenant_id, row.id, caller=caller)
        return show_created(context, rotated, token)


async def _last_rows(context: Context, row: McpServerRow) -> Page[AuditRow]:
    """Return the server's latest audit rows; none for a caller that may not read the audit trail."""
    if not has_permission(context.principal, "audit"):
        return Page(items=())
    visible = seen_by(context.principal, AuditFilter(server=row.id))
    return await audit.list_page(context.services.database, row.tenant_id, visible, limit=MAX_AUDIT_ROWS)


def show_created(context: Context, row: McpServerRow, token: str) -> Response[Any]:
    """Show a server's URL; no other page ever does."""
    base = public_base_url(context.services.settings)
    url = f"{base or ''}/mcp/{token}"
    config = client_config(row.name, url, needs_key=row.require_api_token_auth)
    secrets = (("url", url), ("config", config))
    notes = {"mcp.made.base": base is None, "mcp.made.key": row.require_api_token_auth}
    return show_once(
        context,
        "mcp",
        "mcp.made",
        name=row.name,
        secrets=tuple(Secret(name=name, label=MESSAGES[f"mcp.made.{name}"], text=text) for name, text in secrets),
        notes=tuple(t(key) for key, is_shown in notes.items() if is_shown),
        back=f"{SERVERS.address}/{row.id}",
    )


def _require_known(action: str) -> None:
    if action not in ACTIONS:
        raise NotFound("unknown action")


async def _server(context: Context, server_id: str) -> McpServerRow:
    """Return a server that the caller may see; NotFound also for another tenant's."""
    tenant_id = context.principal.tenant_id
    return await servers.get_server(context.services, tenant_id, server_id, caller=context.principal)


async def accounts_of(context: Context, ids: tuple[str, ...]) -> dict[str, AccountRow]:
    """Return the accounts that still exist, by id."""
    existing = {}
    for account_id in ids:
        try:
            existing[account_id] = await get_account(context.services, context.principal.tenant_id, account_id)
        except NotFound:
            continue
    return existing


async def _view(context: Context, row: McpServerRow, accounts: dict[str, AccountRow] | None = None) -> ServerView:
    known = await accounts_of(context, account_ids(row)) if accounts is None else accounts
    tools = await offered_tools(context.services, principal_of_server(context.services.settings, row))
    return server_view(row, tools, known, context.services.clock())
