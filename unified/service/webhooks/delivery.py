"""One attempt to deliver an event: signed as it is sent, its outcome written, the next one planned.

The plan is `DELAYS`; docs/webhooks.md explains it to receivers. The id of an event is the same in every attempt, and a
process that dies between sending and writing leaves the event to be sent again: receivers see each at least once.
"""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from unified.errors import UnifiedError
from unified.service.runtime.sealing import open_text
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow, DeliveryStatus
from unified.store.engine import Database
from unified.store.sealed import PREVIOUS_SECRET, WEBHOOK_SECRET
from unified.store.webhooks import WebhookRow
from unified.telemetry.instrumentation import observe_delivery
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
ATTEMPTS = len(DELAYS) + 1
JITTER = 0.2
"""A wait is up to this part longer, so that events that failed together are not sent again together."""
FAILING = timedelta(days=5)
"""A webhook whose attempts have all failed for so long is disabled."""
OURS = frozenset({"secret_unreadable", "too_large"})
"""Failures that say nothing of the receiver."""

log = structlog.get_logger("unified.webhooks")
Send = Callable[[WebhookRequest], Awaitable[WebhookAnswer]]
CheckUrl = Callable[[str], None]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt makes of a delivery."""

    status: DeliveryStatus
    """`pending` when it is tried again."""
    next_attempt_at: datetime | None = None


class DeliveryContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt needs."""

    database: Database
    vault: Vault
    send: Send
    check_url: CheckUrl
    """Raises a refusal of ours for a URL that calls may no longer reach."""
    jitter: Callable[[], float] = random.random


async def deliver(courier: DeliveryContext, taken: DeliveryRow) -> DeliveryStatus:
    """Make the attempt that was taken and write its outcome; answers what became of the delivery."""
    with observe_delivery() as seen:
        status = await _deliver(courier, taken)
        seen.outcome = OUTCOMES[status]
        return status


OUTCOMES: dict[DeliveryStatus, str] = {
    "delivered": "delivered",
    "pending": "retried",
    "failed": "given_up",
    "dropped": "disabled",
}
"""What became of a delivery, in the words of metrics."""


async def _deliver(courier: DeliveryContext, taken: DeliveryRow) -> DeliveryStatus:
    webhook = await webhooks.get(courier.database, taken.tenant_id, taken.webhook_id)
    if webhook is None or webhook.status != "active":
        await deliveries.settle(courier.database, taken, "dropped")
        return "dropped"
    answer = await _attempt(courier, webhook, taken)
    outcome = planned(answer, taken.attempts, courier.database.clock(), courier.jitter())
    await deliveries.settle(
        courier.database,
        taken,
        outcome.status,
        next_attempt_at=outcome.next_attempt_at,
        last_status=answer.status,
        last_error=answer.error,
    )
    await _note(courier.database, webhook, answer)
    return outcome.status


def planned(answer: WebhookAnswer, attempts: int, now: datetime, jitter: float) -> Outcome:
    """What follows from an answer to the attempt of this number; `jitter` is from 0 to 1."""
    if answer.error is None:
        return Outcome(status="delivered")
    if answer.error in {"gone", "too_large"} or attempts >= ATTEMPTS:
        return Outcome(status="failed")
    delay = DELAYS[attempts - 1] * (1 + JITTER * jitter)
    asked = timedelta(seconds=answer.retry_after or 0)
    return Outcome(status="pending", next_attempt_at=now + max(delay, asked))


async def _attempt(courier: DeliveryContext, webhook: WebhookRow, taken: DeliveryRow) -> WebhookAnswer:
    try:
        courier.check_url(webhook.url)
        request = signed_request(courier.vault, webhook, taken, courier.database.clock())
    except UnifiedError:
        return WebhookAnswer(error="destination_refused")
    except VaultError:
        return WebhookAnswer(error="secret_unreadable")
    return await courier.send(request)


def signed_request(vault: Vault, webhook: WebhookRow, taken: DeliveryRow, now: datetime) -> WebhookRequest:
    """The request of one attempt, signed with every secret that counts now; raises VaultError."""
    body, timestamp = taken.payload.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Unified-Webhooks/{__version__}",
        "Accept-Encoding": "identity",
        "webhook-id": taken.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": webhook_signature(_secrets(vault, webhook, now), taken.id, timestamp, body),
    }
    return WebhookRequest(url=webhook.url, headers=headers, body=body)


def _secrets(vault: Vault, webhook: WebhookRow, now: datetime) -> list[str]:
    sealed = [(WEBHOOK_SECRET, webhook.secret)]
    if webhook.previous_secret is not None and webhook.previous_until is not None and webhook.previous_until > now:
        sealed.append((PREVIOUS_SECRET, webhook.previous_secret))
    return [open_text(vault, column, webhook.tenant_id, webhook.id, one).decode() for column, one in sealed]


async def _note(database: Database, webhook: WebhookRow, answer: WebhookAnswer) -> None:
    """Keep count of a receiver's failures, and disable its webhook when there are enough."""
    if answer.error in OURS:
        return
    if answer.error is None:
        await webhooks.note_success(database, webhook.tenant_id, webhook.id)
        return
    since = await webhooks.note_failure(database, webhook.tenant_id, webhook.id)
    failing = since is not None and database.clock() - since >= FAILING
    reason = "gone" if answer.error == "gone" else "failing" if failing else None
    if reason is not None and await webhooks.disable(database, webhook.tenant_id, webhook.id, reason):
        log.warning("webhook_disabled", webhook_id=webhook.id, reason=reason)
