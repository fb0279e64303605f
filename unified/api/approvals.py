"""Handlers of approvals: writes that wait for somebody's decision."""

from typing import Any, Literal

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from unified.api.context import Context, json_answer
from unified.api.lists import page_answer, page_limit, time_text
from unified.errors import ValidationFailed
from unified.service import approvals
from unified.service.approvals import Details, Difference, ShownRecord, ShownRequest
from unified.store.approvals import STATUSES, ApprovalRow, ApprovalStatus


class ApprovalWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """What the requester of a write is told of its approval."""

    id: str
    summary: str
    digest: str
    expires_at: str


class ApprovalRequired(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a write that was not sent, since somebody must approve it first."""

    status: Literal["approval_required"] = "approval_required"
    approval: ApprovalWaiting


class ApprovalResult(msgspec.Struct, frozen=True, kw_only=True):
    """The record that an executed write made or changed."""

    id: str


class ApprovalShown(msgspec.Struct, frozen=True, kw_only=True):
    """An approval as it may be seen; what it would write only while it waits, and only by who decides."""

    id: str
    status: str
    status_reason: str | None
    account_id: str
    tool: str | None
    method: str
    model: str
    requested_by: str
    summary: str
    digest: str
    created_at: str
    expires_at: str
    decided_by: str | None
    decided_at: str | None
    result: ApprovalResult | None
    request: ShownRequest | UnsetType | None = UNSET
    """The first request to the provider."""
    requests: tuple[ShownRequest, ...] | UnsetType = UNSET
    """All of them, in order."""
    record: ShownRecord | UnsetType | None = UNSET
    """Which record it is about; null for a new one."""
    difference: tuple[Difference, ...] | UnsetType = UNSET
    unavailable: str | UnsetType = UNSET
    """The code of what kept request or difference from being built, such as `provider_timeout`."""


def waiting_for(row: ApprovalRow) -> ApprovalRequired:
    """The answer to the write that asked for it."""
    waiting = ApprovalWaiting(id=row.id, summary=row.summary, digest=row.digest, expires_at=time_text(row.expires_at) or "")
    return ApprovalRequired(approval=waiting)


def shown_approval(row: ApprovalRow, details: Details | None = None) -> ApprovalShown:
    """An approval, with what it would write where that was read for who decides."""
    shown = ApprovalShown(
        id=row.id,
        status=row.status,
        status_reason=row.status_reason,
        account_id=row.account_id,
        tool=row.tool,
        method=row.method,
        model=row.model,
        requested_by=row.requested_by,
        summary=row.summary,
        digest=row.digest,
        created_at=time_text(row.created_at) or "",
        expires_at=time_text(row.expires_at) or "",
        decided_by=row.decided_by,
        decided_at=time_text(row.decided_at),
        result=None if row.result_id is None else ApprovalResult(id=row.result_id),
    )
    if details is None:
        return shown
    return msgspec.structs.replace(
        shown,
        request=details.requests[0] if details.requests else None,
        digest=details.digest,
        requests=details.requests,
        record=details.record,
        difference=details.difference,
        unavailable=UNSET if details.problem is None else details.problem.code,
    )


async def list_approvals(context: Context) -> Response[Any]:
    """GET /approvals."""
    asked = context.parameters("limit", "cursor", "status")
    page = await approvals.list_approvals(
        context.services,
        context.principal,
        status=_status(asked.get("status")),
        limit=page_limit(asked),
        cursor=asked.get("cursor"),
    )
    return page_answer(page, shown_approval)


def _status(text: str | None) -> ApprovalStatus | None:
    found = next((one for one in STATUSES if one == text), None)
    if text is not None and found is None:
        raise ValidationFailed.at("status", f"expected one of {', '.join(STATUSES)}")
    return found


async def get_approval(context: Context) -> Response[Any]:
    """GET /approvals/{id}."""
    return json_answer(shown_approval(*await approvals.look(*_named(context))))


async def approve(context: Context) -> Response[Any]:
    """POST /approvals/{id}/approve."""
    asked = await context.body(approvals.Approve)
    return json_answer(shown_approval(await approvals.approve(*_named(context), asked)))


async def decline(context: Context) -> Response[Any]:
    """POST /approvals/{id}/decline."""
    asked = await context.body(approvals.Decline) if await context.raw() else approvals.Decline()
    return json_answer(shown_approval(await approvals.decline(*_named(context), asked)))


def _named(context: Context) -> tuple[Any, Any, str]:
    """The parts, the caller and the approval that the path names."""
    return context.services, context.principal, context.path("id")
