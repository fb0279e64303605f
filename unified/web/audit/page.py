"""The audit page: who did what and with which outcome, newest first; and whether the chain of rows is intact."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post

from unified.api.access import SESSION_COOKIE
from unified.api.audit import seen_by
from unified.api.context import Context
from unified.api.declarations import signed_in
from unified.api.dependencies import ContextDependency
from unified.errors import InvalidCursor, NotFound
from unified.service.audit.events import DECISIONS, KINDS
from unified.service.audit.verification import verify_newest
from unified.store import audit
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow
from unified.store.pages import Page
from unified.web.audit.view import Names, row_view
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page
from unified.web.session.layout import frame, key_names, named_accounts, named_servers

ADDRESS = "/ui/audit"
PAGE_SIZE = 50
FILTERS = ("server", "account", "decision", "kind", "actor")
MAX_VERIFIED = 20_000
"""Maximum number of rows that the button verifies; takes about a second."""


@get("/ui/audit", opt=signed_in("audit"), include_in_schema=False)
async def show_audit(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui/audit."""
    query = dict(context.query())
    filters = {name: query.get(name, "") for name in (*FILTERS, "cursor")}
    listed = await _list_rows(context, filters)
    accounts = {account_id: row.name for account_id, row in (await named_accounts(context)).items()}
    actors = await key_names(context, [row.actor for row in listed.items])
    names = Names(actors=actors, accounts=accounts, servers=await named_servers(context))
    return render_page(
        "audit",
        rows=[row_view(row, names) for row in listed.items],
        filters=filters,
        is_filtered=any(filters[name] for name in FILTERS),
        who=actors.get(filters["actor"], filters["actor"]),
        accounts=_choices(accounts, filters["account"]),
        servers=_choices(names.servers, filters["server"]),
        decisions=[(name, MESSAGES[f"decision.{name}"]) for name in DECISIONS],
        kinds=[(name, MESSAGES[f"kind.{name}"]) for name in KINDS],
        older=address({**filters, "cursor": listed.next_cursor}) if listed.next_cursor else None,
        newest=address({**filters, "cursor": ""}),
        **frame(context, "audit"),
    )


def address(filters: dict[str, str]) -> str:
    """Return the address of the audit page with these filters."""
    query = {name: text for name, text in filters.items() if text}
    return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS


def _choices(names: Any, selected: str) -> list[tuple[str, str]]:
    """Return the options of a filter, including a selected id without a known name."""
    known = sorted(names.items(), key=lambda one: one[1].casefold())
    return [*known, (selected, selected)] if selected and selected not in names else known


async def _list_rows(context: Context, filters: dict[str, str]) -> Page[AuditRow]:
    audit_filter = AuditFilter(
        account_id=filters["account"] or None,
        actor=filters["actor"] or None,
        server=filters["server"] or None,
        decision=next((one for one in DECISIONS if one == filters["decision"]), None),
        kind=next((one for one in KINDS if one == filters["kind"]), None),
    )
    tenant_id = context.principal.tenant_id
    try:
        return await audit.list_page(
            context.services.database,
            tenant_id,
            seen_by(context.principal, audit_filter),
            limit=PAGE_SIZE,
            cursor=filters["cursor"] or None,
        )
    except InvalidCursor:
        raise NotFound("no page for this cursor") from None


@post("/ui/audit/verify", opt=signed_in("audit", "tenant"), include_in_schema=False, dependencies=reads_form(SESSION_COOKIE))
async def verify_audit(
    context: ContextDependency,
    form: FormDependency,  # noqa: ARG001 - read, so that a forged one is refused
) -> Response[Any]:
    """Handle POST /ui/audit/verify: verify the newest `MAX_VERIFIED` rows."""
    verdict = await verify_newest(context.services.database, context.principal.tenant_id, MAX_VERIFIED)
    return render_page("audit_verified", verdict=verdict, most=f"{MAX_VERIFIED:,}", **frame(context, "audit"))
