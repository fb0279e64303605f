"""One attempt to deliver an event: signed when it is sent, its outcome stored, and the next attempt planned.

The plan is `DELAYS`; docs/webhooks.md explains it to receivers. The id of an event is the same in every attempt, and a process
that dies between sending and storing leaves the event to be sent again: receivers get each at least once.
"""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from unified.errors.error import UnifiedError
from unified.service.runtime.sealing import open_text
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow, DeliveryStatus
from unified.store.engine.engine import Database
from unified.store.integrity.sealed import PREVIOUS_SECRET, WEBHOOK_SECRET
from unified.store.webhooks import WebhookRow
from unified.telemetry.instrumentation import observe_delivery
from unified.telemetry.loggers import get_logger
from unified.telemetry.request_scope import background_work
from unified.transport.webhook_client import WebhookAnswer, WebhookRequest
from unified.vault.errors import VaultError
from unified.vault.seal import Vault
from unified.vault.signatures import webhook_signature
from unified.version import __version__

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""The wait after the first failed attempt, after the second, …; with the last attempt that is about three days."""
MAX_ATTEMPTS = len(DELAYS) + 1
JITTER = 0.2
"""A wait is longer by up to this part, so that events that failed together are not sent again together."""
DISABLE_AFTER = timedelta(days=5)
"""A webhook is disabled after all of its attempts failed for this long."""
OWN_FAULTS = frozenset({"secret_unreadable", "too_large"})
"""Failures that are not the receiver's."""

log = get_logger("unified.webhooks")
Send = Callable[[WebhookRequest], Awaitable[WebhookAnswer]]
CheckUrl = Callable[[str], None]


class DeliveryOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The consequence of an attempt."""

    status: DeliveryStatus
    """`pending` if it is tried again."""
    next_attempt_at: datetime | None = None


class DeliveryContext(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of an attempt."""

    database: Database
    vault: Vault
    send: Send
    check_url: CheckUrl
    """Raises a UnifiedError for a URL that the egress policy no longer allows."""
    jitter: Callable[[], float] = random.SystemRandom().random


async def deliver(context: DeliveryContext, taken: DeliveryRow) -> DeliveryStatus:
    """Make the attempt that was claimed, and store its outcome; return the status of the delivery."""
    with background_work(taken.request_id), observe_delivery() as seen:
        status = await _deliver(context, taken)
        seen.outcome = OUTCOMES[status]
        named = {"tenant": taken.tenant_id, "webhook_id": taken.webhook_id, "delivery_id": taken.id}
        log.info("webhook_attempt", outcome=seen.outcome, **named)
        return status


OUTCOMES: dict[DeliveryStatus, str] = {
    "delivered": "delivered",
    "pending": "retried",
    "failed": "given_up",
    "dropped": "disabled",
}
"""The outcome of a delivery in metrics."""


async def _deliver(context: DeliveryContext, taken: DeliveryRow) -> DeliveryStatus:
    webhook = await webhooks.get(context.database, taken.tenant_id, taken.webhook_id)
    if webhook is None or webhook.status != "active":
        await deliveries.settle(context.database, taken, "dropped")
        return "dropped"
    answer = await _attempt(context, webhook, taken)
    outcome = plan_next_attempt(answer, taken.attempts, context.database.clock(), context.jitter())
    await deliveries.settle(
        context.database,
        taken,
        outcome.status,
        next_attempt_at=outcome.next_attempt_at,
        last_status=answer.status,
        last_error=answer.error,
    )
    await _record_result(context.database, webhook, answer)
    return outcome.status


def plan_next_attempt(answer: WebhookAnswer, attempts: int, now: datetime, jitter: float) -> DeliveryOutcome:
    """Return what follows from the answer to attempt number `attempts`; `jitter` is from 0 to 1."""
    if answer.error is None:
        return DeliveryOutcome(status="delivered")
    if answer.error in {"gone", "too_large"} or attempts >= MAX_ATTEMPTS:
        return DeliveryOutcome(status="failed")
    delay = DELAYS[attempts - 1] * (1 + JITTER * jitter)
    requested = timedelta(seconds=answer.retry_after or 0)
    return DeliveryOutcome(status="pending", next_attempt_at=now + max(delay, requested))


async def _attempt(context: DeliveryContext, webhook: WebhookRow, taken: DeliveryRow) -> WebhookAnswer:
    try:
        context.check_url(webhook.url)
        request = signed_request(context.vault, webhook, taken, context.database.clock())
    except UnifiedError:
        return WebhookAnswer(error="destination_refused")
    except VaultError:
        return WebhookAnswer(error="secret_unreadable")
    return await context.send(request)


def signed_request(vault: Vault, webhook: WebhookRow, taken: DeliveryRow, now: datetime) -> WebhookRequest:
    """Return the request of one attempt, signed with every secret that is valid now.

    Raises:
        VaultError: a secret cannot be decrypted.
    """
    body, timestamp = taken.payload.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Unified-Webhooks/{__version__}",
        "Accept-Encoding": "identity",
        "webhook-id": taken.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": webhook_signature(_secrets(vault, webhook, now), taken.id, timestamp, body),
    }
    return WebhookRequest(url=webhook.url, headers=headers, body=body, owner=webhook.id)


def _secrets(vault: Vault, webhook: WebhookRow, now: datetime) -> list[str]:
    sealed = [(WEBHOOK_SECRET, webhook.secret)]
    if webhook.previous_secret is not None and webhook.previous_until is not None and webhook.previous_until > now:
        sealed.append((PREVIOUS_SECRET, webhook.previous_secret))
    return [open_text(vault, column, webhook.tenant_id, webhook.id, one).decode() for column, one in sealed]


async def _record_result(database: Database, webhook: WebhookRow, answer: WebhookAnswer) -> None:
    """Record the receiver's failure or success, and disable its webhook after too many failures."""
    if answer.error in OWN_FAULTS:
        return
    if answer.error is None:
        await webhooks.note_success(database, webhook.tenant_id, webhook.id)
        return
    since = await webhooks.note_failure(database, webhook.tenant_id, webhook.id)
    failing = since is not None and database.clock() - since >= DISABLE_AFTER
    reason = "gone" if answer.error == "gone" else "failing" if failing else None
    if reason is not None and await webhooks.disable(database, webhook.tenant_id, webhook.id, reason):
        log.warning("webhook_disabled", webhook_id=webhook.id, reason=reason)
