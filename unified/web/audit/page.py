"""The audit page: who did what and with which outcome, newest first; and whether the chain of rows is intact."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency, provided
from unified.service.audit.events import DECISIONS, KINDS, WAITS
from unified.service.audit.verification import verify_newest
from unified.service.audit.visible_rows import seen_by
from unified.store import audit
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow
from unified.store.queries.pages import Page
from unified.web.audit.view import Names, row_view
from unified.web.html.choosers import Filter, Option, list_filter
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page
from unified.web.session.directories import account_directory, accounts_by_id, server_directory, server_names
from unified.web.session.layout import frame, key_names

ADDRESS = "/ui/audit"
PAGE_SIZE = 50
Filters = dict[str, str]
WAITING = "waiting"
"""The choice among the outcomes of writes that wait for their approval; they are allowed, but nothing was done yet."""
MAX_VERIFIED = 20_000
"""Maximum number of rows that the button verifies; takes about a second."""


def provide_filters(
    *,
    server: FromQuery[str] = "",
    account: FromQuery[str] = "",
    decision: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    actor: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Filters:
    """Return which rows the address of the page names."""
    return {
        "server": server,
        "account": account,
        "decision": decision,
        "kind": kind,
        "actor": actor,
        "since": since if _day(since) else "",
        "until": until if _day(until) else "",
        "cursor": cursor,
    }


class AuditPageController(Controller):
    """Who did what."""

    path = ADDRESS
    opt = signed_in("audit")
    dependencies = provided(filters=provide_filters)

    @get()
    async def show_audit(self, context: ContextDependency, filters: NamedDependency[SkipValidation[Filters]]) -> Response[Any]:
        """Handle GET /ui/audit."""
        account = await list_filter("account", filters["account"], *account_directory(context))
        server = await list_filter("server", filters["server"], *server_directory(context))
        filters = {**filters, "account": account.value, "server": server.value}
        listed = await _list_rows(context, filters)
        actors = await key_names(context, [row.actor for row in listed.items])
        names = await _names(context, listed.items, actors)
        return render_page(
            "audit",
            rows=[row_view(row, names) for row in listed.items],
            filters=filters,
            is_filtered=any(text for name, text in filters.items() if name != "cursor"),
            who=actors.get(filters["actor"], filters["actor"]),
            account=account,
            server=server,
            matches={one.name: _match_links(one, filters) for one in (account, server)},
            decisions=[(name, MESSAGES[f"decision.{name}"]) for name in (*DECISIONS, WAITING)],
            kinds=[(name, MESSAGES[f"kind.{name}"]) for name in KINDS],
            older=address({**filters, "cursor": listed.next_cursor}) if listed.next_cursor else None,
            newest=address({**filters, "cursor": ""}),
            **frame(context, "audit"),
        )

    @post("/verify", opt=signed_in("audit", "tenant"))
    async def verify_audit(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
    ) -> Response[Any]:
        """Handle POST /ui/audit/verify: verify the newest `MAX_VERIFIED` rows."""
        verdict = await verify_newest(context.services.database, context.principal.tenant_id, MAX_VERIFIED)
        return render_page("audit_verified", verdict=verdict, most=f"{MAX_VERIFIED:,}", **frame(context, "audit"))


def address(filters: Filters) -> str:
    """Return the address of the audit page with these filters."""
    query = {name: text for name, text in filters.items() if text}
    return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS


def _day(text: str) -> datetime | None:
    """Return the beginning of a day in UTC; None for a text that is not a day, which does not filter."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _match_links(found: Filter, filters: Filters) -> list[tuple[Option, str]]:
    return [(one, address({**filters, found.name: one.id, "cursor": ""})) for one in found.matches]


async def _names(context: Context, rows: tuple[AuditRow, ...], actors: Mapping[str, str]) -> Names:
    """Return the names of everything in these rows that the caller may see."""
    accounts = await accounts_by_id(context, (row.account_id for row in rows))
    servers = await server_names(context, (one for row in rows for one in (row.server, row.actor)))
    return Names(actors=actors, accounts={key: row.name for key, row in accounts.items()}, servers=servers)


async def _list_rows(context: Context, filters: Filters) -> Page[AuditRow]:
    since, until = _day(filters["since"]), _day(filters["until"])
    audit_filter = AuditFilter(
        account_id=filters["account"] or None,
        actor=filters["actor"] or None,
        server=filters["server"] or None,
        decision=next((one for one in DECISIONS if one == filters["decision"]), None),
        reason=WAITS if filters["decision"] == WAITING else None,
        kind=next((one for one in KINDS if one == filters["kind"]), None),
        since=since,
        until=None if until is None else until + timedelta(days=1),
    )
    return await audit.list_page(
        context.services.database,
        context.principal.tenant_id,
        seen_by(context.principal, audit_filter),
        limit=PAGE_SIZE,
        cursor=filters["cursor"] or None,
    )
