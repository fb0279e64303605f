"""The page of connect links, with what came of each; a link that was not used can be withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from unified.api.controllers.connect import get_connect_link, withdraw_connect_link
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.writes import Conflict
from unified.service import connect
from unified.service.access.permissions import reaches_every_account
from unified.service.connect.failure_messages import WORDS, connect_failed
from unified.service.connect.links import ENDABLE, get_link, is_withdrawn
from unified.service.languages import known_language, texts
from unified.store import accounts
from unified.store.connect_links import ConnectLinkRow
from unified.web.collection import PAGE_SIZE, Collection, ask_about, show_list
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.session.layout import key_names, product_of

LINKS = Collection(tab="links", address="/ui/links", notices=("withdrawn", "used"), warnings=("used",))
SHADES: dict[str, str] = {
    "open": "pending",
    "completed": "active",
    "expired": "disabled",
    "failed": "failed",
    "withdrawn": "disabled",
}


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """One link, prepared for display; its URL cannot be shown again."""

    id: str
    title: str
    external_id: str | None
    state: str
    """As programs see it, or `withdrawn`."""
    shade: str
    reason: str
    account_id: str | None
    can_withdraw: bool
    products: tuple[str, ...]
    """The product of the account, or else those that the person may choose from; empty for all."""
    language: str | None
    made: datetime
    made_by: str | None
    ends: datetime


class LinkPageController(Controller):
    """The connect links that the caller may see."""

    path = LINKS.address
    opt = signed_in_as(get_connect_link)

    @get()
    async def show_links(
        self, context: ContextDependency, cursor: FromQuery[str] = "", notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/links."""
        listed = await connect.list_links(context.services, context.principal, limit=PAGE_SIZE, cursor=cursor or None)
        makers = await key_names(context, (row.made_by for row in listed.items if row.made_by))
        rows = [link_view(context, row, makers, await _connected_product(context, row)) for row in listed.items]
        can_create = reaches_every_account(context.principal.scopes)
        return show_list(
            context, LINKS, rows, notice=notice, cursor=cursor, next_cursor=listed.next_cursor, can_create=can_create
        )

    @get("/{id:str}/withdraw", opt=signed_in_as(withdraw_connect_link))
    async def ask_about_link(self, context: ContextDependency, link_id: PathId) -> Response[Any]:
        """Handle GET /ui/links/{id}/withdraw: ask for confirmation."""
        row = await get_link(context.services, context.principal, link_id)
        return ask_about(context, LINKS, row.id, "links.withdraw", name=title_of(context, row))

    @post("/{id:str}/withdraw", opt=signed_in_as(withdraw_connect_link))
    async def withdraw(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
        link_id: PathId,
    ) -> Response[Any]:
        """Handle POST /ui/links/{id}/withdraw; a link that was used meanwhile is not changed, and the page says so."""
        try:
            await connect.withdraw_link(context.services, context.principal, link_id)
        except Conflict:
            return LINKS.finish("used")
        return LINKS.finish("withdrawn")


async def _connected_product(context: Context, row: ConnectLinkRow) -> str | None:
    """Return the product that the person chose; None if the link named it, or if nothing was connected."""
    if row.provider is not None or row.account_id is None:
        return None
    account = await accounts.get(context.services.database, row.tenant_id, row.account_id)
    return None if account is None else account.provider


def link_view(context: Context, row: ConnectLinkRow, makers: Mapping[str, str], connected: str | None = None) -> LinkView:
    """Prepare a link for display."""
    state = "withdrawn" if is_withdrawn(row) else connect.state_of(row, context.services.clock())
    return LinkView(
        id=row.id,
        title=title_of(context, row),
        external_id=row.external_id,
        state=state,
        shade=SHADES[state],
        reason=_why(context, row) if state == "failed" else "",
        account_id=row.account_id,
        can_withdraw=state in ENDABLE,
        products=tuple(product_of(context, name) for name in _providers(row, connected)),
        language=None if (language := known_language(row.language)) is None else texts(language)["language"],
        made=row.created_at,
        made_by=None if row.made_by is None else makers.get(row.made_by, row.made_by),
        ends=row.expires_at,
    )


def _providers(row: ConnectLinkRow, connected: str | None) -> tuple[str, ...]:
    """Return the provider that was connected or that the link names, or else those to choose from; empty for all."""
    one = connected or row.provider
    return tuple(row.providers or ()) if one is None else (one,)


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
