"""Events of accounts: written with the change or not at all, and one for each change, however many want it."""

import asyncio
import json

import pytest
import sqlalchemy as sa

from unified.errors.writes import Conflict
from unified.service.runtime.events import account_events, status_event
from unified.store import accounts
from unified.store.accounts import AccountChanges
from unified.store.deliveries import enqueue
from unified.store.engine.engine import open_database
from unified.store.engine.tables import DELIVERIES, WEBHOOKS

EVERY = ["account.connected", "account.needs_reauth", "account.reactivated", "account.deleted"]
LOST = account_events("account.needs_reauth")


async def _webhook(database, webhook_id="whk_1", tenant="ten_1", events=EVERY, status="active"):
    now = database.clock()
    row = {
        "id": webhook_id,
        "tenant_id": tenant,
        "url": "https://a.test",
        "events": events,
        "status": status,
        "secret": "v1.k.n.c",
    }
    async with database.write() as connection:
        await connection.execute(
            sa.insert(WEBHOOKS).values({**row, "secret_masked": "…", "created_at": now, "updated_at": now})
        )


async def _told(database):
    async with database.read() as connection:
        rows = await connection.execute(sa.select(DELIVERIES.c.webhook_id, DELIVERIES.c.payload).order_by(DELIVERIES.c.payload))
    return [(row.webhook_id, json.loads(row.payload)) for row in rows]


async def _account(database, account_id="acc_1", tenant="ten_1", **more):
    return await accounts.add(database, tenant, account_id, provider="hubspot", name="Acme", external_id="c-1", **more)


async def test_an_added_account_is_announced_to_subscribers(database):
    await _webhook(database)
    await _webhook(database, "whk_other", events=["account.deleted"])
    await _webhook(database, "whk_off", status="disabled")
    await _webhook(database, "whk_2", tenant="ten_2")
    await _account(database, event_of=account_events("account.connected"))
    data = {"account_id": "acc_1", "provider": "hubspot", "external_id": "c-1", "status": "active", "status_reason": None}
    told = {"type": "account.connected", "timestamp": "2026-01-01T12:00:00.000Z", "data": data}
    assert await _told(database) == [("whk_1", told)]


async def test_many_transitions_at_once_change_and_tell_once(database, url, clock):
    await _webhook(database)
    await _account(database)
    others = [await open_database(url, clock) for _ in range(3)]
    try:
        wanted = [
            accounts.transition(one, "ten_1", "acc_1", to="needs_reauth", reason="invalid_grant", event_of=LOST)
            for one in (database, *others)
            for _ in range(6)
        ]
        rows = [row for row in await asyncio.gather(*wanted) if row is not None]
    finally:
        for one in others:
            await one.close()
    assert [(row.status, row.status_reason, row.version) for row in rows] == [("needs_reauth", "invalid_grant", 2)]
    assert [told["type"] for _, told in await _told(database)] == ["account.needs_reauth"]
    assert await accounts.get(database, "ten_1", "acc_1") == rows[0]


async def test_many_recoveries_at_once_tell_once(database):
    await _webhook(database)
    await _account(database, status="needs_reauth")
    change = AccountChanges(status="active")
    wanted = [accounts.update(database, "ten_1", "acc_1", change, event_of=status_event) for _ in range(12)]
    assert {row.status for row in await asyncio.gather(*wanted)} == {"active"}
    assert [told["type"] for _, told in await _told(database)] == ["account.reactivated"]


@pytest.mark.parametrize(
    "condition", [{"credentials_version": 7}, {"expected": "connecting"}, {"to": "active"}], ids=["fence", "expected", "same"]
)
async def test_a_transition_whose_condition_fails_changes_and_tells_nothing(database, condition):
    await _webhook(database)
    before = await _account(database)
    asked = {"to": "needs_reauth", "reason": "invalid_grant", "event_of": LOST, **condition}
    assert await accounts.transition(database, "ten_1", "acc_1", **asked) is None
    assert await accounts.get(database, "ten_1", "acc_1") == before
    assert await _told(database) == []


async def test_a_transition_under_its_conditions_is_made(database):
    await _account(database)
    asked = {"to": "needs_reauth", "reason": "revoked", "event_of": LOST, "expected": "active", "credentials_version": 0}
    assert (await accounts.transition(database, "ten_1", "acc_1", **asked)).status_reason == "revoked"


async def test_another_tenants_account_is_not_brought_anywhere(database):
    await _webhook(database, tenant="ten_2")
    before = await _account(database)
    assert await accounts.transition(database, "ten_2", "acc_1", to="disabled", reason=None, event_of=LOST) is None
    assert not await accounts.delete(database, "ten_2", "acc_1", event_of=account_events("account.deleted"))
    assert await accounts.get(database, "ten_1", "acc_1") == before
    assert await _told(database) == []


async def test_a_change_that_cannot_be_told_of_is_not_made(database):
    before = await _account(database)

    def fails(*_rows):
        raise RuntimeError("no event")

    for change in (
        accounts.transition(database, "ten_1", "acc_1", to="needs_reauth", reason=None, event_of=fails),
        accounts.update(database, "ten_1", "acc_1", AccountChanges(name="New"), event_of=fails),
        accounts.delete(database, "ten_1", "acc_1", event_of=fails),
    ):
        with pytest.raises(RuntimeError, match="no event"):
            await change
    assert await accounts.get(database, "ten_1", "acc_1") == before


async def test_a_refused_version_tells_nothing(database):
    await _webhook(database)
    await _account(database, status="needs_reauth")
    with pytest.raises(Conflict):
        await accounts.update(database, "ten_1", "acc_1", AccountChanges(status="active"), version=9, event_of=status_event)
    assert await _told(database) == []


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("connecting", "active", "account.connected"),
        ("active", "needs_reauth", "account.needs_reauth"),
        ("needs_reauth", "active", "account.reactivated"),
        ("needs_reauth", "needs_reauth", None),
        ("active", "disabled", None),
        ("disabled", "active", None),
    ],
)
async def test_changes_of_status_and_their_events(database, before, after, name):
    await _webhook(database)
    await _account(database, status=before)
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(status=after), event_of=status_event)
    assert [told["type"] for _, told in await _told(database)] == ([] if name is None else [name])


class Between:
    """A connection on which something happens after the first query, which finds the webhooks."""

    def __init__(self, connection, happens):
        self._connection = connection
        self.sync_connection = connection.sync_connection
        self._happens = [happens]

    async def execute(self, *words):
        found = await self._connection.execute(*words)
        if self._happens:
            await self._happens.pop()()
        return found


async def test_a_webhook_deleted_meanwhile_does_not_break_the_change(database):
    await _webhook(database)
    row = await _account(database)

    async def deletes():
        async with database.write() as connection:
            await connection.execute(sa.delete(WEBHOOKS))

    async with database.write() as connection:
        begun = []

        async def begins():
            begun.append(asyncio.create_task(deletes()))
            await asyncio.sleep(0.3)

        assert await enqueue(database, Between(connection, begins), "ten_1", LOST(row)) == 1
        assert not begun[0].done()
    await begun[0]
    assert await _told(database) == []
