"""The handler of the audit trail."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from unified.api.context import Context, json_answer
from unified.api.lists import page_limit
from unified.errors import ValidationFailed
from unified.parsing_times import parse_time
from unified.service.access.principals import Principal
from unified.service.access.scopes import named_accounts
from unified.service.audit.events import DECISIONS, KINDS
from unified.store import audit
from unified.store.audit import AuditFilter
from unified.store.audit_chain import AuditRow


class AuditShown(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit trail."""

    id: str
    seq: int
    at: str
    actor: str
    kind: str
    tool: str | None
    server: str | None
    method: str | None
    model: str | None
    account_id: str | None
    target: str | None
    decision: str
    reason: str | None
    status: int | None
    digest: str | None
    hash: str
    count: int | UnsetType = UNSET
    """How many refusals the row tells of; left out of all other rows."""


def shown_row(row: AuditRow) -> AuditShown:
    """A row as it may be seen: all of it, for it holds no payload."""
    same = {name: getattr(row, name) for name in AuditShown.__struct_fields__ if name not in {"at", "hash", "count"}}
    same["count"] = UNSET if row.count is None else row.count
    return AuditShown(at=row.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z"), hash=row.hash.hex(), **same)


async def list_audit(context: Context) -> Response[Any]:
    """GET /audit: newest first."""
    asked = context.parameters("limit", "cursor", "account_id", "actor", "decision", "kind", "server", "since", "until")
    page = await audit.list_page(
        context.services.database,
        context.principal.tenant_id,
        seen_by(context.principal, filter_of(asked)),
        limit=page_limit(asked),
        cursor=asked.get("cursor"),
    )
    return json_answer({"data": [shown_row(row) for row in page.items], "next_cursor": page.next_cursor})


def seen_by(principal: Principal, wanted: AuditFilter) -> AuditFilter:
    """The filter within what a caller may see: one limited to accounts sees their rows, and those of its own key."""
    accounts = named_accounts(principal.scopes)
    return wanted if accounts is None else msgspec.structs.replace(wanted, accounts=accounts, actors=(principal.key_id,))


def filter_of(asked: dict[str, str]) -> AuditFilter:
    """Which rows are asked for; ValidationFailed names what cannot be."""
    return AuditFilter(
        account_id=asked.get("account_id"),
        actor=asked.get("actor"),
        decision=_one_of(asked, "decision", DECISIONS),
        kind=_one_of(asked, "kind", KINDS),
        server=asked.get("server"),
        since=_moment(asked, "since"),
        until=_moment(asked, "until"),
    )


def _one_of(asked: dict[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = asked.get(name)
    if text is not None and text not in known:
        raise ValidationFailed.at(name, f"expected one of {', '.join(known)}")
    return text


def _moment(asked: dict[str, str], name: str) -> datetime | None:
    return parse_time(name, asked[name]) if name in asked else None
