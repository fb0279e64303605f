"""Which account is meant is said once, and what a key may not reach it learns nothing about."""

import pytest

REPEATED = [
    "/crm/contacts?account_id={id}&account_id={id}",
    "/crm/contacts?account_id={other}&account_id={id}",
    "/crm/contacts/1?account_id={other}&account_id={id}",
    "/crm/contacts/schema?account_id={other}&account_id={id}",
    "/crm/fields?model=contacts&account_id={other}&account_id={id}",
    "/crm/fields?model=contacts&model=accounts&account_id={id}",
    "/proxy/crm/v3/objects/contacts?account_id={other}&account_id={id}",
    "/tools?account_id={other}&account_id={id}",
    "/tools?methods=read&methods=write",
    "/accounts?limit=1&limit=2",
    "/audit?limit=1&limit=2",
    "/catalog/coverage?provider=jira&provider=hubspot",
]


def refused(answer, pointer):
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "validation_failed"), body
    assert pointer in [one["pointer"] for one in body["errors"]]
    assert body["errors"][0]["message"].endswith("expected one value") or "names another account" in body["detail"]


@pytest.mark.parametrize("path", REPEATED)
async def test_a_parameter_given_twice_is_refused(world, path):
    before = len(await world.reached())
    answer = await world.client.get(path.format(id=world.accounts["hubspot"], other=world.accounts["jira"]))
    names = [one.partition("=")[0] for one in path.partition("?")[2].split("&")]
    refused(answer, next(one for one in names if names.count(one) > 1))
    assert len(await world.reached()) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/crm/contacts"),
        ("GET", "/crm/contacts/1"),
        ("POST", "/crm/contacts"),
        ("POST", "/crm/contacts/batch"),
        ("DELETE", "/crm/contacts/1"),
        ("GET", "/proxy/crm/v3/objects/contacts"),
        ("GET", "/tools"),
        ("POST", "/tools/list_crm_contacts"),
    ],
)
async def test_a_header_that_names_another_account_is_refused(world, method, path):
    params, headers = {"account_id": world.accounts["hubspot"]}, {"Unified-Account": world.accounts["jira"]}
    refused(await world.client.request(method, path, params=params, headers=headers, json={}), "account_id")
    same = {"Unified-Account": world.accounts["hubspot"]}
    assert (await world.client.get("/crm/contacts", params=params, headers=same)).status_code == 200
    assert (await world.client.get("/crm/contacts", headers=same)).status_code == 200


async def test_a_tool_call_that_names_two_accounts_is_refused(world):
    body = {"account_id": world.accounts["hubspot"], "arguments": {}}
    answer = await world.client.post(
        "/tools/list_crm_contacts", json=body, headers={"Unified-Account": world.accounts["salesforce"]}
    )
    refused(answer, "account_id")


async def limited(world, scope, method, path, provider="jira"):
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    return await world.client.request(method, path, params={"account_id": world.accounts[provider]}, headers=headers, json={})


@pytest.mark.parametrize(
    ("scope", "method", "path", "code"),
    [
        ({"models": ["ticketing.tickets"]}, "GET", "/crm/contacts", "outside_models"),
        ({"models": ["ticketing.tickets"]}, "GET", "/ticketing/contacts", "outside_models"),
        ({"tags": ["crm"]}, "GET", "/hris/employees", "outside_tags"),
        ({}, "POST", "/ticketing/teams", "method_not_allowed_by_scope"),
        ({}, "POST", "/crm/contacts", "method_not_allowed_by_scope"),
        ({}, "POST", "/ticketing/tickets/1/escalate", "method_not_allowed_by_scope"),
        ({"methods": ["read", "write"], "writes": "deny"}, "DELETE", "/ticketing/teams/1", "writes_denied"),
    ],
)
async def test_the_scope_refuses_before_the_provider_is_revealed(world, scope, method, path, code):
    answer = await limited(world, scope, method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, code), answer.text
    assert "Offered" not in answer.text


async def test_a_refusal_names_only_models_that_the_key_reaches(world):
    every = await world.get("/crm/contacts", "jira")
    assert (every.status_code, every.json()["code"]) == (501, "not_supported")
    assert "ticketing.comments, " in every.json()["detail"]
    scope = {"models": ["ticketing.tickets", "crm.contacts"], "methods": ["read", "update"], "writes": "direct"}
    answer = await limited(world, scope, "GET", "/crm/contacts")
    assert answer.json()["detail"] == "Jira does not offer crm.contacts. Offered: ticketing.tickets"
    scope = {"models": ["ticketing.teams"], "methods": ["list", "write"], "writes": "direct"}
    answer = await limited(world, scope, "POST", "/ticketing/teams")
    assert answer.json()["detail"] == "Jira does not offer create of ticketing.teams. Offered: list"


# the replay of an idempotent create

BODY = {"last_name": "Replayed", "emails": [{"email": "replayed@new.example"}]}


async def created(world, scope, key="again-1"):
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}", "Idempotency-Key": key}
    params = {"account_id": world.accounts["hubspot"]}
    return await world.client.post("/crm/contacts", params=params, headers=headers, json=BODY)


async def test_a_repetition_reads_the_record_only_for_callers_who_may_read(world):
    writing = {"methods": ["read", "create"], "writes": "direct"}
    made = await created(world, writing)
    assert made.status_code == 201
    again = await created(world, writing)
    assert (again.json()["last_name"], again.headers["idempotent-replayed"]) == ("Replayed", "true")
    before = len(await world.reached())
    alone = await created(world, {"methods": ["create"], "writes": "direct"})
    assert (alone.status_code, alone.headers["idempotent-replayed"]) == (201, "true")
    known = alone.json()
    assert known.pop("id") == known.pop("remote_id") == made.json()["id"]
    assert set(map(str, known.values())) == {"None", "[]"}
    assert known.keys() == made.json().keys() - {"id", "remote_id"}
    assert len(await world.reached()) == before


async def test_a_repetition_shows_an_approval_only_to_the_key_that_asked(world):
    asking = {"methods": ["create"], "writes": "approve"}
    waiting = (await created(world, asking)).json()["approval"]
    for scope in (asking, {**asking, "writes": "direct"}, {"methods": ["read", "write"], "writes": "direct"}):
        answer = await created(world, scope)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
        assert waiting["id"] not in answer.text
        assert waiting["digest"] not in answer.text
    assert not [one for one in await world.reached() if one["method"] == "POST" and not one["path"].endswith("/batch/read")]


async def test_a_repetition_keeps_to_what_is_hidden_and_outside_now(world):
    writing = {"methods": ["read", "create"], "writes": "direct"}
    made = await created(world, writing)
    hidden = await created(world, {**writing, "fields": {"hide": ["crm.contacts.last_name"]}})
    assert (hidden.status_code, hidden.json()["code"]) == (403, "field_hidden"), "as a first one would be"
    other = await created(world, {**writing, "fields": {"hide": ["crm.contacts.lifecycle_stage"]}})
    assert (other.status_code, other.json()["lifecycle_stage"]) == (201, None)
    path = f"/accounts/{world.accounts['hubspot']}/resources"
    company = (await world.get("/crm/accounts", limit=1)).json()["data"][0]["id"]
    await world.send("PUT", path, {"crm.accounts": {"ids": [company]}})
    outside = await created(world, writing)
    assert (outside.status_code, outside.json()["code"]) == (403, "outside_resources"), "as a first one would be"
    await world.send("PUT", path, {})
    await world.send("DELETE", f"/crm/contacts/{made.json()['id']}")
    gone = await created(world, writing)
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    assert not [one for one in await world.reached() if one["method"] == "POST" and not one["path"].endswith("/batch/read")][1:]
