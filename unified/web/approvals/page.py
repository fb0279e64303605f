"""The approval pages: the waiting writes, one write with its exact requests and changes, and the decision."""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.access import FormRefused
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service import approvals
from unified.service.approvals import DECLINE_REASONS, Approve, Decline, Details, ReachableApproval
from unified.web.approvals.opener import WITH_OPENER, opener_of
from unified.web.approvals.view import explain_ending, shown_approval
from unified.web.html.forms import FormDependency
from unified.web.html.rendering import redirect, render_page, t
from unified.web.session.layout import frame

ADDRESS = "/ui/approvals"
PAGE_SIZE = 20
SECONDS_FOR_NAMES = 2.0
"""How long the list waits for the records at the products; it shows those that came in time."""
MAX_DECIDED = 20
"""Maximum number of decided writes on the list page."""


async def open_approval(context: Context) -> Response[Any]:
    """Handle GET /approvals/{id} without an Authorization header: redirect to the page for signed-in people.

    A browser does not send the SameSite=Strict session cookie when it follows a link from another site. It does when a page
    of this service redirects (RFC 6265bis, 5.2).
    """
    address = f"{ADDRESS}/{quote(context.path('id'), safe='')}"
    opener = await opener_of(context)
    if opener is None and context.request.headers.get("sec-fetch-site") != "cross-site":
        return redirect(address)
    messages = {name: f"approval.opening.{name}" for name in ("title", "text", "button")}
    headers = {} if opener is None else WITH_OPENER
    return render_page("auto_redirect", headers=headers, url=address, messages=messages, values={}, opener=opener)


class ApprovalPageController(Controller):
    """The writes that wait, and the decision about each."""

    path = ADDRESS
    opt = signed_in("approvals")

    @get()
    async def show_approvals(self, context: ContextDependency, cursor: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/approvals."""
        services, principal = context.services, context.principal
        waiting = await approvals.list_approvals(services, principal, status="pending", limit=PAGE_SIZE, cursor=cursor or None)
        shown = await approvals.details_by_id(services, principal, waiting.items, seconds=SECONDS_FOR_NAMES)
        decided = () if cursor else await approvals.list_decided(services, principal, limit=MAX_DECIDED)
        return render_page(
            "approvals",
            waiting=[await shown_approval(context, row, shown.get(row.id)) for row in waiting.items],
            decided=[await shown_approval(context, row) for row in decided],
            cursor=cursor,
            next_cursor=waiting.next_cursor,
            **frame(context, "approvals"),
        )

    @get("/{id:str}")
    async def show_approval(
        self, context: ContextDependency, approval_id: PathId, notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/approvals/{id}."""
        approval = await get_reachable(context, approval_id)
        return await _page(context, approval, "late" if notice == "late" else None)

    @post("/{id:str}/{action:str}")
    async def decide(
        self, context: ContextDependency, form: FormDependency, approval_id: PathId, action: FromPath[str]
    ) -> Response[Any]:
        """Handle POST /ui/approvals/{id}/approve and /decline."""
        approval = await get_reachable(context, approval_id)
        address = f"{ADDRESS}/{approval.row.id}"
        if action not in {"approve", "decline"}:
            raise NotFound("unknown action")
        try:
            if action == "approve":
                await approvals.approve(context.services, approval, Approve(digest=form.get("digest", "")))
            else:
                reason = form.get("reason", "")
                await approvals.decline(context.services, approval, Decline(reason=reason[:100] or None))
        except Conflict:
            return redirect(f"{address}?notice=late")
        except (NotFound, FormRefused):
            raise
        except UnifiedError as refused:
            return await _page(context, approval, refused=refused)
        return redirect(address)


async def get_reachable(context: Context, approval_id: str) -> ReachableApproval:
    """Return an approval; raise NotFound if it does not exist, or is outside the caller's reach."""
    return await approvals.reachable_approval(context.services, context.principal, approval_id)


async def _page(
    context: Context, found: ReachableApproval, notice: str | None = None, refused: UnifiedError | None = None
) -> Response[Any]:
    details: Details | None = None
    if found.row.status == "pending":
        details = await approvals.details_of(context.services, found)
        found = found if details is not None else await get_reachable(context, found.row.id)  # void now
    row = found.row
    why = None if refused is None else t("approval.refused", why=explain_ending(refused.code))
    approval = await shown_approval(context, row, details)
    if row.status == "pending" and not approval.is_own:
        is_in_line = not await approvals.is_outside_lineage(context.services, found)
        approval = msgspec.structs.replace(approval, is_in_line=is_in_line)
    return render_page(
        "approval",
        status=200 if refused is None else refused.status,
        approval=approval,
        can_edit=details is not None and details.can_edit,
        notice=t(f"approval.{notice}") if notice else why,
        reasons=DECLINE_REASONS,
        **frame(context, "approvals"),
    )
