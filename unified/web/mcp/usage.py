"""The page about what an MCP server uses of its scope, and the act that narrows the scope to that."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.service.access.scope.field_rules import classes_of
from unified.service.access.scope.scopes import Scope, rules_of
from unified.service.mcp_servers import servers
from unified.service.usage import narrowing
from unified.service.usage.report import Usage
from unified.store.mcp_servers import McpServerRow
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import redirect, render_page
from unified.web.mcp.page import SERVERS, accounts_of
from unified.web.outcomes import ask_first
from unified.web.session.layout import frame
from unified.web.write_rules import rules_in_words

SHOWN = "shown"
"""The field of the form that says which proposal was shown."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of a scope, as it is and as it would be; None for no limit."""

    name: str
    now: tuple[str, ...] | None
    then: tuple[str, ...] | None


class McpUsageController(Controller):
    """Usage of a server, for callers that read the audit trail."""

    path = f"{SERVERS.address}/{{id:str}}"

    @get("/usage", opt=signed_in("audit"))
    async def show_usage(self, context: ContextDependency, server_id: PathId) -> Response[Any]:
        """Handle GET /ui/mcp/{id}/usage."""
        row, usage = await _usage(context, server_id)
        used = {one.account_id for one in usage.calls if one.account_id is not None}
        accounts = await accounts_of(context, tuple(sorted({*used, *servers.account_ids(row)})))
        names = {account_id: one.name for account_id, one in accounts.items()}
        return render_page(
            "mcp_usage",
            server=row,
            usage=usage,
            limits=_limits(usage, names),
            names=names,
            **frame(context, SERVERS.tab),
        )

    @get("/narrow", opt=signed_in("servers"))
    async def ask_about_narrowing(self, context: ContextDependency, server_id: PathId) -> Response[Any]:
        """Handle GET /ui/mcp/{id}/narrow: ask for confirmation."""
        row, usage = await _usage(context, server_id)
        address = f"{SERVERS.address}/{row.id}"
        return ask_first(
            context,
            SERVERS.tab,
            "usage.narrow",
            name=row.name,
            action=f"{address}/narrow",
            back=f"{address}/usage",
            hidden={SHOWN: narrowing.proposal_digest(context.services, usage)},
        )

    @post("/narrow", opt=signed_in("servers"))
    async def narrow(self, context: ContextDependency, form: FormDependency, server_id: PathId) -> Response[Any]:
        """Handle POST /ui/mcp/{id}/narrow."""
        caller = context.principal
        shown = form.get(SHOWN, "")
        row, _ = await narrowing.narrow_server(
            context.services, caller.tenant_id, server_id, since=None, shown=shown, caller=caller
        )
        return redirect(f"{SERVERS.address}/{row.id}")


async def _usage(context: Context, server_id: str) -> tuple[McpServerRow, Usage]:
    services, caller = context.services, context.principal
    usage = await narrowing.server_usage(services, caller.tenant_id, server_id, since=None, caller=caller)
    return await servers.get_server(services, caller.tenant_id, server_id, caller=caller), usage


def _limits(usage: Usage, names: dict[str, str]) -> tuple[Limit, ...]:
    """Return the limits that the proposal changes."""
    if usage.proposal is None:
        return ()
    now, then = (_words(scope, names) for scope in (usage.credential.scope, usage.proposal))
    return tuple(Limit(name=name, now=now[name], then=then[name]) for name in now if now[name] != then[name])


def _words(scope: Scope, names: dict[str, str]) -> dict[str, tuple[str, ...] | None]:
    accounts = _named(scope.accounts)
    return {
        "accounts": None if accounts is None else tuple(names.get(one, one) for one in accounts),
        "methods": scope.methods,
        "models": _named(scope.models),
        "tags": _named(scope.tags),
        "classes": tuple(MESSAGES[f"mcp.class.{one}"] for one in classes_of(scope.fields)),
        "show": scope.fields.show,
        "hide": scope.fields.hide,
        "writes": (*rules_in_words(scope), MESSAGES[f"mcp.writes.{rules_of(scope).otherwise}"]),
    }


def _named(words: tuple[str, ...] | msgspec.UnsetType) -> tuple[str, ...] | None:
    return None if isinstance(words, msgspec.UnsetType) else words
