"""Webhooks: made, changed, rotated, tested; their secret is shown once and sealed."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors import Conflict, FieldProblem, NotFound, ValidationFailed, did_you_mean, known_names
from unified.secret import mask
from unified.service.runtime.events import EVENTS, TEST_EVENT, event
from unified.service.runtime.sealing import seal_text
from unified.service.runtime.services import Services
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow
from unified.store.pages import Page
from unified.store.sealed import WEBHOOK_SECRET
from unified.store.webhooks import WebhookChanges, WebhookRow, WebhookStatus
from unified.transport.webhook_client import check_webhook_url
from unified.vault.signatures import new_signing_secret
from unified.vault.tokens import new_id

NO_WEBHOOK = "no such webhook"


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when a webhook is made."""

    url: str
    events: list[str]


class WebhookPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of a webhook; what is left out stays."""

    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    status: WebhookStatus | UnsetType = UNSET


async def create_webhook(services: Services, tenant_id: str, asked: NewWebhook) -> tuple[WebhookRow, str]:
    """Make a webhook; answers the row and the secret that signs, which is never shown again."""
    check_webhook_url(asked.url, services.settings)
    events = checked_events(asked.events)
    webhook_id, secret = new_id("whk_"), new_signing_secret()
    sealed = seal_text(services.vault, WEBHOOK_SECRET, tenant_id, webhook_id, secret.encode())
    row = await webhooks.add(
        services.database, tenant_id, webhook_id, url=asked.url, events=events, secret=sealed, secret_masked=mask(secret)
    )
    return row, secret


def checked_events(names: list[str]) -> list[str]:
    """The events, each once; ValidationFailed names the known ones."""
    unknown = [(position, name) for position, name in enumerate(names) if name not in EVENTS]
    if unknown or not names:
        problems = tuple(_unknown(position, name) for position, name in unknown) or (
            FieldProblem(pointer="/events", code="required", message=f"expected at least one. Known: {known_names(EVENTS)}"),
        )
        raise ValidationFailed(f"events: {problems[0].message}", errors=problems)
    return list(dict.fromkeys(names))


def _unknown(position: int, name: str) -> FieldProblem:
    shown = name[:60]
    message = f"unknown event '{shown}'.{did_you_mean(shown, EVENTS)} Known: {known_names(EVENTS)}"
    return FieldProblem(pointer=f"/events/{position}", code="unknown", message=message)


async def list_webhooks(services: Services, tenant_id: str, *, limit: int, cursor: str | None) -> Page[WebhookRow]:
    """The tenant's webhooks."""
    return await webhooks.list_page(services.database, tenant_id, limit=limit, cursor=cursor)


async def get_webhook(services: Services, tenant_id: str, webhook_id: str) -> WebhookRow:
    """One webhook; NotFound also for another tenant's."""
    return _found(await webhooks.get(services.database, tenant_id, webhook_id))


async def update_webhook(services: Services, tenant_id: str, webhook_id: str, asked: WebhookPatch) -> WebhookRow:
    """Change a webhook; disabling it drops what waits, activating it forgets its old failures."""
    if asked.url is not UNSET:
        check_webhook_url(asked.url, services.settings)
    events = asked.events if asked.events is UNSET else checked_events(asked.events)
    changes = WebhookChanges(url=asked.url, events=events, status=asked.status)
    return _found(await webhooks.change(services.database, tenant_id, webhook_id, changes))


async def delete_webhook(services: Services, tenant_id: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries; NotFound also for another tenant's."""
    if not await webhooks.remove(services.database, tenant_id, webhook_id):
        raise NotFound(NO_WEBHOOK)


async def rotate_secret(services: Services, tenant_id: str, webhook_id: str) -> tuple[WebhookRow, str]:
    """Give the webhook a new secret, shown once; the one before signs too for 24 hours."""
    secret = new_signing_secret()
    sealed = seal_text(services.vault, WEBHOOK_SECRET, tenant_id, webhook_id, secret.encode())
    masked = mask(secret)
    return _found(await webhooks.rotate(services.database, tenant_id, webhook_id, secret=sealed, secret_masked=masked)), secret


async def send_test(services: Services, tenant_id: str, webhook_id: str) -> DeliveryRow:
    """Send a test event to this webhook, whatever it asked for; Conflict when it is disabled."""
    told = event(TEST_EVENT, {"webhook_id": webhook_id}, services.clock())
    row = await deliveries.enqueue_to(services.database, tenant_id, webhook_id, told)
    if row is None:
        await get_webhook(services, tenant_id, webhook_id)
        raise Conflict("the webhook is disabled, so nothing is sent to it; set its status to active first")
    return row


async def list_deliveries(
    services: Services, tenant_id: str, webhook_id: str, *, limit: int, cursor: str | None
) -> Page[DeliveryRow]:
    """What was sent to a webhook in the last 30 days, and what waits; NotFound also for another tenant's."""
    await get_webhook(services, tenant_id, webhook_id)
    return await deliveries.list_page(services.database, tenant_id, webhook_id, limit=limit, cursor=cursor)


def _found(row: WebhookRow | None) -> WebhookRow:
    if row is None:
        raise NotFound(NO_WEBHOOK)
    return row
