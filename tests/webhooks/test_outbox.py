"""The outbox: taken by one at a time, back after the lease, settled by whoever holds it, kept apart by tenant."""

import asyncio
from datetime import timedelta

import pytest

from tests.webhooks.conftest import LEASE
from unified.service.runtime.events import event
from unified.store import deliveries, webhooks
from unified.store.engine.engine import open_database
from unified.store.webhooks import WebhookChanges


async def _fill(post, count, webhook_id="whk_1", tenant="ten_1"):
    """Deliveries in the order in which they became due."""
    made = []
    for number in range(count):
        told = event("webhook.test", {"number": number}, post.clock.now)
        made.append(await deliveries.enqueue_to(post.database, tenant, webhook_id, told))
        post.clock.forward(seconds=1)
    return [one.id for one in made]


async def _take(post, room=10, each=10, **more):
    return await deliveries.take_due(post.database, lease=LEASE, room=room, each=each, **more)


async def test_what_is_due_is_taken_once_the_longest_waiting_first(post):
    await post.webhook()
    ids = await _fill(post, 5)
    first = await _take(post, room=2)
    assert {one.id for one in first} == set(ids[:2])
    assert {one.attempts for one in first} == {1}
    assert {one.id for one in await _take(post)} == set(ids[2:])
    assert await _take(post) == ()


async def test_deliveries_that_are_not_due_are_left(post):
    await post.webhook()
    await _fill(post, 1)
    (taken,) = await _take(post)
    later = post.clock.now + timedelta(minutes=5)
    await deliveries.settle(post.database, taken, "pending", next_attempt_at=later, last_status=500, last_error="http_error")
    assert await _take(post) == ()
    post.clock.now = later
    assert [one.id for one in await _take(post)] == [taken.id]


async def test_a_delivery_of_a_dead_worker_comes_back_when_its_lease_ends(post):
    await post.webhook()
    await _fill(post, 1)
    (taken,) = await _take(post)
    post.clock.now += LEASE - timedelta(seconds=1)
    assert await _take(post) == ()
    post.clock.forward(seconds=1)
    (again,) = await _take(post)
    assert (again.id, again.attempts) == (taken.id, 2)


async def test_a_late_worker_does_not_write_over_the_one_after_it(post):
    await post.webhook()
    await _fill(post, 1)
    (late,) = await _take(post)
    post.clock.now += LEASE
    (current,) = await _take(post)
    later = post.clock.now + timedelta(days=1)
    assert not await deliveries.settle(post.database, late, "pending", next_attempt_at=later)
    assert not await deliveries.settle(post.database, late, "failed")
    assert await deliveries.settle(post.database, current, "failed", last_error="timeout")
    assert not await deliveries.settle(post.database, late, "delivered", last_status=200)
    assert (await post.row()).status == "failed"


async def test_a_late_success_counts_while_nothing_else_was_written(post):
    await post.webhook()
    await _fill(post, 1)
    (late,) = await _take(post)
    post.clock.now += LEASE
    (current,) = await _take(post)
    assert await deliveries.settle(post.database, late, "delivered", last_status=200)
    assert not await deliveries.settle(post.database, current, "pending", next_attempt_at=post.clock.now)
    assert (await post.row()).status == "delivered"


async def test_one_webhook_does_not_take_all_the_room(post):
    await post.webhook()
    await post.webhook("whk_2", tenant="ten_2")
    await _fill(post, 8)
    await _fill(post, 1, "whk_2", "ten_2")
    taken = await _take(post, room=5, each=3)
    assert sorted(one.webhook_id for one in taken) == ["whk_1"] * 3 + ["whk_2"]
    assert await _take(post, busy={"whk_1", "whk_2"}) == ()
    assert len(await _take(post, busy={"whk_2"})) == 5


async def test_many_workers_at_once_take_each_delivery_once(post, url, clock):
    await post.webhook()
    ids = await _fill(post, 60)
    workers = [await open_database(url, clock) for _ in range(4)]

    async def takes(database):
        got = []
        for _ in range(20):
            got += [one.id for one in await deliveries.take_due(database, lease=LEASE, room=5, each=5)]
        return got

    try:
        taken = [one for got in await asyncio.gather(*map(takes, workers)) for one in got]
    finally:
        for one in workers:
            await one.close()
    assert sorted(taken) == sorted(ids)


async def test_a_disabled_webhook_is_told_nothing_and_what_waited_is_dropped(post):
    await post.webhook()
    await _fill(post, 2)
    row = await webhooks.update(post.database, "ten_1", "whk_1", WebhookChanges(status="disabled"))
    assert (row.status, row.status_reason) == ("disabled", None)
    assert await _take(post) == ()
    assert {one.status for one in (await deliveries.list_page(post.database, "ten_1", "whk_1")).items} == {"dropped"}
    assert await deliveries.enqueue_to(post.database, "ten_1", "whk_1", event("webhook.test", {}, post.clock.now)) is None
    assert await webhooks.disable(post.database, "ten_1", "whk_1", "gone") is None
    assert (await post.hook()).status_reason is None


async def test_what_ended_is_kept_for_thirty_days_and_what_waits_for_as_long_as_it_does(post):
    await post.webhook()
    await _fill(post, 2)
    (ended,) = await _take(post, room=1)
    await deliveries.settle(post.database, ended, "delivered", last_status=200)
    post.clock.forward(days=29, hours=23)
    assert await deliveries.purge_old(post.database) == 0
    post.clock.forward(hours=2)
    assert await deliveries.purge_old(post.database) == 1
    assert [one.status for one in (await deliveries.list_page(post.database, "ten_1", "whk_1")).items] == ["pending"]


async def test_deliveries_are_listed_page_by_page_oldest_first(post):
    await post.webhook()
    await post.webhook("whk_2")
    ids = await _fill(post, 5)
    await _fill(post, 1, "whk_2")
    first = await deliveries.list_page(post.database, "ten_1", "whk_1", limit=3)
    rest = await deliveries.list_page(post.database, "ten_1", "whk_1", limit=3, cursor=first.next_cursor)
    assert [one.id for one in (*first.items, *rest.items)] == ids
    assert rest.next_cursor is None


async def test_another_tenants_webhook_is_like_an_unknown_one(post):
    await post.webhook()
    await _fill(post, 1)
    before = await post.hook()
    for tenant, webhook_id in (("ten_2", "whk_1"), ("ten_1", "whk_unknown")):
        place = (post.database, tenant, webhook_id)
        assert await webhooks.get(*place) is None
        assert await webhooks.update(*place, WebhookChanges(url="https://evil.test")) is None
        assert await webhooks.update(*place, WebhookChanges(status="disabled")) is None
        assert await webhooks.disable(*place, "gone") is None
        assert await webhooks.rotate(*place, secret="v1.k.n.c", secret_masked="…") is None
        assert await webhooks.note_failure(*place) is None
        assert not await webhooks.delete(*place)
        assert await deliveries.enqueue_to(*place, event("webhook.test", {}, post.clock.now)) is None
        assert (await deliveries.list_page(*place)).items == ()
    assert await post.hook() == before
    assert (await webhooks.list_page(post.database, "ten_2")).items == ()
    assert (await post.row()).status == "pending"


async def test_a_deleted_webhook_takes_its_deliveries_with_it(post):
    await post.webhook()
    await _fill(post, 2)
    assert await webhooks.delete(post.database, "ten_1", "whk_1")
    assert await _take(post) == ()
    assert (await deliveries.list_page(post.database, "ten_1", "whk_1")).items == ()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_events_reach_only_the_webhooks_of_their_tenant(post):
    await post.webhook()
    await post.webhook("whk_2", tenant="ten_2")
    await post.event("acc_2", tenant="ten_2")
    assert (await deliveries.list_page(post.database, "ten_1", "whk_1")).items == ()
    assert (await post.row("whk_2", "ten_2")).event == "account.connected"


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(days=3650)], ids=str)
async def test_deliveries_written_while_a_clock_was_ahead_are_sent_once_the_clock_is_right(post, ahead):
    await post.webhook()
    post.clock.now += ahead
    (written,) = await _fill(post, 1)
    post.clock.now -= ahead
    (taken,) = await _take(post)
    assert taken.id == written
    post.clock.now += ahead + LEASE
    assert [one.id for one in await _take(post)] == [written], "its sender died"
    post.clock.now -= ahead
    assert [one.id for one in await _take(post)] == [written]
