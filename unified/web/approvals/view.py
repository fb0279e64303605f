"""A write that waits, or was decided, as its page tells it."""

from datetime import datetime
from typing import Any

import msgspec

from unified.api.context import Context
from unified.errors import NotFound
from unified.service.accounts.accounts import get_account
from unified.service.approvals import Details
from unified.service.mcp_servers import servers
from unified.store.approvals import ApprovalRow
from unified.web.html.formatting import json_text, seen, value_text
from unified.web.html.messages import ENDINGS, OUTCOMES, WORDS
from unified.web.session.layout import key_names, product_of

SERVER = "mcp_"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after; None for what is empty."""

    field: str
    before: str | None
    after: str | None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it is sent."""

    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    """Those that the mapping sets."""
    body: str | None


class ApprovalView(msgspec.Struct, frozen=True, kw_only=True):
    """One approval, ready to be shown."""

    id: str
    summary: str
    status: str
    ended: str | None
    who: str
    beside: str | None
    account: str
    product: str
    tool: str | None
    digest: str
    method: str
    asked: datetime
    until: datetime
    decided: datetime | None
    decided_by: str | None
    result: str | None
    is_own: bool
    """Whether this person's own key asked for it."""
    is_in_line: bool = False
    """Whether this person's key stands too near to the one that asked, in the line of who made what, to approve it; told only
    on the page of one approval."""
    lines: tuple[Line, ...] = ()
    has_before: bool = False
    requests: tuple[Request, ...] = ()
    record: str | None = None
    """The id of the record that it is about."""
    record_name: str | None = None
    problem: str | None = None


async def approval_view(context: Context, row: ApprovalRow, details: Details | None = None) -> ApprovalView:
    """The view of a row; what would be written only from `details`, which are read while it waits."""
    keys = await key_names(context, [one for one in (row.requested_by, row.key_id, row.decided_by) if one])
    account, product = await _account(context, row)
    return ApprovalView(
        id=row.id,
        summary=row.summary,
        status=row.status,
        ended=ending(row.status_reason),
        who=await _requester(context, row.requested_by, keys),
        beside=None if row.key_id is None else keys.get(row.key_id, row.key_id),
        account=account,
        product=product,
        tool=row.tool,
        digest=row.digest if details is None else details.digest,
        method=row.method,
        asked=row.created_at,
        until=row.expires_at,
        decided=row.decided_at,
        decided_by=None if row.decided_by is None else keys.get(row.decided_by, row.decided_by),
        result=row.result_id,
        is_own=bool(context.principal.credentials & {row.requested_by, row.key_id}),
        **({} if details is None else _shown(details)),
    )


def _shown(details: Details) -> dict[str, Any]:
    changed = {one.field: one for one in details.difference}
    lines = [Line(field=one.field, before=_text(one.before), after=_text(one.after)) for one in changed.values()]
    written = [Line(field=name, before=None, after=_text(value)) for name, value in details.body.items()]
    return {
        "lines": tuple(lines or written),
        "has_before": bool(lines),
        "requests": tuple(
            Request(
                method=one.method,
                host=one.host,
                path=seen(one.path),
                headers=tuple((name, seen(value)) for name, value in (one.headers or {}).items()),
                body=None if one.body is None else seen(json_text(one.body)),
            )
            for one in details.requests
        ),
        "record": None if details.record is None else details.record.id,
        "record_name": None if details.record is None else _text(details.record.name),
        "problem": None if details.problem is None else ending(details.problem.code),
    }


def _text(value: Any) -> str | None:
    return None if value in (None, "", [], {}) else value_text(value)


def ending(code: str | None) -> str | None:
    """A stable code in words; an unknown one is shown as it is."""
    return None if code is None else ENDINGS.get(code, OUTCOMES.get(code, code))


async def _account(context: Context, row: ApprovalRow) -> tuple[str, str]:
    try:
        account = await get_account(context.services, row.tenant_id, row.account_id)
    except NotFound:
        return WORDS["approval.account.gone"], ""
    return account.name, product_of(context, account.provider)


async def _requester(context: Context, requested_by: str, keys: dict[str, str]) -> str:
    """The name of the MCP server or key that asked, its id when it is gone."""
    if not requested_by.startswith(SERVER):
        return keys.get(requested_by, requested_by)
    try:
        found = await servers.get_server(context.services, context.principal.tenant_id, requested_by, caller=None)
    except NotFound:
        return requested_by
    return found.name
