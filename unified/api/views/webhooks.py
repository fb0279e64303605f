"""Webhooks and their deliveries as responses show them."""

import msgspec

from unified.api.views.times import time_text
from unified.parsing_times import Moment
from unified.store.deliveries import DeliveryRow, DeliveryStatus
from unified.store.webhooks import WebhookRow, WebhookStatus


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its signing secret."""

    id: str
    url: str
    events: list[str]
    status: WebhookStatus
    status_reason: str | None
    secret_masked: str
    previous_secret_until: Moment | None
    failing_since: Moment | None
    created_at: Moment
    updated_at: Moment


class WebhookCreated(WebhookView, frozen=True, kw_only=True):
    """A webhook with its signing secret; only the answers to making and rotating hold it."""

    secret: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery without its payload."""

    id: str
    event: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Moment | None
    last_status: int | None
    last_error: str | None
    created_at: Moment
    delivered_at: Moment | None
    request_id: str | None
    """The request, or the background work (`job_…`), that made the event."""


def webhook_view(row: WebhookRow) -> WebhookView:
    """Return a webhook without its secret."""
    return WebhookView(
        id=row.id,
        url=row.url,
        events=row.events,
        status=row.status,
        status_reason=row.status_reason,
        secret_masked=row.secret_masked,
        previous_secret_until=time_text(row.previous_until),
        failing_since=time_text(row.failing_since),
        created_at=time_text(row.created_at),
        updated_at=time_text(row.updated_at),
    )


def webhook_created(row: WebhookRow, secret: str) -> WebhookCreated:
    """Return a webhook with its secret, which is shown once."""
    return WebhookCreated(secret=secret, **msgspec.structs.asdict(webhook_view(row)))


def delivery_view(row: DeliveryRow) -> DeliveryView:
    """Return a delivery without its payload."""
    return DeliveryView(
        id=row.id,
        event=row.event,
        status=row.status,
        attempts=row.attempts,
        next_attempt_at=time_text(row.next_attempt_at),
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=time_text(row.created_at),
        delivered_at=time_text(row.delivered_at),
        request_id=row.request_id,
    )
