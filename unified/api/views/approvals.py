"""Approvals as responses show them."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.service.approvals import Details, Difference, ShownRecord, ShownRequest, ShownTarget
from unified.store.approvals import ApprovalRow, ApprovalStatus
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class ApprovalResult(msgspec.Struct, frozen=True, kw_only=True):
    """The record that an executed write made or changed."""

    id: str
    """The id of the record."""


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """An approval as it may be seen; what it would write is shown only while it waits, and only to those who may decide."""

    id: str
    """`apr_…`"""
    status: ApprovalStatus
    status_reason: str | None
    """Why it failed, was declined or expired; null if there is nothing to say."""
    account_id: str
    """The account of the provider that would be written to."""
    tool: str | None
    """The tool that was called; null for a call of the REST API."""
    method: str
    """The method, such as `create`."""
    model: str
    """The model, such as `crm.contacts`."""
    requested_by: str
    """The API key or MCP server that asked for the write."""
    request_id: str | None
    """The request that asked for the write."""
    summary: str
    """Method, model, account and the names of the fields, without their values."""
    digest: str
    """The body of `POST /approvals/{id}/approve`."""
    created_at: Moment
    """When the write was asked for."""
    expires_at: Moment
    """Until then it can be decided."""
    decided_by: str | None
    """Who approved or declined it."""
    decided_at: Moment | None
    """When it was approved or declined."""
    result: ApprovalResult | None
    """The record that was made or changed; null before, and for a delete."""
    request: ShownRequest | UnsetType | None = UNSET
    """The first request to the provider."""
    requests: tuple[ShownRequest, ...] | UnsetType = UNSET
    """All of them, in order."""
    record: ShownRecord | UnsetType | None = UNSET
    """Which record it is about; null for a new one, and for an upsert, of which the provider finds the record."""
    targets: tuple[ShownTarget, ...] | UnsetType = UNSET
    """The records that the write is about, while it waits: the one that it changes, or those that a new one belongs to."""
    by: str | UnsetType = UNSET
    """Of an upsert: the external key by which the provider finds the record."""
    difference: tuple[Difference, ...] | UnsetType = UNSET
    """The changes, field by field."""
    unavailable: str | UnsetType = UNSET
    """The code of what kept request or difference from being built, such as `provider_timeout`."""


def approval_view(row: ApprovalRow, details: Details | None = None, targets: tuple[ShownTarget, ...] = ()) -> ApprovalView:
    """Return an approval, with the pending write if `details` are given, for those who may decide.

    Args:
        row: the approval.
        details: the write, while it waits, for those who may decide.
        targets: the records that it is about, for whoever may read them; `details` have all of them.
    """
    shown = ApprovalView(
        id=row.id,
        status=row.status,
        status_reason=row.status_reason,
        account_id=row.account_id,
        tool=row.tool,
        method=row.method,
        model=row.model,
        requested_by=row.requested_by,
        request_id=row.request_id,
        summary=row.summary,
        digest=row.digest,
        created_at=time_text(row.created_at),
        expires_at=time_text(row.expires_at),
        decided_by=row.decided_by,
        decided_at=time_text(row.decided_at),
        result=None if row.result_id is None else ApprovalResult(id=row.result_id),
    )
    if details is None:
        return msgspec.structs.replace(shown, targets=targets) if targets else shown
    return msgspec.structs.replace(
        shown,
        request=details.requests[0] if details.requests else None,
        digest=details.digest,
        requests=details.requests,
        record=details.record,
        targets=details.targets,
        by=UNSET if details.by is None else details.by,
        difference=details.difference,
        unavailable=UNSET if details.problem is None else details.problem.code,
    )
