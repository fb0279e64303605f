"""The outbox of webhooks: an event is written in the transaction of the change that it tells of, and sent afterwards.

So an event is neither lost when a process dies nor told of a change that was undone.
"""

import secrets

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from unified.store.engine import Database
from unified.store.tables import DELIVERIES, WEBHOOKS


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; its payload holds ids and states, never business data."""

    name: str
    """Such as `account.needs_reauth`."""
    payload: str
    """The JSON text that is signed and sent."""


async def enqueue(database: Database, connection: AsyncConnection, tenant_id: str, event: Event) -> int:
    """Write one delivery for each active webhook of the tenant that asked for the event; answers how many."""
    query = select(WEBHOOKS.c.id, WEBHOOKS.c.events).where(WEBHOOKS.c.tenant_id == tenant_id, WEBHOOKS.c.status == "active")
    # A webhook that is deleted meanwhile would break the change that is told of; its deletion waits.
    query = query.with_for_update(read=True, key_share=True)
    wanted = [row.id for row in await connection.execute(query) if event.name in row.events]
    now = database.clock()
    rows = [
        {
            "id": f"msg_{secrets.token_hex(16)}",
            "tenant_id": tenant_id,
            "webhook_id": webhook_id,
            "event": event.name,
            "payload": event.payload,
            "status": "pending",
            "attempts": 0,
            "next_attempt_at": now,
            "created_at": now,
        }
        for webhook_id in wanted
    ]
    if rows:
        await connection.execute(insert(DELIVERIES), rows)
    return len(rows)
