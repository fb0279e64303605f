"""The approve pages: what waits, the exact request of one with before and after, and the decision."""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.errors import Conflict, FormRefused, InvalidCursor, NotFound, UnifiedError
from unified.service import approvals
from unified.service.approvals import DECLINE_REASONS, Approve, Decline, Details
from unified.store.approvals import ApprovalRow
from unified.web.approvals.view import approval_view, ending
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.rendering import page, redirect, t
from unified.web.session.layout import frame

ADDRESS = "/ui/approvals"
PAGE_SIZE = 20
LATELY = 20
"""Decided ones on the page of all."""


async def open_approval(context: Context) -> Response[Any]:
    """GET /approvals/{id} without an Authorization header: on to the page of somebody who signed in.

    A link in a message of another site does not bring the session's cookie, which is SameSite=Strict; what our own page goes
    on to does (RFC 6265bis, 5.2).
    """
    address = f"{ADDRESS}/{quote(context.path('id'), safe='')}"
    if context.request.headers.get("sec-fetch-site") != "cross-site":
        return redirect(address)
    words = {name: f"approval.opening.{name}" for name in ("title", "text", "button")}
    return page("onward", url=address, words=words, values={})


async def show_approvals(context: Context) -> Response[Any]:
    """GET /ui/approvals."""
    services, principal = context.services, context.principal
    cursor = dict(context.query()).get("cursor") or None
    try:
        waiting = await approvals.list_approvals(services, principal, status="pending", limit=PAGE_SIZE, cursor=cursor)
    except InvalidCursor:
        raise NotFound("no such page") from None
    decided = () if cursor else await approvals.list_decided(services, principal, limit=LATELY)
    return page(
        "approvals",
        waiting=[await approval_view(context, row) for row in waiting.items],
        decided=[await approval_view(context, row) for row in decided],
        cursor=cursor,
        next_cursor=waiting.next_cursor,
        **frame(context, "approvals"),
    )


async def show_approval(context: Context) -> Response[Any]:
    """GET /ui/approvals/{id}."""
    row = await decidable(context)
    asked = dict(context.query())
    return await _page(context, row, "late" if asked.get("notice") == "late" else None)


async def decidable(context: Context) -> ApprovalRow:
    """An approval within this person's reach; NotFound for every other."""
    row = await approvals.approval_for(context.services, context.principal, context.path("id"))
    if not await approvals.reaches(context.services, context.principal, row):
        raise NotFound("no such approval")
    return row


async def _page(
    context: Context, row: ApprovalRow, notice: str | None = None, refused: UnifiedError | None = None
) -> Response[Any]:
    details: Details | None = None
    if row.status == "pending":
        details = await approvals.details_of(context.services, context.principal, row)
        row = await decidable(context)  # it may have become void while it was looked at
    why = None if refused is None else t("approval.refused", why=ending(refused.code))
    one = await approval_view(context, row, details)
    if row.status == "pending" and not one.is_own:
        is_in_line = not await approvals.may_approve(context.services, context.principal, row)
        one = msgspec.structs.replace(one, is_in_line=is_in_line)
    return page(
        "approval",
        status=200 if refused is None else refused.status,
        one=one,
        can_edit=details is not None and details.can_edit,
        notice=t(f"approval.{notice}") if notice else why,
        reasons=DECLINE_REASONS,
        **frame(context, "approvals"),
    )


async def decide(context: Context) -> Response[Any]:
    """POST /ui/approvals/{id}/approve and /decline."""
    fields = await read_form(context, kept_secret(context, SESSION_COOKIE))
    row = await decidable(context)
    action = context.path("action")
    if action not in {"approve", "decline"}:
        raise NotFound("no such action")
    try:
        if action == "approve":
            await approvals.approve(context.services, context.principal, row.id, Approve(digest=fields.get("digest", "")))
        else:
            reason = fields.get("reason", "")
            await approvals.decline(context.services, context.principal, row.id, Decline(reason=reason[:100] or None))
    except Conflict:
        return redirect(f"{ADDRESS}/{row.id}?notice=late")
    except (NotFound, FormRefused):
        raise
    except UnifiedError as refused:
        return await _page(context, row, refused=refused)
    return redirect(f"{ADDRESS}/{row.id}")
