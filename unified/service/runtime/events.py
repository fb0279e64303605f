"""The events of webhooks: ids and states of what the product manages, never a record of a provider."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from unified.store.accounts import AccountRow
from unified.store.app_states import AppStateRow
from unified.store.approvals import ApprovalRow
from unified.store.deliveries import Event

EVENTS = (
    "account.connected",
    "account.needs_reauth",
    "account.reactivated",
    "account.deleted",
    "oauth_app.invalid",
    "approval.requested",
    "approval.decided",
)
"""Every event that a webhook can subscribe to."""
TEST_EVENT = "webhook.test"
"""Sent on request, only to the webhook that is tested."""
CHANGES = {
    ("connecting", "active"): "account.connected",
    ("active", "needs_reauth"): "account.needs_reauth",
    ("connecting", "needs_reauth"): "account.needs_reauth",
    ("disabled", "needs_reauth"): "account.needs_reauth",
    ("needs_reauth", "active"): "account.reactivated",
}
"""Status before and after -> the event of the change; other changes have none."""


def account_event(name: str, row: AccountRow, at: datetime) -> Event:
    """Return an event of one account, as it is after the change."""
    data = {
        "account_id": row.id,
        "provider": row.provider,
        "external_id": row.external_id,
        "status": row.status,
        "status_reason": row.status_reason,
    }
    return event(name, data, at)


def account_events(name: str) -> Callable[[AccountRow], Event]:
    """Return a function that makes the event from the account's new row, for a change that is always reported."""
    return lambda row: account_event(name, row, row.updated_at)


def status_event(before: AccountRow, after: AccountRow) -> Event | None:
    """Return the event of a change of status, if `CHANGES` has one for it."""
    name = CHANGES.get((before.status, after.status))
    return None if name is None else account_event(name, after, after.updated_at)


def app_event(row: AppStateRow, owner: str) -> Event:
    """Return the event that an OAuth app is refused; `owner` is `tenant` or `installation`."""
    at = row.invalid_since or row.not_before
    data = {"provider": row.provider, "owner": owner, "status": "invalid_client", "invalid_since": _stamp(at)}
    return event("oauth_app.invalid", data, at)


def approval_event(name: str, row: ApprovalRow, at: datetime) -> Event:
    """Return an event of one approval, as it is after the change; without its summary, which names fields and the account."""
    data = {
        "approval_id": row.id,
        "status": row.status,
        "status_reason": row.status_reason,
        "account_id": row.account_id,
        "model": row.model,
        "method": row.method,
        "tool": row.tool,
        "requested_by": row.requested_by,
        "decided_by": row.decided_by,
    }
    return event(name, data, at)


def approval_events(name: str, clock: Callable[[], datetime]) -> Callable[[ApprovalRow], Event]:
    """Return a function that makes the event from the approval's new row."""
    return lambda row: approval_event(name, row, clock())


def event(name: str, data: dict[str, Any], at: datetime) -> Event:
    """Return an event in the form that Standard Webhooks recommends: `type`, `timestamp`, `data`."""
    return Event(name=name, payload=msgspec.json.encode({"type": name, "timestamp": _stamp(at), "data": data}).decode())


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
