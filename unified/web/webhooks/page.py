"""The pages of webhooks: list them, show one with its latest deliveries, and the acts on it."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from unified.api.controllers.webhooks import WebhookController
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.webhooks import endpoints
from unified.service.webhooks.endpoints import WebhookPatch
from unified.store.webhooks import WebhookRow
from unified.web.collection import PAGE_SIZE, Collection, ask_about, show_list
from unified.web.html.forms import Form, FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import render_page
from unified.web.outcomes import Secret, show_once
from unified.web.session.layout import frame
from unified.web.webhooks.view import delivery_view, hook_view

WEBHOOKS = Collection(
    tab="webhooks",
    address="/ui/webhooks",
    notices=("deleted", "saved", "paused", "resumed", "sent", "again", "not_sent"),
    warnings=("not_sent",),
    has_pages=True,
)
QUESTIONS = ("rotate", "delete")
"""Actions that are asked about first."""


class WebhookPageController(Controller):
    """The webhooks of the tenant."""

    path = WEBHOOKS.address
    opt = signed_in_as(WebhookController)

    @get()
    async def show_webhooks(
        self, context: ContextDependency, cursor: FromQuery[str] = "", notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/webhooks."""
        tenant_id = context.principal.tenant_id
        listed = await endpoints.list_webhooks(context.services, tenant_id, limit=PAGE_SIZE, cursor=cursor or None)
        return show_list(
            context,
            WEBHOOKS,
            [hook_view(row) for row in listed.items],
            notice=notice,
            cursor=cursor,
            next_cursor=listed.next_cursor,
        )

    @get("/{id:str}")
    async def show_webhook(
        self,
        context: ContextDependency,
        webhook_id: PathId,
        cursor: FromQuery[str] = "",
        notice: FromQuery[str] = "",
    ) -> Response[Any]:
        """Handle GET /ui/webhooks/{id}."""
        row = await webhook_of(context, webhook_id)
        listed = await endpoints.list_deliveries(
            context.services, row.tenant_id, row.id, limit=PAGE_SIZE, cursor=cursor or None, newest_first=True
        )
        return render_page(
            "webhook",
            webhook=hook_view(row),
            deliveries=[delivery_view(one) for one in listed.items],
            cursor=cursor,
            next_cursor=listed.next_cursor,
            notice=WEBHOOKS.notice(notice),
            **frame(context, "webhooks"),
        )

    @get("/{id:str}/{action:str}")
    async def ask_about_webhook(self, context: ContextDependency, webhook_id: PathId, action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/webhooks/{id}/{action}: ask before a new secret and before a deletion."""
        row = await webhook_of(context, webhook_id)
        if action not in QUESTIONS:
            raise NotFound("this action has no confirmation page")
        return ask_about(context, WEBHOOKS, row.id, f"webhook.{action}", name=row.url)

    @post("/{id:str}/{action:str}")
    async def act_on_webhook(
        self,
        context: ContextDependency,
        form: FormDependency,
        webhook_id: PathId,
        action: FromPath[str],
    ) -> Response[Any]:
        """Handle POST /ui/webhooks/{id}/{action}; with `again`, the form names a delivery."""
        act = ACTIONS.get(action)
        if act is None:
            raise NotFound("unknown action")
        return await act(context, await webhook_of(context, webhook_id), form)


async def _pause(context: Context, row: WebhookRow, _form: Form) -> Response[Any]:
    await endpoints.update_webhook(context.services, row.tenant_id, row.id, WebhookPatch(status="disabled"))
    return WEBHOOKS.finish("paused", row.id)


async def _resume(context: Context, row: WebhookRow, _form: Form) -> Response[Any]:
    await endpoints.update_webhook(context.services, row.tenant_id, row.id, WebhookPatch(status="active"))
    return WEBHOOKS.finish("resumed", row.id)


async def _test(context: Context, row: WebhookRow, _form: Form) -> Response[Any]:
    try:
        await endpoints.send_test(context.services, row.tenant_id, row.id)
    except Conflict:
        return WEBHOOKS.finish("not_sent", row.id)
    return WEBHOOKS.finish("sent", row.id)


async def _again(context: Context, row: WebhookRow, form: Form) -> Response[Any]:
    try:
        await endpoints.send_again(context.services, row.tenant_id, row.id, form.get("delivery", ""))
    except Conflict:
        return WEBHOOKS.finish("not_sent", row.id)
    return WEBHOOKS.finish("again", row.id)


async def _rotate(context: Context, row: WebhookRow, _form: Form) -> Response[Any]:
    return show_secret(context, *await endpoints.rotate_secret(context.services, row.tenant_id, row.id))


async def _delete(context: Context, row: WebhookRow, _form: Form) -> Response[Any]:
    await endpoints.delete_webhook(context.services, row.tenant_id, row.id)
    return WEBHOOKS.finish("deleted")


ACTIONS = {"pause": _pause, "resume": _resume, "test": _test, "again": _again, "rotate": _rotate, "delete": _delete}


def show_secret(context: Context, row: WebhookRow, secret: str) -> Response[Any]:
    """Show a webhook's signing secret; no other page ever does."""
    shown = Secret(name="secret", label=MESSAGES["webhook.made.secret"], text=secret)
    return show_once(context, "webhooks", "webhook.made", name=row.url, secrets=(shown,), back=f"{WEBHOOKS.address}/{row.id}")


async def webhook_of(context: Context, webhook_id: str) -> WebhookRow:
    """Return a webhook of the caller's tenant; NotFound for any other."""
    return await endpoints.get_webhook(context.services, context.principal.tenant_id, webhook_id)
