"""Handlers of connect links, for the tenant's programs; the page behind a link is no part of the API."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, json_answer
from unified.api.lists import time_text
from unified.service import connect


class LinkMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new connect link; the only answer that holds its URL."""

    id: str
    url: str
    """For the end user's browser; whoever has it can connect an account."""
    expires_at: str


class LinkShown(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a connect link."""

    status: str
    """`open`, `completed`, `expired` or `failed`; a failed one can be tried again until it expires."""
    account_id: str | None
    reason: str | None
    """Why the last try failed."""
    expires_at: str


async def create_link(context: Context) -> Response[Any]:
    """POST /connect."""
    asked = await context.body(connect.NewLink)
    row, url = await connect.create_link(context.services, context.principal, asked)
    made = LinkMade(id=row.id, url=url, expires_at=time_text(row.expires_at) or "")
    return json_answer(made, status=201, headers={"Location": f"/connect/{row.id}"})


async def show_link(context: Context) -> Response[Any]:
    """GET /connect/{id} with an API key; without one it is the page of the link."""
    context.parameters()
    found = await connect.link_status(context.services, context.principal, context.path("id"))
    shown = LinkShown(
        status=found.status,
        account_id=found.account_id,
        reason=found.reason,
        expires_at=time_text(found.expires_at) or "",
    )
    return json_answer(shown)
