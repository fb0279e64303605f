"""What webhooks tell: ids and states of what the product manages, never a record of a provider."""

from datetime import datetime
from typing import Any

import msgspec

from unified.store.accounts import AccountRow
from unified.store.deliveries import Event

EVENTS = (
    "account.connected",
    "account.needs_reauth",
    "account.reactivated",
    "account.deleted",
)
"""Every event that a webhook can ask for."""


def account_event(name: str, row: AccountRow, at: datetime) -> Event:
    """An event of one account, as it is after the change."""
    data = {
        "account_id": row.id,
        "provider": row.provider,
        "external_id": row.external_id,
        "status": row.status,
        "status_reason": row.status_reason,
    }
    return event(name, data, at)


def event(name: str, data: dict[str, Any], at: datetime) -> Event:
    """An event in the form that Standard Webhooks recommends: `type`, `timestamp`, `data`."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Event(name=name, payload=msgspec.json.encode({"type": name, "timestamp": stamp, "data": data}).decode())
