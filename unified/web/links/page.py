"""The page of connect links, with what came of each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromQuery

from unified.api.connect import get_connect_link
from unified.api.context import Context
from unified.api.declarations import signed_in_as
from unified.api.dependencies import ContextDependency
from unified.service import connect
from unified.service.access.permissions import reaches_every_account
from unified.service.connect import ShownState
from unified.service.connect.failure_messages import WORDS, connect_failed
from unified.service.languages import known_language, texts
from unified.store.connect_links import ConnectLinkRow
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page
from unified.web.session.layout import frame, key_names, product_of

ADDRESS = "/ui/links"
PAGE_SIZE = 20
SHADES: dict[ShownState, str] = {"open": "pending", "completed": "active", "expired": "disabled", "failed": "failed"}


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """One link, prepared for display; its URL cannot be shown again."""

    id: str
    title: str
    external_id: str | None
    state: ShownState
    shade: str
    reason: str
    account_id: str | None
    products: tuple[str, ...]
    """Those that the person may choose from, if they are not all."""
    language: str | None
    made: datetime
    made_by: str | None
    ends: datetime


class LinkPageController(Controller):
    """The connect links that the caller may see."""

    path = ADDRESS
    opt = signed_in_as(get_connect_link)

    @get()
    async def show_links(self, context: ContextDependency, cursor: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/links."""
        listed = await connect.list_links(context.services, context.principal, limit=PAGE_SIZE, cursor=cursor or None)
        makers = await key_names(context, (row.made_by for row in listed.items if row.made_by))
        return render_page(
            "links",
            links=[link_view(context, row, makers) for row in listed.items],
            cursor=cursor,
            next_cursor=listed.next_cursor,
            can_create=reaches_every_account(context.principal.scopes),
            **frame(context, "links"),
        )


def link_view(context: Context, row: ConnectLinkRow, makers: Mapping[str, str]) -> LinkView:
    """Prepare a link for display."""
    state = connect.state_of(row, context.services.clock())
    return LinkView(
        id=row.id,
        title=title_of(context, row),
        external_id=row.external_id,
        state=state,
        shade=SHADES[state],
        reason=_why(context, row) if state == "failed" else "",
        account_id=row.account_id,
        products=tuple(product_of(context, name) for name in row.providers or ()),
        language=None if (language := known_language(row.language)) is None else texts(language)["language"],
        made=row.created_at,
        made_by=None if row.made_by is None else makers.get(row.made_by, row.made_by),
        ends=row.expires_at,
    )


def _why(context: Context, row: ConnectLinkRow) -> str:
    """Explain why the last attempt failed; an unknown code is shown unchanged."""
    reason = row.status_reason or ""
    if reason not in WORDS:
        return reason
    return connect_failed(
        reason, MESSAGES["links.product"] if row.provider is None else product_of(context, row.provider)
    ).detail


def title_of(context: Context, row: ConnectLinkRow) -> str:
    """Return the name that the account gets, or else the product, or that the person chooses one."""
    return row.name or (MESSAGES["links.any"] if row.provider is None else product_of(context, row.provider))
