"""Webhooks: created, changed, rotated and tested; their secret is shown once and sealed."""

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.error import MOST_PROBLEMS, FieldProblem
from unified.errors.names import known_names, suggestion
from unified.errors.requests import NotFound, ValidationFailed
from unified.errors.writes import Conflict
from unified.secret import mask
from unified.service.row_limits import require_room
from unified.service.runtime.events import EVENTS, TEST_EVENT, WebhookPing, event
from unified.service.runtime.sealing import seal_text
from unified.service.runtime.services import Services
from unified.store import deliveries, webhooks
from unified.store.deliveries import DeliveryRow
from unified.store.integrity.sealed import WEBHOOK_SECRET
from unified.store.queries.pages import Page
from unified.store.webhooks import WebhookChanges, WebhookRow, WebhookStatus
from unified.transport.webhook_client import check_webhook_url
from unified.vault.signatures import new_signing_secret
from unified.vault.tokens import new_id

NO_WEBHOOK = "no such webhook"


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to create a webhook."""

    url: str
    """Where events are sent, an `https` address."""
    events: list[str]
    """The events to send."""


class WebhookPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attributes of a webhook that can be changed; keys that are left out stay."""

    url: str | UnsetType = UNSET
    """Where events are sent, an `https` address."""
    events: list[str] | UnsetType = UNSET
    """Replaces the events to send."""
    status: WebhookStatus | UnsetType = UNSET
    """`disabled` to send nothing, `active` to send again."""


async def create_webhook(services: Services, tenant_id: str, requested: NewWebhook) -> tuple[WebhookRow, str]:
    """Create a webhook; return its row, and the signing secret, which is never shown again.

    Raises:
        ValidationFailed: the URL or an event cannot be used.
        Conflict: the tenant has as many webhooks as are allowed.
    """
    check_webhook_url(requested.url, services.settings)
    events = checked_events(requested.events)
    await require_room(services, tenant_id, "webhooks")
    webhook_id, secret = new_id("whk_"), new_signing_secret()
    sealed = seal_text(services.vault, WEBHOOK_SECRET, tenant_id, webhook_id, secret.encode())
    row = await webhooks.add(
        services.database, tenant_id, webhook_id, url=requested.url, events=events, secret=sealed, secret_masked=mask(secret)
    )
    return row, secret


def checked_events(names: list[str]) -> list[str]:
    """Return the events, each once.

    Raises:
        ValidationFailed: there is none, or one is unknown; the text names the known ones.
    """
    unknown = [(position, name) for position, name in enumerate(names) if name not in EVENTS]
    if unknown or not names:
        problems = tuple(_unknown(position, name) for position, name in unknown[:MOST_PROBLEMS]) or (
            FieldProblem(pointer="/events", code="required", message=f"expected at least one. Known: {known_names(EVENTS)}"),
        )
        raise ValidationFailed(f"events: {problems[0].message}", errors=problems)
    return list(dict.fromkeys(names))


def _unknown(position: int, name: str) -> FieldProblem:
    shown = name[:60]
    message = f"unknown event '{shown}'.{suggestion(shown, EVENTS)}"
    return FieldProblem(pointer=f"/events/{position}", code="unknown", message=message)


async def list_webhooks(services: Services, tenant_id: str, *, limit: int, cursor: str | None) -> Page[WebhookRow]:
    """Return a page of the tenant's webhooks."""
    return await webhooks.list_page(services.database, tenant_id, limit=limit, cursor=cursor)


async def get_webhook(services: Services, tenant_id: str, webhook_id: str) -> WebhookRow:
    """Return one webhook.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    return _found(await webhooks.get(services.database, tenant_id, webhook_id))


async def update_webhook(services: Services, tenant_id: str, webhook_id: str, patch: WebhookPatch) -> WebhookRow:
    """Change a webhook; disabling it drops pending deliveries, activating it clears its failures.

    Raises:
        NotFound: it is unknown or another tenant's.
        ValidationFailed: the URL or an event cannot be used.
    """
    if patch.url is not UNSET:
        check_webhook_url(patch.url, services.settings)
    events = patch.events if patch.events is UNSET else checked_events(patch.events)
    changes = WebhookChanges(url=patch.url, events=events, status=patch.status)
    return _found(await webhooks.update(services.database, tenant_id, webhook_id, changes))


async def delete_webhook(services: Services, tenant_id: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    if not await webhooks.delete(services.database, tenant_id, webhook_id):
        raise NotFound(NO_WEBHOOK)


async def rotate_secret(services: Services, tenant_id: str, webhook_id: str) -> tuple[WebhookRow, str]:
    """Give a webhook a new secret, shown once; the previous one also signs for 24 hours.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    secret = new_signing_secret()
    sealed = seal_text(services.vault, WEBHOOK_SECRET, tenant_id, webhook_id, secret.encode())
    masked = mask(secret)
    return _found(await webhooks.rotate(services.database, tenant_id, webhook_id, secret=sealed, secret_masked=masked)), secret


async def send_test(services: Services, tenant_id: str, webhook_id: str) -> DeliveryRow:
    """Send a test event to this webhook, even if it subscribes to other events.

    Raises:
        NotFound: it is unknown or another tenant's.
        Conflict: it is disabled, or as many deliveries of the tenant wait as are allowed.
    """
    await require_room(services, tenant_id, "deliveries")
    test_event = event(TEST_EVENT, WebhookPing(webhook_id=webhook_id), services.clock())
    row = await deliveries.enqueue_to(services.database, tenant_id, webhook_id, test_event)
    if row is None:
        await get_webhook(services, tenant_id, webhook_id)
        raise Conflict("the webhook is disabled, so nothing is sent to it; set its status to active first")
    return row


async def send_again(services: Services, tenant_id: str, webhook_id: str, delivery_id: str) -> None:
    """Send an event once more, with its id, so that a receiver that has it recognises the repetition.

    Raises:
        NotFound: the webhook or the delivery is unknown, or another tenant's.
        Conflict: the webhook is disabled.
    """
    row = await get_webhook(services, tenant_id, webhook_id)
    if not await deliveries.send_again(services.database, tenant_id, webhook_id, delivery_id):
        if row.status == "disabled":
            raise Conflict("the webhook is disabled, so nothing is sent to it; set its status to active first")
        raise NotFound("no such delivery")


async def list_deliveries(
    services: Services, tenant_id: str, webhook_id: str, *, limit: int, cursor: str | None, newest_first: bool = False
) -> Page[DeliveryRow]:
    """Return a page of the deliveries to a webhook in the last 30 days, and of those that are pending.

    Raises:
        NotFound: it is unknown or another tenant's.
    """
    await get_webhook(services, tenant_id, webhook_id)
    return await deliveries.list_page(
        services.database, tenant_id, webhook_id, limit=limit, cursor=cursor, newest_first=newest_first
    )


def _found(row: WebhookRow | None) -> WebhookRow:
    if row is None:
        raise NotFound(NO_WEBHOOK)
    return row
