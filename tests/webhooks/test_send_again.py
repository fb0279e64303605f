"""A delivery is sent again from the page of its webhook: the same event, with the same id."""

import json

import pytest

from tests.web.people import signed_in
from unified.service.webhooks.endpoints import NewWebhook, WebhookPatch, create_webhook, send_test, update_webhook
from unified.store import deliveries


async def ended(world, status):
    """A webhook with one delivery that has ended."""
    hook, _ = await create_webhook(
        world.services, world.tenant, NewWebhook(url="https://hooks.example/x", events=["account.connected"])
    )
    row = await send_test(world.services, world.tenant, hook.id)
    (taken,) = await deliveries.take_due(world.services.database, lease=deliveries.RETENTION, room=1, each=1)
    await deliveries.settle(world.services.database, taken, status, last_status=500, last_error="http_error")
    return hook, row


async def listed(world, hook):
    return (await deliveries.list_page(world.services.database, world.tenant, hook.id)).items


@pytest.mark.parametrize("status", ["failed", "delivered", "dropped"])
async def test_it_is_due_again_with_its_id_and_payload(world, status):
    hook, row = await ended(world, status)
    async with signed_in(world) as person:
        page = await person.get(f"/ui/webhooks/{hook.id}")
        assert json.dumps(json.loads(row.payload), indent=2).splitlines()[1].strip().replace('"', "&#34;") in page.text
        answer = await person.send(f"/ui/webhooks/{hook.id}", f"/ui/webhooks/{hook.id}/again")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/webhooks/{hook.id}?notice=again")
    (again,) = await listed(world, hook)
    assert (again.id, again.payload, again.status, again.attempts) == (row.id, row.payload, "pending", 0)
    (taken,) = await deliveries.take_due(world.services.database, lease=deliveries.RETENTION, room=1, each=1)
    assert taken.id == row.id


async def test_one_that_waits_is_left_alone_and_a_paused_webhook_sends_nothing(world):
    hook, row = await ended(world, "failed")
    async with signed_in(world) as person:
        form = await person.get(f"/ui/webhooks/{hook.id}")
        for _ in range(2):
            await person.send(f"/ui/webhooks/{hook.id}", f"/ui/webhooks/{hook.id}/test")
        await update_webhook(world.services, world.tenant, hook.id, WebhookPatch(status="disabled"))
        token = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        sent = {"csrf": token, "delivery": row.id}
        answer = await person.client.post(f"/ui/webhooks/{hook.id}/again", data=sent, headers=person.headers)
        assert answer.headers["location"].endswith("?notice=not_sent")
        assert "Send again" not in (await person.get(f"/ui/webhooks/{hook.id}")).text
    assert "failed" in {one.status for one in await listed(world, hook)}


async def test_a_delivery_of_another_webhook_or_tenant_is_unknown(world):
    hook, row = await ended(world, "failed")
    other, _ = await ended(world, "failed")
    async with signed_in(world) as person:
        form = await person.get(f"/ui/webhooks/{other.id}")
        token = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        for delivery in (row.id, "msg_x", ""):
            sent = {"csrf": token, "delivery": delivery}
            answer = await person.client.post(f"/ui/webhooks/{other.id}/again", data=sent, headers=person.headers)
            assert answer.status_code == 404, delivery
    assert [one.status for one in await listed(world, hook)] == ["failed"]
