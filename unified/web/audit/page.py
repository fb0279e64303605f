"""The audit page: who did what, refused or done, newest first; and whether the chain of rows still holds."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.audit import seen_by
from unified.api.context import Context
from unified.errors import InvalidCursor, NotFound
from unified.service.audit.events import DECISIONS, KINDS
from unified.service.audit.verification import verify_newest
from unified.store import audit
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow
from unified.store.pages import Page
from unified.web.audit.view import Names, row_view
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.messages import WORDS
from unified.web.html.rendering import page
from unified.web.session.layout import frame, key_names, named_accounts, named_servers

ADDRESS = "/ui/audit"
PAGE_SIZE = 50
FILTERS = ("server", "account", "decision", "kind", "actor")
MAX_VERIFIED = 20_000
"""Rows that one press of the button checks: about a second."""


async def show_audit(context: Context) -> Response[Any]:
    """GET /ui/audit."""
    given = dict(context.query())
    asked = {name: given.get(name, "") for name in (*FILTERS, "cursor")}
    found = await _found(context, asked)
    accounts = {account_id: row.name for account_id, row in (await named_accounts(context)).items()}
    actors = await key_names(context, [row.actor for row in found.items])
    names = Names(actors=actors, accounts=accounts, servers=await named_servers(context))
    return page(
        "audit",
        rows=[row_view(row, names) for row in found.items],
        asked=asked,
        is_filtered=any(asked[name] for name in FILTERS),
        who=actors.get(asked["actor"], asked["actor"]),
        accounts=_choices(accounts, asked["account"]),
        servers=_choices(names.servers, asked["server"]),
        decisions=[(name, WORDS[f"decision.{name}"]) for name in DECISIONS],
        kinds=[(name, WORDS[f"kind.{name}"]) for name in KINDS],
        older=address({**asked, "cursor": found.next_cursor}) if found.next_cursor else None,
        newest=address({**asked, "cursor": ""}),
        **frame(context, "audit"),
    )


def address(asked: dict[str, str]) -> str:
    """The address of the audit page with these filters."""
    kept = {name: text for name, text in asked.items() if text}
    return f"{ADDRESS}?{urlencode(kept)}" if kept else ADDRESS


def _choices(names: Any, asked: str) -> list[tuple[str, str]]:
    """What a filter offers; what is asked for too, when it has no name any more."""
    known = sorted(names.items(), key=lambda one: one[1].casefold())
    return [*known, (asked, asked)] if asked and asked not in names else known


async def _found(context: Context, asked: dict[str, str]) -> Page[AuditRow]:
    wanted = AuditFilter(
        account_id=asked["account"] or None,
        actor=asked["actor"] or None,
        server=asked["server"] or None,
        decision=next((one for one in DECISIONS if one == asked["decision"]), None),
        kind=next((one for one in KINDS if one == asked["kind"]), None),
    )
    tenant_id = context.principal.tenant_id
    try:
        return await audit.list_page(
            context.services.database,
            tenant_id,
            seen_by(context.principal, wanted),
            limit=PAGE_SIZE,
            cursor=asked["cursor"] or None,
        )
    except InvalidCursor:
        raise NotFound("no such page") from None


async def verify_audit(context: Context) -> Response[Any]:
    """POST /ui/audit/verify: the newest rows, as many as take about a second."""
    await read_form(context, kept_secret(context, SESSION_COOKIE))
    verdict = await verify_newest(context.services.database, context.principal.tenant_id, MAX_VERIFIED)
    return page("audit_verified", verdict=verdict, most=f"{MAX_VERIFIED:,}", **frame(context, "audit"))
