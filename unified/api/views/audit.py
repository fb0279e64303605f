"""Rows of the audit trail as responses show them."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.parsing_times import Moment
from unified.service.audit.events import Decision, Kind
from unified.store.audit_chain import AuditRow


class AuditRowView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit trail."""

    id: str
    seq: int
    at: Moment
    actor: str
    kind: Kind
    tool: str | None
    server: str | None
    method: str | None
    model: str | None
    account_id: str | None
    target: str | None
    decision: Decision
    reason: str | None
    status: int | None
    digest: str | None
    request_id: str | None
    """The request, as its answer and its log line name it; null for commands and for rows of older versions."""
    hash: str
    count: int | UnsetType = UNSET
    """How many refusals the row counts; omitted in all other rows."""


def audit_row_view(row: AuditRow) -> AuditRowView:
    """Return a complete row; it holds no payload."""
    same = {name: getattr(row, name) for name in AuditRowView.__struct_fields__ if name not in {"at", "hash", "count"}}
    same["count"] = UNSET if row.count is None else row.count
    return AuditRowView(
        at=row.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z"), hash=row.hash.hex(), **same
    )
