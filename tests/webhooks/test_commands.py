import json

import pytest

ADD = ("webhooks", "add", "--url", "https://hooks.example.com/a", "--event", "account.deleted", "--event", "account.connected")


@pytest.fixture
def tenant(run, folder):
    return json.loads(run("tenants", "add", "Acme", "--json")[1])


@pytest.fixture
def made(run, tenant):
    code, out, err = run(*ADD)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_webhook_is_made_and_its_secret_shown_once(run, made):
    assert made["events"] == ["account.deleted", "account.connected"]
    assert made["secret"].startswith("whsec_")
    code, listed, _ = run("webhooks", "list", "--json")
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert (code, json.loads(listed)["data"]) == (0, [shown])
    table = run("webhooks", "list")[1]
    assert made["id"] in table
    assert made["secret_masked"] in table
    assert made["secret"] not in listed + table


def test_a_webhook_is_made_from_a_body(run, tenant):
    body = {"url": "https://hooks.example.com/b", "events": ["account.needs_reauth"]}
    made = json.loads(run("webhooks", "add", "--json", "-", stdin=json.dumps(body))[1])
    assert {name: made[name] for name in body} == body


def test_a_test_event_waits_for_a_server(run, made):
    code, out, _ = run("webhooks", "test", made["id"])
    delivery = out.split()[0]
    hint = f"{delivery} is queued; a running server sends it. Next: unified webhooks deliveries {made['id']}\n"
    assert (code, out) == (0, hint)
    (listed,) = json.loads(run("webhooks", "deliveries", made["id"], "--json")[1])["data"]
    assert (listed["id"], listed["event"], listed["status"], listed["attempts"]) == (delivery, "webhook.test", "pending", 0)
    assert delivery in run("webhooks", "deliveries", made["id"])[1]


def test_a_webhook_is_deleted(run, made):
    assert run("webhooks", "deliveries", made["id"]) == (0, "No deliveries yet.\n", "")
    assert run("webhooks", "delete", made["id"]) == (0, f"{made['id']} deleted\n", "")
    for words in (("delete", made["id"]), ("test", made["id"]), ("deliveries", made["id"])):
        assert run("webhooks", *words) == (1, "", "unified: no such webhook\n")
    empty = "No webhooks yet. Create one: unified webhooks add --url URL --event EVENT\n"
    assert run("webhooks", "list") == (0, empty, "")


KNOWN = "Known: access.paused, access.resumed, account.connected, account.deleted, account.needs_reauth, account.reactivated, approval.decided, approval.requested, connect.failed, key.expiring, limit.reached, loop.stopped, oauth_app.invalid"


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (("--event", "account.deleted"), "--url is required; or pass the whole body with --json", 2),
        (("--url", "https://a.example.com"), "--event is required; or pass the whole body with --json", 2),
        (
            ("--url", "https://a.example.com", "--event", "gone"),
            f"events: unknown event 'gone'. {KNOWN}",
            1,
        ),
    ],
)
def test_a_webhook_that_cannot_be_made(run, tenant, words, message, code):
    assert run("webhooks", "add", *words) == (code, "", f"unified: {message}\n")


def test_another_tenants_webhook_is_unknown(run, made):
    run("tenants", "add", "Basil")
    assert run("webhooks", "delete", made["id"], "--tenant", "Basil") == (1, "", "unified: no such webhook\n")
    assert run("webhooks", "list", "--tenant", "Basil", "--json")[1].strip().startswith('{\n  "data": []')
