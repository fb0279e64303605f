"""The background sender: bounded, not stopped by a failure, and stopped without losing anything."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from tests.webhooks.receiver import answering, slowly
from unified.app.assembly import assembled
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.runtime.events import EVENTS, event
from unified.service.webhooks.delivery import deliver
from unified.service.webhooks.dispatcher import Dispatcher, DispatcherLimits
from unified.service.webhooks.endpoints import NewWebhook, create_webhook, send_test
from unified.settings.settings import Settings
from unified.store import deliveries, tenants
from unified.transport.webhook_client import DEADLINE_SECONDS, DRAIN_SECONDS

QUICK = DispatcherLimits(poll_interval=0.02, error_interval=0.05)


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


async def _fill(post, count, webhook_id="whk_1"):
    for number in range(count):
        await deliveries.enqueue_to(post.database, "ten_1", webhook_id, event("webhook.test", {"n": number}, post.clock.now))


async def _wait_until(condition, seconds=20):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is anything that can be looked at
            await asyncio.sleep(0.01)


async def _run(sender, until, grace=5):
    task = asyncio.create_task(sender.run())
    try:
        await until()
    finally:
        sender.stop()
        await task
        await sender.drain(grace)


async def test_no_more_than_the_bounds_are_on_their_way(post):
    await post.webhook()
    await post.webhook("whk_2")
    await _fill(post, 12)
    await _fill(post, 12, "whk_2")
    running, most = {"whk_1": 0, "whk_2": 0}, {"whk_1": 0, "whk_2": 0, "all": 0}
    done = []

    async def counts(taken):
        running[taken.webhook_id] += 1
        most[taken.webhook_id] = max(most[taken.webhook_id], running[taken.webhook_id])
        most["all"] = max(most["all"], sum(running.values()))
        await asyncio.sleep(0.01)
        await deliveries.settle(post.database, taken, "delivered")
        running[taken.webhook_id] -= 1
        done.append(taken.id)

    sender = Dispatcher(post.database, counts, DispatcherLimits(max_concurrency=5, max_per_webhook=3, poll_interval=0.02))
    await _run(sender, lambda: _wait_until(lambda: len(done) == 24))
    assert len(set(done)) == 24
    assert most["all"] == 5
    assert max(most["whk_1"], most["whk_2"]) == 3


async def test_a_failing_delivery_does_not_stop_the_others_and_is_logged_by_kind(post):
    await post.webhook()
    await _fill(post, 3)
    seen = []

    async def breaks_once(taken):
        seen.append(taken.id)
        if len(seen) == 1:
            raise ValueError("secret-in-a-message")
        await deliver(post.courier, taken)

    sender = Dispatcher(post.database, breaks_once, QUICK)
    with structlog.testing.capture_logs() as logs:
        await _run(sender, lambda: _wait_until(lambda: len(post.receiver.received) == 2))
    (warning,) = [one for one in logs if one["log_level"] == "warning"]
    assert warning == {"event": "webhook_not_settled", "delivery_id": seen[0], "kind": "ValueError", "log_level": "warning"}
    assert seen[0] not in post.receiver.ids


async def test_a_database_that_fails_is_asked_again(post):
    await post.webhook()
    await _fill(post, 1)

    class Failing:
        def __init__(self):
            self.left = 2
            self.clock = post.database.clock

        def write(self):
            if self.left:
                self.left -= 1
                raise ConnectionRefusedError("no database at 10.1.2.3")
            return post.database.write()

    sender = Dispatcher(Failing(), lambda taken: deliver(post.courier, taken), QUICK)
    with structlog.testing.capture_logs() as logs:
        await _run(sender, lambda: _wait_until(lambda: post.receiver.received))
    paused = {
        "event": "webhooks_paused",
        "kind": "ConnectionRefusedError",
        "reason": "connection refused",
        "seconds": 0.05,
        "log_level": "warning",
    }
    assert [one for one in logs if one["log_level"] == "warning"] == [paused, paused]


async def test_a_stop_lets_what_is_on_its_way_end_and_takes_no_more(post):
    await post.webhook()
    await _fill(post, 6)
    post.receiver.behaviours = [slowly(0.2, answering(200))]
    sender = Dispatcher(
        post.database, lambda taken: deliver(post.courier, taken), DispatcherLimits(max_per_webhook=4, poll_interval=0.02)
    )
    await _run(sender, lambda: post.receiver.wait_for(4))
    rows = (await deliveries.list_page(post.database, "ten_1", "whk_1")).items
    assert sorted(row.status for row in rows) == ["delivered"] * 4 + ["pending"] * 2
    assert len(post.receiver.received) == 4


async def test_a_delivery_longer_than_the_grace_period_is_due_again_after_its_lease(post):
    await post.webhook()
    await _fill(post, 1)
    post.receiver.behaviours = [slowly(0.4, answering(200)), answering(200)]
    sender = Dispatcher(post.database, lambda taken: deliver(post.courier, taken), QUICK)
    await _run(sender, lambda: post.receiver.wait_for(1), grace=0.01)
    assert (await post.row()).status == "pending"
    assert await post.attempt() is None
    post.clock.now += QUICK.lease
    assert await post.attempt() == "delivered"
    assert len(set(post.receiver.ids)) == 1


async def test_old_deliveries_are_purged_in_passing(post):
    await post.webhook()
    await _fill(post, 1)
    assert await post.attempt() == "delivered"
    post.clock.now += deliveries.RETENTION

    async def purged():
        async with asyncio.timeout(20):
            while (await deliveries.list_page(post.database, "ten_1", "whk_1")).items:  # noqa: ASYNC110 - it is looked at
                await asyncio.sleep(0.02)

    await _run(Dispatcher(post.database, lambda taken: deliver(post.courier, taken), QUICK), purged)


def test_a_lease_outlasts_an_attempt():
    assert DispatcherLimits().lease > timedelta(seconds=2 * (DEADLINE_SECONDS + DRAIN_SECONDS))


@pytest.mark.slow
@pytest.mark.parametrize("background", [True, False])
async def test_a_server_sends_in_the_background_and_a_command_does_not(tmp_path, receiver, background):
    settings = Settings(home=tmp_path, allow_loopback=True, grace_period=5)
    async with assembled(settings, background=background) as services:
        await tenants.add(services.database, "ten_1", name="test")
        row, _ = await create_webhook(services, "ten_1", NewWebhook(url=receiver.url, events=list(EVENTS)))
        waiting = await send_test(services, "ten_1", row.id)
        credentials = {"type": "bearer", "token": "pat-1234567890"}
        asked = NewAccount(provider="hubspot", name="Acme", external_id="c-1", credentials=credentials)
        await create_account(services, "ten_1", asked)
        if background:
            await receiver.wait_for(2)
        else:
            await asyncio.sleep(1.5)
    assert len(receiver.received) == (2 if background else 0)
    assert not background or waiting.id in receiver.ids
