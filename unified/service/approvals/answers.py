"""An approval as whoever asked for the write is answered, over every interface."""

from typing import Any, Literal

import msgspec

from unified.store.approvals import ApprovalRow
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class ApprovalWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """An approval as the requester of the write sees it."""

    id: str
    """`apr_…`; `GET /approvals/{id}` says what became of it."""
    summary: str
    """Method, model, account and the names of the fields, without their values."""
    digest: str
    """A digest of the write, which changes with anything in it."""
    expires_at: Moment
    """Until then it can be decided."""


class ApprovalRequired(msgspec.Struct, frozen=True, kw_only=True):
    """The response to a write that was not sent because it needs an approval."""

    status: Literal["approval_required"] = "approval_required"
    """The write was not sent."""
    approval: ApprovalWaiting


def approval_required(row: ApprovalRow) -> ApprovalRequired:
    """Return the response to a write that needs an approval."""
    waiting = ApprovalWaiting(id=row.id, summary=row.summary, digest=row.digest, expires_at=time_text(row.expires_at))
    return ApprovalRequired(approval=waiting)


def approval_outcome(row: ApprovalRow, result: Any, targets: Any) -> dict[str, Any]:
    """Return what became of a requested write.

    Args:
        row: the approval.
        result: the record that was written, as the caller of the interface may know it.
        targets: the records that a waiting write is about; only those that the caller may read.
    """
    ends = time_text(row.expires_at)
    return {"status": row.status, "summary": row.summary, "expires_at": ends, "result": result, "targets": targets}
