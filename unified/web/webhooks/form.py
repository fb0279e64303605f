"""The form of a webhook: it creates one, of which the signing secret is shown once, and edits one, of which it never is."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post

from unified.api.controllers.webhooks import WebhookController
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.service.runtime.events import EVENTS
from unified.service.webhooks import endpoints
from unified.service.webhooks.endpoints import NewWebhook, WebhookPatch
from unified.store.webhooks import WebhookRow
from unified.web.html.choosers import choice, ticked
from unified.web.html.forms import FormDependency
from unified.web.html.messages import EVENT_LABELS
from unified.web.outcomes import REFUSED, Refusal, explain_refusal, show_form
from unified.web.webhooks.page import WEBHOOKS, show_secret, webhook_of

EVENT = "event."
PLACES = {"url": "url", "events": "events"}
"""The fields of the form by the keys of `POST /webhooks`."""


class WebhookFormController(Controller):
    """The form that creates a webhook, and the one that edits it."""

    path = WEBHOOKS.address
    opt = signed_in_as(WebhookController)

    @get("/new")
    async def show_form(self, context: ContextDependency) -> Response[Any]:
        """Handle GET /ui/webhooks/new."""
        return _form(context, None, _fields("", EVENTS))

    @post("/new")
    async def make_webhook(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/webhooks/new: show the signing secret, or the form again with what to correct."""
        requested = NewWebhook(url=_url(form), events=[*ticked(form, EVENT)])
        try:
            row, secret = await endpoints.create_webhook(context.services, context.principal.tenant_id, requested)
        except REFUSED as problem:
            return _form(context, None, form, explain_refusal(problem, PLACES))
        return show_secret(context, row, secret)

    @get("/{id:str}/edit")
    async def show_edit(self, context: ContextDependency, webhook_id: PathId) -> Response[Any]:
        """Handle GET /ui/webhooks/{id}/edit."""
        row = await webhook_of(context, webhook_id)
        return _form(context, row, _fields(row.url, row.events))

    @post("/{id:str}/edit")
    async def save_webhook(self, context: ContextDependency, form: FormDependency, webhook_id: PathId) -> Response[Any]:
        """Handle POST /ui/webhooks/{id}/edit."""
        row = await webhook_of(context, webhook_id)
        patch = WebhookPatch(url=_url(form), events=[*ticked(form, EVENT)])
        try:
            await endpoints.update_webhook(context.services, row.tenant_id, row.id, patch)
        except REFUSED as problem:
            return _form(context, row, form, explain_refusal(problem, PLACES))
        return WEBHOOKS.finish("saved", row.id)


def _url(fields: Mapping[str, str]) -> str:
    return fields.get("url", "").strip()


def _fields(url: str, events: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Return a filled form."""
    return {"url": url, **dict.fromkeys((EVENT + one for one in events), "1")}


def _form(context: Context, row: WebhookRow | None, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response[Any]:
    """Show the form that edits a webhook, or creates one if there is none yet."""
    back = WEBHOOKS.address if row is None else f"{WEBHOOKS.address}/{row.id}"
    return show_form(
        context,
        WEBHOOKS.tab,
        "webhook_form",
        refusal,
        words="webhooks.new" if row is None else "webhook.edit",
        address=f"{back}/new" if row is None else f"{back}/edit",
        back=back,
        url=fields.get("url", ""),
        events=[choice(EVENT + one, EVENT_LABELS[one], fields, note=one) for one in EVENTS],
    )
