"""Webhooks and their deliveries as responses show them."""

import msgspec

from unified.api.views.lists import view_of
from unified.store.deliveries import DeliveryRow, DeliveryStatus
from unified.store.webhooks import WebhookRow, WebhookStatus
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its signing secret."""

    id: str
    """`whk_…`"""
    url: str
    """Where events are sent."""
    events: list[str]
    """The events that are sent."""
    status: WebhookStatus
    status_reason: str | None
    """Why it is disabled."""
    secret_masked: str
    """The last characters of the signing secret."""
    previous_secret_until: Moment | None
    """Until then, events are signed with the previous secret too; null unless it was rotated lately."""
    failing_since: Moment | None
    """When deliveries began to fail without one success since; null while they succeed."""
    created_at: Moment
    """When it was made."""
    updated_at: Moment
    """When it was changed last."""


class WebhookCreated(WebhookView, frozen=True, kw_only=True):
    """A webhook with its signing secret; only the responses to create and rotate hold it."""

    secret: str
    """`whsec_…`, to verify signatures with. It cannot be shown again."""


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery without its payload."""

    id: str
    """The id of the event: the header `webhook-id`."""
    event: str
    """The event."""
    status: DeliveryStatus
    attempts: int
    """How many times it was tried."""
    next_attempt_at: Moment | None
    """When it is tried next; null when it is not tried again."""
    last_status: int | None
    """The status that the endpoint answered last; null if it did not answer."""
    last_error: str | None
    """Why the last attempt failed."""
    created_at: Moment
    """When the event happened."""
    delivered_at: Moment | None
    """When the endpoint took it."""
    request_id: str | None
    """The request, or the background work (`job_…`), that made the event."""


def webhook_view(row: WebhookRow) -> WebhookView:
    """Return a webhook without its secret."""
    return view_of(WebhookView, row, previous_secret_until=time_text(row.previous_until))


def webhook_created(row: WebhookRow, secret: str) -> WebhookCreated:
    """Return a webhook with its secret, which is shown once."""
    return view_of(WebhookCreated, row, previous_secret_until=time_text(row.previous_until), secret=secret)


def delivery_view(row: DeliveryRow) -> DeliveryView:
    """Return a delivery without its payload."""
    return view_of(DeliveryView, row)
