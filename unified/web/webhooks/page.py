"""The pages of webhooks: list them, show one with its latest deliveries, and the acts on it."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from unified.api.context import Context
from unified.api.declarations import signed_in_as
from unified.api.dependencies import ContextDependency
from unified.api.path_parameters import PathId
from unified.api.webhooks import WebhookController
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.webhooks import endpoints
from unified.service.webhooks.endpoints import WebhookPatch
from unified.store.webhooks import WebhookRow
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import redirect, render_page
from unified.web.outcomes import Secret, ask_first, show_once
from unified.web.session.layout import frame
from unified.web.webhooks.view import delivery_view, hook_view

ADDRESS = "/ui/webhooks"
PAGE_SIZE = 20
NOTICES = ("deleted", "saved", "paused", "resumed", "sent", "not_sent")
QUESTIONS = ("rotate", "delete")
"""Actions that are asked about first."""


class WebhookPageController(Controller):
    """The webhooks of the tenant."""

    path = ADDRESS
    opt = signed_in_as(WebhookController)

    @get()
    async def show_webhooks(
        self, context: ContextDependency, cursor: FromQuery[str] = "", notice: FromQuery[str] = ""
    ) -> Response[Any]:
        """Handle GET /ui/webhooks."""
        tenant_id = context.principal.tenant_id
        listed = await endpoints.list_webhooks(context.services, tenant_id, limit=PAGE_SIZE, cursor=cursor or None)
        return render_page(
            "webhooks",
            webhooks=[hook_view(row) for row in listed.items],
            cursor=cursor,
            next_cursor=listed.next_cursor,
            notice=_known(notice),
            **frame(context, "webhooks"),
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
            notice=_known(notice),
            **frame(context, "webhooks"),
        )

    @get("/{id:str}/{action:str}")
    async def ask_about_webhook(self, context: ContextDependency, webhook_id: PathId, action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/webhooks/{id}/{action}: ask before a new secret and before a deletion."""
        row = await webhook_of(context, webhook_id)
        if action not in QUESTIONS:
            raise NotFound("this action has no confirmation page")
        return ask_first(
            context,
            "webhooks",
            f"webhook.{action}",
            name=row.url,
            action=f"{ADDRESS}/{row.id}/{action}",
            back=f"{ADDRESS}/{row.id}",
            is_destructive=action == "delete",
        )

    @post("/{id:str}/{action:str}")
    async def act_on_webhook(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
        webhook_id: PathId,
        action: FromPath[str],
    ) -> Response[Any]:
        """Handle POST /ui/webhooks/{id}/{action}."""
        act = ACTIONS.get(action)
        if act is None:
            raise NotFound("unknown action")
        return await act(context, await webhook_of(context, webhook_id))


async def _pause(context: Context, row: WebhookRow) -> Response[Any]:
    await endpoints.update_webhook(context.services, row.tenant_id, row.id, WebhookPatch(status="disabled"))
    return redirect(f"{ADDRESS}/{row.id}?notice=paused")


async def _resume(context: Context, row: WebhookRow) -> Response[Any]:
    await endpoints.update_webhook(context.services, row.tenant_id, row.id, WebhookPatch(status="active"))
    return redirect(f"{ADDRESS}/{row.id}?notice=resumed")


async def _test(context: Context, row: WebhookRow) -> Response[Any]:
    try:
        await endpoints.send_test(context.services, row.tenant_id, row.id)
    except Conflict:
        return redirect(f"{ADDRESS}/{row.id}?notice=not_sent")
    return redirect(f"{ADDRESS}/{row.id}?notice=sent")


async def _rotate(context: Context, row: WebhookRow) -> Response[Any]:
    return show_secret(context, *await endpoints.rotate_secret(context.services, row.tenant_id, row.id))


async def _delete(context: Context, row: WebhookRow) -> Response[Any]:
    await endpoints.delete_webhook(context.services, row.tenant_id, row.id)
    return redirect(f"{ADDRESS}?notice=deleted")


ACTIONS = {"pause": _pause, "resume": _resume, "test": _test, "rotate": _rotate, "delete": _delete}


def show_secret(context: Context, row: WebhookRow, secret: str) -> Response[Any]:
    """Show a webhook's signing secret; no other page ever does."""
    shown = Secret(name="secret", label=MESSAGES["webhook.made.secret"], text=secret)
    return show_once(context, "webhooks", "webhook.made", name=row.url, secrets=(shown,), back=f"{ADDRESS}/{row.id}")


def _known(notice: str) -> str | None:
    return notice if notice in NOTICES else None


async def webhook_of(context: Context, webhook_id: str) -> WebhookRow:
    """Return a webhook of the caller's tenant; NotFound for any other."""
    return await endpoints.get_webhook(context.services, context.principal.tenant_id, webhook_id)
