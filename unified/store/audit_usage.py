"""Operations of a key or MCP server, counted by the database over the audit trail, a bounded number of rows at a time.

Rows of decisions about writes, and of the writes that were then sent, are counted apart: an approver caused them. Each read is
a separate short transaction over a range of row numbers, so a long trail holds up no writer.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, RowMapping, Select, and_, case, func, literal, null, or_, select, type_coerce

from unified.store import audit
from unified.store.audit import AuditFilter, matching
from unified.store.engine.engine import Database
from unified.store.engine.stored_times import from_microseconds
from unified.store.engine.tables import AUDIT

ROWS_AT_A_TIME = 20_000
"""Row numbers that one read covers."""
LATEST_ROW = timedelta(days=1)
"""A row is stored within this time after its event, so an earlier row number has no later time."""
WAITS = "approval_required"
"""The reason of a write that waits for its approval; the only row of an approval that names its requester."""
_APPROVAL_ID = "apr_%"
_WRITE_DIGEST = "sha256:%"
_GROUPED = ("by_server", "decides", "kind", "decision", "tool", "method", "model", "account_id", "reason", "fields")


class UsageCount(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the trail that are alike, in one range of it."""

    by_server: bool
    """Whether an MCP server's token was shown without an API key."""
    decides: bool
    """Whether it is a decision about a write that waited, or the write that was then sent."""
    kind: str
    decision: str
    tool: str | None
    method: str | None
    model: str | None
    account_id: str | None
    """None for refusals: the caller may have made the id up."""
    reason: str | None
    """Of a refusal, and of a write that waits for its approval."""
    fields: str | None
    """As in the rows."""
    count: int
    first: datetime
    last: datetime


async def usage_counts(database: Database, tenant_id: str, wanted: AuditFilter) -> AsyncIterator[list[UsageCount]]:
    """Yield the counts of each range of the trail, from the oldest; `wanted` names a server or an actor, and the first time."""
    end = (await audit.head(database, tenant_id)).seq
    after = await _start(database, tenant_id, wanted.since)
    while after < end:
        last = min(after + ROWS_AT_A_TIME, end)
        query = _counted(tenant_id, wanted).where(AUDIT.c.seq > after, AUDIT.c.seq <= last)
        async with database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        if rows:
            yield [_count(row) for row in rows]
        after = last


async def _start(database: Database, tenant_id: str, since: datetime | None) -> int:
    """Return the number of a row before the first one of a time."""
    if since is None:
        return 0
    before = select(AUDIT.c.seq).where(AUDIT.c.tenant_id == tenant_id, AUDIT.c.created_at < since - LATEST_ROW)
    async with database.read() as connection:
        return (await connection.execute(before.order_by(AUDIT.c.created_at.desc()).limit(1))).scalar() or 0


def _counted(tenant_id: str, wanted: AuditFilter) -> Select[Any]:
    is_denied = AUDIT.c.decision == "denied"
    grouped = {
        "by_server": case((AUDIT.c.actor == AUDIT.c.server, literal(1)), else_=literal(0)),
        "decides": case((_is_own(), literal(0)), else_=literal(1)),
        "account_id": case((is_denied, null()), else_=AUDIT.c.account_id),
        "reason": case((or_(is_denied, AUDIT.c.reason == WAITS), AUDIT.c.reason), else_=null()),
    }
    columns = [(grouped[name] if name in grouped else AUDIT.c[name]).label(name) for name in _GROUPED]
    stored = type_coerce(AUDIT.c.created_at, BigInteger)
    measures = (
        func.sum(func.coalesce(AUDIT.c["count"], 1)).label("count"),
        func.min(stored).label("first"),
        func.max(stored).label("last"),
    )
    query = matching(select(*columns, *measures), tenant_id, wanted)
    return query.group_by(*columns)


def _is_own() -> Any:
    """Return the condition of rows about the caller itself, rather than of who decided about its writes."""
    waits = AUDIT.c.reason == WAITS
    of_approval = AUDIT.c.target.is_not(None) & AUDIT.c.target.like(_APPROVAL_ID)
    sent = and_(AUDIT.c.kind == "call", AUDIT.c.digest.is_not(None), AUDIT.c.digest.like(_WRITE_DIGEST))
    return or_(and_(AUDIT.c.reason.is_not(None), waits), and_(~of_approval, ~sent))


def _count(row: RowMapping) -> UsageCount:
    times = {name: from_microseconds(row[name]) for name in ("first", "last")}
    return UsageCount(
        **{**row, **times, "by_server": bool(row["by_server"]), "decides": bool(row["decides"]), "count": int(row["count"])}
    )
