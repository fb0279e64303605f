"""The form that changes a write before it is approved: field by field, texts as texts and everything else as JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.errors import ApprovalStale, Conflict, FormRefused, NotFound, UnifiedError, ValidationFailed
from unified.service import approvals
from unified.service.approvals import Approve, Details
from unified.store.approvals import ApprovalRow
from unified.web.approvals.page import ADDRESS, decidable
from unified.web.approvals.view import approval_view
from unified.web.html.formatting import json_text, value_text
from unified.web.html.forms import kept_secret, read_form
from unified.web.html.rendering import page, redirect
from unified.web.session.layout import frame

VALUE, DROP = "value.", "drop."
REVIEWED, AGAIN = "reviewed", "again"
"""Fields of a form that comes from the review: to be sent as it stands there, or to be edited once more."""
LONG = 80
"""Characters from which on a text gets several lines."""


class EditField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form."""

    name: str
    text: str
    is_json: bool
    is_long: bool
    now: str | None
    """What the provider has; None when it is not known or empty."""
    is_dropped: bool = False
    problem: bool = False


async def show_edit(context: Context) -> Response[Any]:
    """GET /ui/approvals/{id}/edit."""
    row = await decidable(context)
    details = await _details(context, row)
    return await _form(context, row, details, {})


async def send_edit(context: Context) -> Response[Any]:
    """POST /ui/approvals/{id}/edit: what was edited is shown as it would be sent; sent from there, it is approved."""
    fields = await read_form(context, kept_secret(context, SESSION_COOKIE), most=500)
    row = await decidable(context)
    details = await _details(context, row)
    arguments, wrong = read_values(details.body, fields)
    if AGAIN in fields:
        return await _form(context, row, details, fields)
    if wrong or not arguments:
        problem = "approval.edit.wrong" if wrong else "approval.edit.nothing"
        return await _form(context, row, details, fields, wrong=wrong, problem=problem)
    try:
        asked = Approve(digest=fields.get("digest", "") if REVIEWED in fields else "", arguments=arguments)
        await approvals.approve(context.services, context.principal, row.id, asked)
    except ApprovalStale as stale:
        return await _review(context, stale, fields)
    except Conflict:
        return redirect(f"{ADDRESS}/{row.id}?notice=late")
    except (NotFound, FormRefused):
        raise
    except UnifiedError as refused:
        places = {one.pointer.strip("/").removeprefix("arguments/").partition("/")[0] for one in refused.errors}
        wrong = places & set(details.body)
        return await _form(context, row, details, fields, wrong=wrong, problem="approval.edit.refused")
    return redirect(f"{ADDRESS}/{row.id}")


async def _review(context: Context, stale: ApprovalStale, fields: Mapping[str, str]) -> Response[Any]:
    """The edited write as it would be sent, with the form that sends exactly that."""
    kept = {name: text for name, text in fields.items() if name.startswith((VALUE, DROP))}
    return page(
        "approval_review",
        status=stale.status if REVIEWED in fields else 200,
        one=await approval_view(context, stale.row, stale.details),
        kept=kept,
        problem="approval.late" if REVIEWED in fields else None,
        **frame(context, "approvals"),
    )


async def _details(context: Context, row: ApprovalRow) -> Details:
    found = approvals.details_of(context.services, context.principal, row) if row.status == "pending" else None
    details = None if found is None else await found
    if details is None or not details.can_edit:
        raise NotFound("nothing to edit")
    return details


def read_values(body: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[dict[str, Any], set[str]]:
    """The values of the form, and the names of those that cannot be read; one that was left as it was stays exactly that."""
    found: dict[str, Any] = {}
    wrong: set[str] = set()
    for name, before in body.items():
        if DROP + name in fields:
            continue
        text = _lines(fields.get(VALUE + name, ""))
        try:
            found[name] = _read(text, before)
        except (msgspec.DecodeError, RecursionError):
            wrong.add(name)
    return found, wrong


def _read(text: str, before: Any) -> Any:
    if text == _lines(_shown(before)):
        return before
    return text if isinstance(before, str) else msgspec.json.decode(text)


def _lines(text: str) -> str:
    """A text with the ends of lines of one kind: browsers send back others than they got (HTML, 4.10.22.4)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown(value: Any) -> str:
    """A value as it stands in its field: the very text, since it is sent back."""
    return value if isinstance(value, str) else json_text(value)


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
    return page(
        "approval_edit",
        status=200 if problem is None else ValidationFailed.status,
        one=await approval_view(context, row, details),
        fields=[_field(name, value, fields, before.get(name), wrong) for name, value in details.body.items()],
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
        now=None if now in (None, "", [], {}) else value_text(now),
        is_dropped=DROP + name in fields,
        problem=name in wrong,
    )
