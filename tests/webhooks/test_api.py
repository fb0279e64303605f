"""Webhooks over REST: made, shown masked, changed, rotated, tested, and found only by their tenant."""

import base64

import pytest

from tests.api.openapi.reading import check
from tests.keys import new_key
from unified.service.access.api_keys import create_key
from unified.store import tenants
from unified.vault.tokens import new_id

BODY = {"url": "https://hooks.example.com/unified?team=7", "events": ["account.needs_reauth", "account.deleted"]}
KNOWN = "Known: access.paused, access.resumed, account.connected, account.deleted, account.needs_reauth, account.reactivated, approval.decided, approval.requested, connect.failed, key.expiring, limit.reached, loop.stopped, oauth_app.invalid"


async def _made(world, **changes):
    answer = await world.client.post("/webhooks", json=BODY | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_secret_is_shown_once_and_masked_afterwards(world):
    answer = await world.client.post("/webhooks", json=BODY)
    made = answer.json()
    secret = made["secret"]
    assert answer.headers["location"] == f"/webhooks/{made['id']}"
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    check(made, "WebhookCreated")
    shown = await world.client.get(answer.headers["location"])
    assert shown.json() == {name: value for name, value in made.items() if name != "secret"}
    assert shown.json()["secret_masked"] == f"…{secret[-4:]}"
    check(shown.json(), "WebhookView")
    place = f"/webhooks/{made['id']}"
    patched = await world.client.patch(place, json={"events": ["account.deleted"]})
    tested = await world.client.post(f"{place}/test")
    for one in (shown, patched, tested, await world.client.get("/webhooks"), await world.client.get(f"{place}/deliveries")):
        assert secret not in one.text
        assert secret.removeprefix("whsec_") not in one.text


async def test_webhook_is_changed_disabled_and_deleted(world):
    place = f"/webhooks/{(await _made(world))['id']}"
    changed = (
        await world.client.patch(place, json={"url": "https://other.example.com/", "events": ["account.deleted"]})
    ).json()
    assert (changed["url"], changed["events"]) == ("https://other.example.com/", ["account.deleted"])
    disabled = (await world.client.patch(place, json={"status": "disabled"})).json()
    assert (disabled["status"], disabled["status_reason"], disabled["url"]) == ("disabled", None, changed["url"])
    refused = await world.client.post(f"{place}/test")
    told = "the webhook is disabled, so nothing is sent to it; set its status to active first"
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (409, "conflict", told)
    assert (await world.client.patch(place, json={"status": "active"})).json()["status"] == "active"
    assert (await world.client.delete(place)).status_code == 204
    for answer in (await world.client.get(place), await world.client.delete(place), await world.client.post(f"{place}/test")):
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such webhook")


async def test_rotation_shows_a_new_secret_once_and_says_how_long_the_old_one_signs(world):
    made = await _made(world)
    rotated = (await world.client.post(f"/webhooks/{made['id']}/rotate")).json()
    check(rotated, "WebhookCreated")
    assert rotated["secret"] != made["secret"]
    assert rotated["secret_masked"] == f"…{rotated['secret'][-4:]}"
    assert made["previous_secret_until"] is None
    assert rotated["previous_secret_until"] > rotated["updated_at"]
    shown = await world.client.get(f"/webhooks/{made['id']}")
    assert rotated["secret"] not in shown.text
    assert made["secret"] not in shown.text


async def test_test_event_is_queued_and_listed(world):
    made = await _made(world)
    queued = await world.client.post(f"/webhooks/{made['id']}/test")
    assert queued.status_code == 202
    check(queued.json(), "DeliveryView")
    assert (queued.json()["event"], queued.json()["status"], queued.json()["attempts"]) == ("webhook.test", "pending", 0)
    listed = (await world.client.get(f"/webhooks/{made['id']}/deliveries")).json()
    assert listed == {"data": [queued.json()], "next_cursor": None}


async def test_accounts_tell_of_their_changes(world):
    made = await _made(world, events=["account.connected", "account.needs_reauth", "account.reactivated", "account.deleted"])
    credentials = {"type": "bearer", "token": "pat-1234567890"}
    account = await world.client.post("/accounts", json={"provider": "hubspot", "name": "Acme", "credentials": credentials})
    place = account.headers["location"]
    for status in ("needs_reauth", "needs_reauth", "active", "active", "disabled", "active"):
        await world.client.patch(place, json={"status": status})
    await world.client.patch(place, json={"name": "Acme 2"})
    await world.client.delete(place)
    await world.client.delete(place)
    listed = (await world.client.get(f"/webhooks/{made['id']}/deliveries")).json()["data"]
    told = ["account.connected", "account.needs_reauth", "account.reactivated", "account.deleted"]
    assert sorted(one["event"] for one in listed) == sorted(told)


async def test_a_reason_ends_with_the_status_that_it_explains(world):
    from unified.service.runtime.events import account_events
    from unified.store import accounts

    account_id = world.accounts["hubspot"]
    event = account_events("account.needs_reauth")
    place = (world.services.database, world.tenant, account_id)
    await accounts.transition(*place, to="needs_reauth", reason="invalid_grant", event_of=event)
    shown = (await world.client.get(f"/accounts/{account_id}")).json()
    assert (shown["status"], shown["status_reason"]) == ("needs_reauth", "invalid_grant")
    shown = (await world.client.patch(f"/accounts/{account_id}", json={"status": "active"})).json()
    assert (shown["status"], shown["status_reason"]) == ("active", None)


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"events": []}, "/events", f"events: expected at least one. {KNOWN}"),
        (
            {"events": ["account.deleted", "account.delete"]},
            "/events/1",
            f"events: unknown event 'account.delete'. Did you mean 'account.deleted'? {KNOWN}",
        ),
        ({"events": ["webhook.test"]}, "/events/0", f"events: unknown event 'webhook.test'. {KNOWN}"),
        ({"events": "account.deleted"}, "/events", None),
        ({"url": 123454321}, "/url", None),
        ({"secret": "whsec_mine"}, "/secret", None),
        ({"url": "ftp://hooks.example.com"}, "/url", None),
        ({"url": "http://hooks.example.com"}, "/url", None),
        ({"url": "hooks.example.com"}, "/url", None),
        ({"url": "https://user:pass@hooks.example.com"}, "/url", None),
        ({"url": "https://hooks.example.com:8443/"}, "/url", None),
        ({"url": "https://hooks.example.com/#part"}, "/url", None),
        ({"url": "https://hooks.example.com/a b"}, "/url", None),
        ({"url": "https://hooks.example.com\\@evil.test/"}, "/url", None),
        ({"url": "https://hooks.example.com/" + "a" * 2000}, "/url", None),
        ({"url": "https://[::1"}, "/url", None),
    ],
)
async def test_bad_webhooks(world, change, pointer, detail):
    answer = await world.client.post("/webhooks", json=BODY | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    if detail is not None:
        assert answer.json()["detail"] == detail
    if pointer == "/url":
        assert str(change["url"]) not in answer.text
    if change.keys() <= {"url", "events"}:
        place = f"/webhooks/{(await _made(world))['id']}"
        assert (await world.client.patch(place, json=change)).status_code == 422
        assert (await world.client.get(place)).json()["url"] == BODY["url"]


async def test_an_event_that_is_named_twice_is_asked_for_once(world):
    made = await _made(world, events=["account.deleted", "account.connected", "account.deleted"])
    assert made["events"] == ["account.deleted", "account.connected"]


async def test_an_external_id_is_bounded_since_events_repeat_it(world):
    body = {"provider": "hubspot", "name": "Acme", "credentials": {"type": "bearer", "token": "pat-1234567890"}}
    for answer in (
        await world.client.post("/accounts", json=body | {"external_id": "x" * 501}),
        await world.client.patch(f"/accounts/{world.accounts['hubspot']}", json={"external_id": "x" * 501}),
    ):
        assert answer.status_code == 422
        assert answer.json()["detail"] == "external_id: expected at most 500 characters, got 501"
    assert (await world.client.post("/accounts", json=body | {"external_id": "x" * 500})).status_code == 201


async def test_webhooks_are_for_admins(world):
    made = await _made(world)
    as_app = {"Authorization": f"Bearer {await world.key(role='app')}"}
    for method, path in (
        ("GET", "/webhooks"),
        ("POST", "/webhooks"),
        ("GET", f"/webhooks/{made['id']}"),
        ("PATCH", f"/webhooks/{made['id']}"),
        ("DELETE", f"/webhooks/{made['id']}"),
        ("POST", f"/webhooks/{made['id']}/rotate"),
        ("POST", f"/webhooks/{made['id']}/test"),
        ("GET", f"/webhooks/{made['id']}/deliveries"),
    ):
        answer = await world.client.request(method, path, json={}, headers=as_app)
        assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope"), path
        assert (await world.client.request(method, path, json={}, headers={"Authorization": ""})).status_code == 401


async def test_another_tenants_webhook_is_answered_like_an_unknown_one(world):
    made = await _made(world)
    other = (await tenants.add(world.services.database, new_id("ten_"), name="other")).id
    _, key = await create_key(world.services, other, new_key(name="admin", role="admin"), maker=None)
    as_other = {"Authorization": f"Bearer {key}"}

    async def answers(webhook_id):
        found = []
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"status": "disabled"}),
            ("DELETE", "", None),
            ("POST", "/rotate", None),
            ("POST", "/test", None),
            ("GET", "/deliveries", None),
        ):
            answer = await world.client.request(method, f"/webhooks/{webhook_id}{path}", json=body, headers=as_other)
            content = {name: value for name, value in answer.json().items() if name != "request_id"}
            found.append((answer.status_code, content))
        return found

    theirs = await answers(made["id"])
    assert theirs == await answers(new_id("whk_"))
    assert {status for status, _ in theirs} == {404}
    assert (await world.client.get("/webhooks", headers=as_other)).json() == {"data": [], "next_cursor": None}
    assert (await world.client.get(f"/webhooks/{made['id']}")).json()["status"] == "active"
