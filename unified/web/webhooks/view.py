"""Webhooks and their deliveries, prepared for display."""

from datetime import datetime

import msgspec

from unified.store.deliveries import DeliveryRow
from unified.store.webhooks import WebhookRow
from unified.web.html.formatting import escape_invisible
from unified.web.html.messages import DELIVERY_ERRORS, EVENT_LABELS, MESSAGES


class HookView(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook, prepared for display."""

    id: str
    url: str
    events: tuple[str, ...]
    status: str
    status_words: str
    shade: str
    """The class that selects the colour."""
    masked: str
    failing_since: datetime | None
    made: datetime
    previous_until: datetime | None


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, prepared for display."""

    id: str
    event: str
    status: str
    attempts: int
    answer: str
    made: datetime
    next_attempt: datetime | None
    payload: str
    """The content that was signed and sent: ids and states, never business data."""


def hook_view(row: WebhookRow) -> HookView:
    """Prepare a webhook for display, without its secret."""
    state = state_of(row)
    return HookView(
        id=row.id,
        url=row.url,
        events=tuple(EVENT_LABELS.get(one, one) for one in row.events),
        status=row.status,
        status_words=MESSAGES[f"webhook.state.{state}"],
        shade={"active": "active", "paused": "disabled"}.get(state, "failed"),
        masked=row.secret_masked,
        failing_since=row.failing_since,
        made=row.created_at,
        previous_until=row.previous_until,
    )


def state_of(row: WebhookRow) -> str:
    """Return a webhook's state in one word: `active`, `failing`, `paused` by a person, or `stopped` by the service."""
    if row.status == "disabled":
        return "stopped" if row.status_reason else "paused"
    return "failing" if row.failing_since else "active"


def delivery_view(row: DeliveryRow) -> DeliveryView:
    """Prepare a delivery for display."""
    return DeliveryView(
        id=row.id,
        event=EVENT_LABELS.get(row.event, row.event),
        status=row.status,
        attempts=row.attempts,
        answer=_answer(row),
        made=row.created_at,
        payload=escape_invisible(_indented(row.payload)),
        next_attempt=row.next_attempt_at if row.status == "pending" else None,
    )


def _indented(payload: str) -> str:
    try:
        return msgspec.json.format(payload, indent=2)
    except msgspec.DecodeError:  # of a row that was edited
        return payload


def _answer(row: DeliveryRow) -> str:
    parts = [] if row.last_error is None else [DELIVERY_ERRORS.get(row.last_error, row.last_error)]
    if row.last_status is not None:
        parts.append(MESSAGES["audit.status"].format(status=row.last_status))
    return ", ".join(parts)
