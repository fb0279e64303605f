"""Writes under approval, prepared for display."""

from datetime import datetime
from typing import Any

import msgspec

from unified.api.requests.context import Context
from unified.errors.configuration import CatalogError
from unified.errors.requests import NotFound
from unified.service.accounts.accounts import get_account
from unified.service.approvals import Details, ShownRequest
from unified.service.mcp_servers import servers
from unified.store.approvals import ApprovalRow
from unified.transport.bodies.readable import READABLE
from unified.web.html.formatting import escape_invisible, format_json, format_value
from unified.web.html.messages import ENDINGS, MESSAGES, OUTCOMES
from unified.web.session.layout import key_names, product_of

SERVER = "mcp_"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after the change; None for an empty value."""

    field: str
    before: str | None
    after: str | None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a new one is made for."""

    field: str
    id: str | None
    name: str | None
    """Its present name; None if the caller may not read it."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One provider request, exactly as it is sent."""

    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    """The headers that the mapping sets."""
    body: str | None
    encoding: str
    """How the body is sent, if it is not sent as JSON; else an empty text."""


class ShownApproval(msgspec.Struct, frozen=True, kw_only=True):
    """One approval, prepared for display."""

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
    """Whether the caller's own key requested it."""
    is_in_line: bool = False
    """Whether the caller's key is too closely related to the requesting one to approve it; set only on the page of one
    approval."""
    lines: tuple[Line, ...] = ()
    has_before: bool = False
    requests: tuple[Request, ...] = ()
    targets: tuple[Target, ...] = ()
    """Fields that say where a new record belongs, and cannot be edited."""
    record: str | None = None
    """The id of the record to change."""
    record_name: str | None = None
    by: str | None = None
    """The external key by which the provider finds the record of an upsert."""
    problem: str | None = None
    about: str = ""
    """The mapping's note about such a write, such as that a reply is sent by e-mail."""


async def shown_approval(context: Context, row: ApprovalRow, details: Details | None = None) -> ShownApproval:
    """Prepare a row for display; `details`, available while it waits, add the values and requests."""
    keys = await key_names(context, [one for one in (row.requested_by, row.key_id, row.decided_by) if one], are_shown=True)
    account, product, about = await _account(context, row)
    return ShownApproval(
        id=row.id,
        summary=row.summary,
        status=row.status,
        ended=explain_ending(row.status_reason),
        who=await _requester(context, row.requested_by, keys),
        beside=None if row.key_id is None else keys.get(row.key_id, row.key_id),
        account=account,
        product=product,
        about=about,
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
    names = {one.field: one.name for one in details.targets}
    lines = [Line(field=one.field, before=_text(one.before), after=_text(one.after)) for one in changed.values()]
    written = [Line(field=name, before=None, after=_text(value)) for name, value in details.body.items()]
    return {
        "lines": tuple(lines or written),
        "has_before": bool(lines),
        "targets": tuple(
            Target(field=one.field, id=one.after, name=_text(names.get(one.field)))
            for one in written
            if one.field in details.fixed
        ),
        "requests": tuple(
            Request(
                method=one.method,
                host=one.host,
                path=escape_invisible(one.path),
                headers=tuple((name, escape_invisible(value)) for name, value in (one.headers or {}).items()),
                body=None if one.body is None else escape_invisible(_body(one)),
                encoding=one.encoding or "",
            )
            for one in details.requests
        ),
        "record": None if details.record is None else details.record.id,
        "by": details.by,
        "record_name": None if details.record is None else _text(details.record.name),
        "problem": None if details.problem is None else explain_ending(details.problem.code),
    }


def _body(request: ShownRequest) -> str:
    """Return a body as it is sent: as JSON, or the lines of a form or a document."""
    return "\n".join(READABLE[request.encoding](request.body)) if request.encoding else format_json(request.body)


def _text(value: Any) -> str | None:
    return None if value in (None, "", [], {}) else format_value(value)


def explain_ending(code: str | None) -> str | None:
    """Explain a code; an unknown one is returned unchanged."""
    return None if code is None else ENDINGS.get(code, OUTCOMES.get(code, code))


async def _account(context: Context, row: ApprovalRow) -> tuple[str, str, str]:
    """Return the account's name, its product, and what the mapping says of such a write."""
    try:
        account = await get_account(context.services, row.tenant_id, row.account_id)
    except NotFound:
        return MESSAGES["approval.account.gone"], "", ""
    return account.name, product_of(context, account.provider), _about(context, account.provider, row)


def _about(context: Context, provider: str, row: ApprovalRow) -> str:
    try:
        mapping = context.services.catalog.compiled(provider, row.model)
    except CatalogError:
        return ""
    return " ".join(mapping.file.document.describe.get(row.method, "").split())


async def _requester(context: Context, requested_by: str, keys: dict[str, str]) -> str:
    """Return the name of the MCP server or key that requested the write, or its id when it no longer exists."""
    if not requested_by.startswith(SERVER):
        return keys.get(requested_by, requested_by)
    try:
        server = await servers.get_server(context.services, context.principal.tenant_id, requested_by, caller=None)
    except NotFound:
        return requested_by
    return server.name
