"""Handlers of webhooks and their deliveries."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, empty_answer, json_answer
from unified.api.lists import page_answer, page_limit, time_text
from unified.service.webhooks import endpoints
from unified.store.deliveries import DeliveryRow
from unified.store.webhooks import WebhookRow


class WebhookShown(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it may be seen after it was made."""

    id: str
    url: str
    events: list[str]
    status: str
    status_reason: str | None
    secret_masked: str
    previous_secret_until: str | None
    failing_since: str | None
    created_at: str
    updated_at: str


class WebhookMade(WebhookShown, frozen=True, kw_only=True):
    """A webhook with its signing secret; only the answers to making and rotating hold it."""

    secret: str


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as it may be seen."""

    id: str
    event: str
    status: str
    attempts: int
    next_attempt_at: str | None
    last_status: int | None
    last_error: str | None
    created_at: str
    delivered_at: str | None


def shown_webhook(row: WebhookRow) -> WebhookShown:
    """A webhook without its secret."""
    return WebhookShown(
        id=row.id,
        url=row.url,
        events=row.events,
        status=row.status,
        status_reason=row.status_reason,
        secret_masked=row.secret_masked,
        previous_secret_until=time_text(row.previous_until),
        failing_since=time_text(row.failing_since),
        created_at=time_text(row.created_at) or "",
        updated_at=time_text(row.updated_at) or "",
    )


def made_webhook(row: WebhookRow, secret: str) -> WebhookMade:
    """A webhook with its secret, shown once."""
    return WebhookMade(secret=secret, **msgspec.structs.asdict(shown_webhook(row)))


def shown_delivery(row: DeliveryRow) -> DeliveryShown:
    """A delivery without its payload."""
    return DeliveryShown(
        id=row.id,
        event=row.event,
        status=row.status,
        attempts=row.attempts,
        next_attempt_at=time_text(row.next_attempt_at),
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=time_text(row.created_at) or "",
        delivered_at=time_text(row.delivered_at),
    )


async def create_webhook(context: Context) -> Response[Any]:
    """POST /webhooks."""
    asked = await context.body(endpoints.NewWebhook)
    row, secret = await endpoints.create_webhook(context.services, context.principal.tenant_id, asked)
    return json_answer(made_webhook(row, secret), status=201, headers={"Location": f"/webhooks/{row.id}"})


async def list_webhooks(context: Context) -> Response[Any]:
    """GET /webhooks."""
    asked = context.parameters("limit", "cursor")
    tenant_id = context.principal.tenant_id
    page = await endpoints.list_webhooks(context.services, tenant_id, limit=page_limit(asked), cursor=asked.get("cursor"))
    return page_answer(page, shown_webhook)


async def get_webhook(context: Context) -> Response[Any]:
    """GET /webhooks/{id}."""
    return json_answer(shown_webhook(await endpoints.get_webhook(*_named(context))))


async def update_webhook(context: Context) -> Response[Any]:
    """PATCH /webhooks/{id}."""
    asked = await context.body(endpoints.WebhookPatch)
    return json_answer(shown_webhook(await endpoints.update_webhook(*_named(context), asked)))


async def delete_webhook(context: Context) -> Response[Any]:
    """DELETE /webhooks/{id}."""
    await endpoints.delete_webhook(*_named(context))
    return empty_answer()


async def rotate_webhook(context: Context) -> Response[Any]:
    """POST /webhooks/{id}/rotate."""
    row, secret = await endpoints.rotate_secret(*_named(context))
    return json_answer(made_webhook(row, secret))


async def send_test(context: Context) -> Response[Any]:
    """POST /webhooks/{id}/test."""
    return json_answer(shown_delivery(await endpoints.send_test(*_named(context))), status=202)


async def list_deliveries(context: Context) -> Response[Any]:
    """GET /webhooks/{id}/deliveries."""
    asked = context.parameters("limit", "cursor")
    page = await endpoints.list_deliveries(*_named(context), limit=page_limit(asked), cursor=asked.get("cursor"))
    return page_answer(page, shown_delivery)


def _named(context: Context) -> tuple[Any, str, str]:
    """The parts, the caller's tenant and the webhook that the path names."""
    return context.services, context.principal.tenant_id, context.path("id")
