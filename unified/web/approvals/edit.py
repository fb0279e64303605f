"""The form that edits a write before it is approved: strings as plain text, everything else as JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Controller, Response, get, post

from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.access import FormRefused
from unified.errors.error import UnifiedError
from unified.errors.requests import MalformedRequest, NotFound, ValidationFailed
from unified.errors.writes import ApprovalStale, Conflict
from unified.service import approvals
from unified.service.approvals import Approve, Details, ReachableApproval
from unified.service.validation import decode_body
from unified.store.approvals import ApprovalRow
from unified.web.approvals.page import ADDRESS, get_reachable
from unified.web.approvals.view import shown_approval
from unified.web.html.formatting import format_json, format_value
from unified.web.html.forms import FormDependency, reads_form
from unified.web.html.rendering import redirect, render_page
from unified.web.session.layout import frame

VALUE, DROP = "value.", "drop."
REVIEWED, AGAIN = "reviewed", "again"
"""Form fields of the review page: send the write as shown, or edit it again."""
LONG = 80
"""Number of characters above which a field gets several lines."""


class EditField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form."""

    name: str
    text: str
    is_json: bool
    is_long: bool
    now: str | None
    """The provider's current value; None when it is unknown or empty."""
    is_dropped: bool = False
    problem: bool = False


class ApprovalEditController(Controller):
    """The form that edits a write."""

    path = f"{ADDRESS}/{{id:str}}/edit"
    opt = signed_in("approvals")
    dependencies = reads_form(SESSION_COOKIE, most=500)

    @get()
    async def show_edit(self, context: ContextDependency, approval_id: PathId) -> Response[Any]:
        """Handle GET /ui/approvals/{id}/edit."""
        approval = await get_reachable(context, approval_id)
        row, details = approval.row, await _details(context, approval)
        return await _form(context, row, details, {})

    @post()
    async def send_edit(self, context: ContextDependency, form: FormDependency, approval_id: PathId) -> Response[Any]:
        """Handle POST /ui/approvals/{id}/edit: show the edited write for review, or approve it from the review page."""
        approval = await get_reachable(context, approval_id)
        row, details = approval.row, await _details(context, approval)
        arguments, wrong = read_values(details, form)
        if AGAIN in form:
            return await _form(context, row, details, form)
        if wrong or not arguments:
            problem = "approval.edit.wrong" if wrong else "approval.edit.nothing"
            return await _form(context, row, details, form, wrong=wrong, problem=problem)
        try:
            decision = Approve(digest=form.get("digest", "") if REVIEWED in form else "", arguments=arguments)
            await approvals.approve(context.services, approval, decision)
        except ApprovalStale as stale:
            return await _review(context, stale, form)
        except Conflict:
            return redirect(f"{ADDRESS}/{row.id}?notice=late")
        except (NotFound, FormRefused):
            raise
        except UnifiedError as refused:
            fields_refused = {one.pointer.strip("/").removeprefix("arguments/").partition("/")[0] for one in refused.errors}
            wrong = fields_refused & set(details.body)
            return await _form(context, row, details, form, wrong=wrong, problem="approval.edit.refused")
        return redirect(f"{ADDRESS}/{row.id}")


async def _review(context: Context, stale: ApprovalStale, fields: Mapping[str, str]) -> Response[Any]:
    """Show the edited write as it would be sent, with a form that sends exactly that."""
    values = {name: text for name, text in fields.items() if name.startswith((VALUE, DROP))}
    return render_page(
        "approval_review",
        status=stale.status if REVIEWED in fields else 200,
        approval=await shown_approval(context, stale.row, stale.details),
        values=values,
        problem="approval.late" if REVIEWED in fields else None,
        **frame(context, "approvals"),
    )


async def _details(context: Context, approval: ReachableApproval) -> Details:
    is_pending = approval.row.status == "pending"
    details = await approvals.details_of(context.services, approval) if is_pending else None
    if details is None or not details.can_edit:
        raise NotFound("this write cannot be edited")
    return details


def read_values(details: Details, fields: Mapping[str, str]) -> tuple[dict[str, Any], set[str]]:
    """Return the values of the form, and the names of fields that are not valid JSON.

    A value that was not edited is returned unchanged, and so is a fixed one, which the form does not have. What a browser sends
    for a fixed field is still returned, so that the service refuses another target.
    """
    sent = {name.removeprefix(VALUE): text for name, text in fields.items() if name.startswith(VALUE)}
    values: dict[str, Any] = {name: text for name, text in sent.items() if name not in details.body}
    wrong: set[str] = set()
    for name, before in details.body.items():
        if name in details.fixed and name not in sent:
            values[name] = before
            continue
        if DROP + name in fields:
            continue
        text = _lines(fields.get(VALUE + name, ""))
        try:
            values[name] = _read(text, before)
        except MalformedRequest:
            wrong.add(name)
    return values, wrong


def _read(text: str, before: Any) -> Any:
    if text == _lines(_shown(before)):
        return before
    return text if isinstance(before, str) else decode_body(text.encode(), Any)


def _lines(text: str) -> str:
    """Normalize line ends: browsers send back other ones than they received (HTML, 4.10.22.4)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown(value: Any) -> str:
    """Return the text of a value's form field, unescaped, because the browser sends it back."""
    return value if isinstance(value, str) else format_json(value)


async def _form(
    context: Context,
    row: ApprovalRow,
    details: Details,
    fields: Mapping[str, str],
    *,
    wrong: set[str] | frozenset[str] = frozenset(),
    problem: str | None = None,
) -> Response[Any]:
    before = {one.field: one.before for one in details.difference}
    return render_page(
        "approval_edit",
        status=200 if problem is None else ValidationFailed.status,
        approval=await shown_approval(context, row, details),
        fields=[
            _field(name, value, fields, before.get(name), wrong)
            for name, value in details.body.items()
            if name not in details.fixed
        ],
        problem=problem,
        **frame(context, "approvals"),
    )


def _field(name: str, value: Any, fields: Mapping[str, str], now: Any, wrong: set[str] | frozenset[str]) -> EditField:
    text = fields.get(VALUE + name, _shown(value))
    return EditField(
        name=name,
        text=text,
        is_json=not isinstance(value, str),
        is_long=len(text) > LONG or "\n" in _lines(text),
        now=None if now in (None, "", [], {}) else format_value(now),
        is_dropped=DROP + name in fields,
        problem=name in wrong,
    )
