"""The form that creates an MCP server: few choices, each with the narrowest default."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromQuery
from msgspec import UNSET, UnsetType

from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import ValidationFailed
from unified.service.access.permissions import has_permission
from unified.service.access.policy import agent_limits
from unified.service.access.scope.scopes import Scopes
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import MAX_ACCOUNTS, NewMcpServer, ServerConfig
from unified.store.mcp_servers import McpServerRow
from unified.web.html.choosers import PAGE_SIZE, SEARCH, SHOWN, choice, chooser, is_looking, ticked
from unified.web.html.condition_form import condition_form, entered_records
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import MESSAGES
from unified.web.mcp.page import SERVERS, show_created
from unified.web.outcomes import REFUSED, Refusal, explain_refusal, show_form
from unified.web.record_access import access_within, chosen_access
from unified.web.session.directories import account_directory
from unified.web.write_rules import rule_choices, rule_rows, sent_rules

ACCOUNT, TAG = "account.", "tag."
SPANS = (3600, 86_400, 604_800, 2_592_000, 7_776_000)
"""Lifetimes to choose from, in seconds; those beyond the configured maximum are not offered."""
PLACES = {
    "name": "name",
    "account_ids": "accounts",
    "methods": "way",
    "writes": "way",
    "write_rules": "rules",
    "tags": "tags",
    "records": "records",
    "expires_at": "span",
}
"""The fields of the form by the keys of `POST /mcp-servers`."""
DEFAULT_SPAN = 86_400
WAYS: dict[str, Any] = {
    "read": {"methods": ("read",), "writes": "deny"},
    "approve": {"methods": ("read", "write"), "writes": "approve"},
    "direct": {"methods": ("read", "write"), "writes": "direct"},
}
"""Access levels that the form offers, as parts of a server's config."""


class NewMcpServerController(Controller):
    """The form that creates a server."""

    path = f"{SERVERS.address}/new"
    opt = signed_in("servers")
    dependencies = reads_form(SESSION_COOKIE, most=MAX_ACCOUNTS + PAGE_SIZE + 50)

    @get()
    async def show_form(self, context: ContextDependency, q: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/mcp/new; `q` searches the accounts."""
        return await _form(context, {"way": "read", "span": str(DEFAULT_SPAN), "key": "1", SEARCH: q, SHOWN: q})

    @post()
    async def make_server(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/mcp/new: show the new server's URL, or the form again with a problem or other accounts."""
        if is_looking(form):
            return await _form(context, form)
        try:
            row, token = await _create(context, form)
        except REFUSED as problem:
            return await _form(context, form, explain_refusal(problem, PLACES))
        return show_created(context, row, token)


async def _create(context: Context, fields: Mapping[str, str]) -> tuple[McpServerRow, str]:
    way = chosen_access(WAYS, _limits(context), fields.get("way", ""))
    if not ticked(fields, ACCOUNT):
        raise ValidationFailed.at("/account_ids", "expected at least one")
    span = next((one for one in SPANS if str(one) == fields.get("span")), None)
    if span is None:
        raise ValidationFailed.at("/expires_at", "expected a value that the form offers")
    tags = ticked(fields, TAG)
    rules, records = sent_rules(fields), entered_records(fields)
    limits: dict[str, Any] = {"tags": tags or UNSET, "records": records or UNSET, "write_rules": rules or UNSET}
    limits |= {"reconnect": "link"} if "reconnect" in fields else {}
    config = ServerConfig(require_api_token_auth="key" in fields, **limits, **way)
    ends = context.services.clock() + timedelta(seconds=span)
    new_server = NewMcpServer(
        name=fields.get("name", ""), account_ids=ticked(fields, ACCOUNT), config=config, expires_at=ends.isoformat()
    )
    caller = context.principal
    row, token, _ = await servers.create_server(context.services, caller.tenant_id, new_server, maker=caller)
    return row, token


def _limits(context: Context) -> Scopes:
    """Return the scopes of the caller's key, and that of all agents by the policy of the installation."""
    return (*context.principal.scopes, *agent_limits(context.services.settings))


def _tags(context: Context) -> list[str]:
    """Return the tags of the installed mappings that the caller's key includes."""
    catalog = context.services.catalog
    found = {tag for name in catalog.providers() for one in catalog.outlines(name) for tag in one.tags}
    for scope in context.principal.scopes:
        found &= found if isinstance(scope.tags, UnsetType) else set(scope.tags)
    return sorted(found)


async def _form(context: Context, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response[Any]:
    longest = context.services.settings.mcp_max_lifetime
    return show_form(
        context,
        SERVERS.tab,
        "mcp_new",
        refusal,
        name=fields.get("name", ""),
        way=fields.get("way", ""),
        ways=tuple(access_within(WAYS, _limits(context))),
        span=fields.get("span", ""),
        spans=[one for one in SPANS if one <= longest],
        key="key" in fields,
        may_reconnect=has_permission(context.principal, "connect"),
        reconnect="reconnect" in fields,
        accounts=await chooser(ACCOUNT, fields, *account_directory(context)),
        rule_rows=rule_rows(fields),
        rule_choices=rule_choices(),
        conditions=condition_form(fields),
        tags=[choice(TAG + tag, MESSAGES.get(f"tag.{tag}", tag), fields) for tag in _tags(context)],
    )
