"""Attempts against real receivers: what is sent, what each kind of answer leads to, and what is kept of it."""

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa
from standardwebhooks import WebhookVerificationError

from tests.webhooks import receiver as receivers
from tests.webhooks.conftest import LEASE
from tests.webhooks.receiver import answering
from unified.service.webhooks.delivery import DELAYS, DISABLE_AFTER, MAX_ATTEMPTS, deliver, plan_next_attempt
from unified.store import deliveries, webhooks
from unified.store.deliveries import Event
from unified.store.engine.tables import DELIVERIES, WEBHOOKS
from unified.store.webhooks import WebhookChanges
from unified.transport.webhook_client import MAX_RESPONSE_BYTES, WebhookAnswer

pytestmark = pytest.mark.slow

HALF = 1 + 0.2 * 0.5  # the courier of these tests always draws half of the jitter


async def test_an_event_arrives_signed_and_is_done(post):
    secret = await post.webhook()
    await post.event()
    assert await post.attempt() == "delivered"
    (received,) = post.receiver.received
    told = post.verify(received, secret)
    assert (told["type"], told["data"]["account_id"]) == ("account.connected", "acc_1")
    row = await post.row()
    assert received.line == "POST /hooks?team=7 HTTP/1.1"
    assert received.headers["webhook-id"] == row.id
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Unified-Webhooks/")
    assert not {"authorization", "cookie"} & received.headers.keys()
    assert (row.status, row.attempts, row.last_status, row.last_error) == ("delivered", 1, 204, None)
    assert (row.delivered_at, row.next_attempt_at) == (post.clock.now, None)
    assert await post.attempt() is None


async def test_a_failed_attempt_is_made_again_with_the_same_id_and_a_new_time(post):
    post.receiver.behaviours = [answering(500, b"oops"), answering(200)]
    secret = await post.webhook()
    await post.event()
    assert await post.attempt() == "pending"
    row = await post.row()
    assert (row.status, row.attempts, row.last_status, row.last_error) == ("pending", 1, 500, "http_error")
    assert row.next_attempt_at == post.clock.now + DELAYS[0] * HALF
    assert (await post.hook()).failing_since == post.clock.now
    assert await post.attempt() is None
    post.clock.forward(minutes=10)
    assert await post.attempt() == "delivered"
    first, second = post.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600
    assert post.verify(second, secret)
    with pytest.raises(WebhookVerificationError, match="too old"):
        post.verify(first, secret)
    assert (await post.hook()).failing_since is None


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        (answering(400), 400, "http_error"),
        (answering(404, b"x" * 5000), 404, "http_error"),
        (answering(301, Location="http://127.0.0.1:1/elsewhere"), 301, "redirect"),
        (answering(307, Location="/other"), 307, "redirect"),
        (answering(304), 304, "redirect"),
        (receivers.never, None, "timeout"),
        (receivers.slowly(3, answering(200)), None, "timeout"),
        (receivers.hang_up, None, "broken_answer"),
        (receivers.garbage, None, "broken_answer"),
    ],
    ids=["400", "404", "301", "307", "304", "never", "too slow", "hang up", "garbage"],
)
async def test_every_other_failure_is_reported_by_a_code_and_tried_again(post, behaviour, status, error):
    post.receiver.behaviours = [behaviour]
    await post.webhook()
    await post.event()
    assert await post.attempt() == "pending"
    row = await post.row()
    assert (row.last_status, row.last_error) == (status, error)
    assert row.next_attempt_at == post.clock.now + DELAYS[0] * HALF
    assert len(post.receiver.received) == 1, "a redirect is not followed"


async def test_a_receiver_that_is_not_there_is_unreachable(post):
    await post.webhook(url="http://127.0.0.1:1/hooks")
    await post.event()
    assert await post.attempt() == "pending"
    assert (await post.row()).last_error == "unreachable"


async def test_a_slow_answer_within_the_time_counts(post):
    post.receiver.behaviours = [receivers.slowly(0.2, answering(202, b"thanks"))]
    await post.webhook()
    await post.event()
    assert await post.attempt() == "delivered"


@pytest.mark.parametrize("behaviour", [receivers.drip, receivers.bomb(50_000_000)], ids=["drip", "bomb"])
async def test_the_status_stands_whatever_the_body_does(post, behaviour):
    post.receiver.behaviours = [behaviour]
    await post.webhook()
    await post.event()
    assert await post.attempt() == "delivered"


async def test_of_a_huge_answer_only_a_little_is_read(post):
    endless = receivers.Endless()
    post.receiver.behaviours = [endless]
    await post.webhook()
    await post.event()
    assert await post.attempt() == "delivered"
    in_the_buffers = 8 * 1024 * 1024
    assert MAX_RESPONSE_BYTES <= endless.sent < in_the_buffers


async def test_gone_disables_the_webhook_and_drops_what_waits_for_it(post):
    post.receiver.behaviours = [answering(410)]
    await post.webhook()
    await post.webhook("whk_2")
    for number in range(3):
        await post.event(f"acc_{number}")
    taken = await deliveries.take_due(post.database, lease=LEASE, room=1, each=1, busy={"whk_2"})
    assert await deliver(post.courier, taken[0]) == "failed"
    hook = await post.hook()
    assert (hook.status, hook.status_reason) == ("disabled", "gone")
    rows = (await deliveries.list_page(post.database, "ten_1", "whk_1")).items
    assert sorted(row.status for row in rows) == ["dropped", "dropped", "failed"]
    assert {row.last_error for row in rows if row.status == "failed"} == {"gone"}
    others = (await deliveries.list_page(post.database, "ten_1", "whk_2")).items
    assert {row.status for row in others} == {"pending"}
    await post.event("acc_later")
    assert len((await deliveries.list_page(post.database, "ten_1", "whk_1")).items) == 3


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (429, "600", timedelta(minutes=10)),
        (503, "3600", timedelta(hours=1)),
        (503, "99999999", timedelta(days=1)),
        (429, "1", DELAYS[0] * HALF),
        (429, "soon", DELAYS[0] * HALF),
        (500, "600", DELAYS[0] * HALF),
    ],
)
async def test_a_wait_that_is_asked_for_is_kept_within_a_day(post, status, asked, wait):
    post.receiver.behaviours = [answering(status, Retry_After=asked)]
    await post.webhook()
    await post.event()
    assert await post.attempt() == "pending"
    assert (await post.row()).next_attempt_at == post.clock.now + wait


async def test_after_the_last_attempt_the_delivery_has_failed(post):
    post.receiver.behaviours = [answering(500)]
    await post.webhook()
    await post.event()
    begun = post.clock.now
    outcomes = []
    while (row := await post.row()).status == "pending":
        post.clock.now = row.next_attempt_at
        outcomes.append(await post.attempt())
    assert outcomes == ["pending"] * (MAX_ATTEMPTS - 1) + ["failed"]
    assert timedelta(days=2, hours=12) < post.clock.now - begun < timedelta(days=4)
    assert len(set(post.receiver.ids)) == 1
    assert (await post.hook()).status == "active"
    assert (row.attempts, row.next_attempt_at) == (MAX_ATTEMPTS, None)


async def test_a_webhook_that_fails_for_five_days_is_disabled(post):
    post.receiver.behaviours = [answering(500)]
    await post.webhook()
    await post.event()
    await post.attempt()
    post.clock.forward(days=4, hours=23)
    await post.attempt()
    assert (await post.hook()).status == "active"
    post.clock.now += DISABLE_AFTER
    await post.attempt()
    hook = await post.hook()
    assert (hook.status, hook.status_reason) == ("disabled", "failing")
    assert (await post.row()).status == "dropped"


async def test_one_success_ends_the_count_of_days(post):
    post.receiver.behaviours = [answering(500), answering(200), answering(500)]
    await post.webhook()
    await post.event()
    await post.attempt()
    post.clock.forward(days=4)
    assert await post.attempt() == "delivered"
    post.clock.forward(days=4)
    await post.event("acc_2")
    assert await post.attempt() == "pending"
    assert (await post.hook()).status == "active"


async def test_a_webhook_activated_again_begins_again(post):
    post.receiver.behaviours = [answering(410), answering(200)]
    await post.webhook()
    await post.event()
    await post.attempt()
    await webhooks.update(post.database, "ten_1", "whk_1", WebhookChanges(status="active"))
    hook = await post.hook()
    assert (hook.status, hook.status_reason, hook.failing_since) == ("active", None, None)
    await post.event("acc_2")
    assert await post.attempt() == "delivered"


async def test_a_url_that_may_no_longer_be_called_is_marked_and_tried_later(post):
    """A72, by the rules for URLs: valid when it was registered, refused now; nothing is sent."""
    await post.webhook(url="https://10.0.0.5/hooks")
    await post.event()
    assert await post.attempt() == "pending"
    row = await post.row()
    assert (row.status, row.last_status, row.last_error) == ("pending", None, "destination_refused")
    assert row.next_attempt_at == post.clock.now + DELAYS[0] * HALF
    await webhooks.update(post.database, "ten_1", "whk_1", WebhookChanges(url=post.receiver.url))
    post.clock.forward(minutes=1)
    assert await post.attempt() == "delivered"


async def test_while_a_secret_rotates_both_verify_and_afterwards_only_the_new_one(post):
    old = await post.webhook()
    new = await post.rotate()
    await post.event()
    await post.attempt()
    post.clock.forward(hours=23)
    await post.event("acc_2")
    await post.attempt()
    for received in post.receiver.received[1:]:
        assert post.verify(received, old) == post.verify(received, new)
    post.clock.forward(hours=1)
    await post.event("acc_3")
    await post.attempt()
    last = post.receiver.received[-1]
    assert post.verify(last, new)
    with pytest.raises(WebhookVerificationError):
        post.verify(last, old)


async def test_a_secret_that_signs_no_more_is_forgotten(post):
    await post.webhook()
    await post.rotate()
    post.clock.forward(hours=23, minutes=59)
    assert await webhooks.forget_previous(post.database) == 0
    assert (await post.hook()).previous_secret is not None
    post.clock.forward(minutes=1)
    assert await webhooks.forget_previous(post.database) == 1
    hook = await post.hook()
    assert (hook.previous_secret, hook.previous_until) == (None, None)


async def test_a_second_rotation_ends_the_first_secret_at_once(post):
    first = await post.webhook()
    second = await post.rotate()
    third = await post.rotate()
    await post.event()
    await post.attempt()
    (received,) = post.receiver.received
    assert post.verify(received, second) == post.verify(received, third)
    with pytest.raises(WebhookVerificationError):
        post.verify(received, first)


async def test_a_secret_that_was_moved_from_another_webhook_signs_nothing(post):
    await post.webhook()
    await post.webhook("whk_2")
    moved = sa.update(WEBHOOKS).where(WEBHOOKS.c.id == "whk_1").values(secret=(await post.hook("whk_2")).secret)
    async with post.database.write() as connection:
        await connection.execute(moved)
    await post.event()
    taken = await deliveries.take_due(post.database, lease=LEASE, room=1, each=1, busy={"whk_2"})
    assert await deliver(post.courier, taken[0]) == "pending"
    assert (await post.row()).last_error == "secret_unreadable"
    assert post.receiver.received == []
    assert (await post.hook()).failing_since is None, "the receiver is not to blame"


async def test_an_event_over_the_bound_is_not_sent(post):
    await post.webhook()
    await deliveries.enqueue_to(post.database, "ten_1", "whk_1", Event(name="webhook.test", payload='"' + "x" * 20_000 + '"'))
    assert await post.attempt() == "failed"
    assert (await post.row()).last_error == "too_large"
    assert post.receiver.received == []


async def test_what_was_taken_before_the_webhook_was_disabled_is_not_sent(post):
    await post.webhook()
    await post.event()
    (taken,) = await deliveries.take_due(post.database, lease=LEASE, room=1, each=1)
    await webhooks.disable(post.database, "ten_1", "whk_1", "failing")
    assert await deliver(post.courier, taken) == "dropped"
    assert post.receiver.received == []
    assert (await post.row()).status == "dropped"


async def test_a_crash_between_sending_and_writing_sends_again_with_the_same_id(post):
    await post.webhook()
    await post.event()

    async def sends_and_dies(request):
        await post.courier.send(request)
        raise SystemExit

    (taken,) = await deliveries.take_due(post.database, lease=LEASE, room=1, each=1)
    with pytest.raises(SystemExit):
        await deliver(msgspec.structs.replace(post.courier, send=sends_and_dies), taken)
    assert await post.attempt() is None
    post.clock.now += LEASE
    assert await post.attempt() == "delivered"
    assert len(post.receiver.ids) == 2
    assert len(set(post.receiver.ids)) == 1


async def test_nothing_that_the_receiver_says_is_kept(post):
    said = b"canary-4f1c"
    post.receiver.behaviours = [answering(500, said, X_Note=said.decode())]
    await post.webhook()
    await post.event()
    await post.attempt()
    async with post.database.read() as connection:
        rows = [tuple(row) for table in (DELIVERIES, WEBHOOKS) for row in await connection.execute(sa.select(table))]
    assert rows
    assert said.decode() not in repr(rows)


def test_the_plan_takes_about_three_days():
    assert MAX_ATTEMPTS == 10
    assert timedelta(days=2, hours=20) < sum(DELAYS, timedelta()) < timedelta(days=3)
    assert list(DELAYS) == sorted(DELAYS)


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_a_wait_is_up_to_a_fifth_longer(clock, jitter):
    waits = [
        plan_next_attempt(WebhookAnswer(status=500, error="http_error"), attempt, clock.now, jitter).next_attempt_at - clock.now
        for attempt in range(1, MAX_ATTEMPTS)
    ]
    assert waits == [delay * (1 + 0.2 * jitter) for delay in DELAYS]
