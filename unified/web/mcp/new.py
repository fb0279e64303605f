"""The form that creates an MCP server: few choices, each with the narrowest default."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from msgspec import UNSET

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.api.declarations import signed_in
from unified.api.dependencies import ContextDependency
from unified.errors import EmptyScope, Forbidden, NotFound, ScopeExceedsParent, UnifiedError, ValidationFailed
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import MAX_ACCOUNTS, NewMcpServer, ServerConfig
from unified.store.mcp_servers import McpServerRow
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page
from unified.web.mcp.page import ADDRESS, show_created
from unified.web.session.layout import frame, named_accounts, product_of

ACCOUNT, TAG = "account.", "tag."
SPANS = (3600, 86_400, 604_800, 2_592_000, 7_776_000)
"""Lifetimes to choose from, in seconds; those beyond the configured maximum are not offered."""
DEFAULT_SPAN = 86_400
WAYS: dict[str, Any] = {
    "read": {"methods": ("read",), "writes": "deny"},
    "approve": {"methods": ("read", "write"), "writes": "approve"},
    "direct": {"methods": ("read", "write"), "writes": "direct"},
}
"""Access levels that the form offers, as parts of a server's config."""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One checkbox."""

    name: str
    title: str
    note: str = ""
    is_chosen: bool = False


class NewMcpServerController(Controller):
    """The form that creates a server."""

    path = f"{ADDRESS}/new"
    opt = signed_in("servers")
    dependencies = reads_form(SESSION_COOKIE, most=MAX_ACCOUNTS + 50)

    @get()
    async def show_form(self, context: ContextDependency) -> Response[Any]:
        """Handle GET /ui/mcp/new."""
        return await _form(context, {"way": "read", "span": str(DEFAULT_SPAN), "key": "1"})

    @post()
    async def make_server(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/mcp/new: show the new server's URL, or the form again with a problem."""
        try:
            row, token = await _create(context, form)
        except (ValidationFailed, EmptyScope, Forbidden, NotFound) as problem:
            return await _form(context, form, problem)
        return show_created(context, row, token)


async def _create(context: Context, fields: Mapping[str, str]) -> tuple[McpServerRow, str]:
    way = WAYS.get(fields.get("way", ""))
    span = next((one for one in SPANS if str(one) == fields.get("span")), None)
    if way is None or span is None:
        raise ValidationFailed("way, span: expected values that the form offers")
    tags = _ticked(fields, TAG)
    config = ServerConfig(tags=tags or UNSET, require_api_token_auth="key" in fields, **way)
    ends = context.services.clock() + timedelta(seconds=span)
    new_server = NewMcpServer(
        name=fields.get("name", ""), account_ids=_ticked(fields, ACCOUNT), config=config, expires_at=ends.isoformat()
    )
    caller = context.principal
    row, token, _ = await servers.create_server(context.services, caller.tenant_id, new_server, maker=caller)
    return row, token


def _ticked(fields: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name in fields if name.startswith(prefix))


async def _form(context: Context, fields: Mapping[str, str], problem: UnifiedError | None = None) -> Response[Any]:
    accounts = await named_accounts(context)
    tags = sorted({tag for one in context.services.catalog.mappings() for tag in context.services.catalog.compiled(*one).tags})
    longest = context.services.settings.mcp_max_lifetime
    return render_page(
        "mcp_new",
        status=200 if problem is None else problem.status,
        problem=None if problem is None else _message_key(problem, fields),
        name=fields.get("name", ""),
        way=fields.get("way", ""),
        ways=tuple(WAYS),
        span=fields.get("span", ""),
        spans=[one for one in SPANS if one <= longest],
        key="key" in fields,
        accounts=[
            Box(
                name=ACCOUNT + row.id,
                title=row.name,
                note=product_of(context, row.provider),
                is_chosen=ACCOUNT + row.id in fields,
            )
            for row in accounts.values()
        ],
        tags=[Box(name=TAG + tag, title=MESSAGES.get(f"tag.{tag}", tag), is_chosen=TAG + tag in fields) for tag in tags],
        **frame(context, "mcp"),
    )


def _message_key(problem: UnifiedError, fields: Mapping[str, str]) -> str:
    """Return the key of the message that explains a refusal."""
    if not _ticked(fields, ACCOUNT):
        return "mcp.problem.accounts"
    if not fields.get("name", "").strip() or problem.detail.startswith("name:"):
        return "mcp.problem.name"
    if isinstance(problem, EmptyScope):
        return "mcp.problem.empty"
    return "mcp.problem.scope" if isinstance(problem, ScopeExceedsParent | Forbidden) else "mcp.problem.other"
