"""An upsert: the provider itself creates a record or updates the one that has the same external key, or nothing is sent."""

import asyncio

import pytest

from tests.waiting import until

WRITES = {"methods": ["read", "write"], "writes": "direct"}
ADDRESS = "ada@engines.example"


def contact(address=ADDRESS, **fields):
    return {"emails": [{"email": address}], **fields}


async def put(world, body, by="email", path="/crm/contacts", provider="hubspot", scope=None, **headers):
    if scope is not None:
        headers["Authorization"] = f"Bearer {await world.key(scope=scope)}"
    query = {"account_id": world.accounts[provider], **({} if by is None else {"by": by})}
    return await world.client.request("PUT", path, params=query, json=body, headers=headers)


async def writes_of(world, provider="hubspot"):
    return [
        one
        for one in await world.reached(provider)
        if one["method"] != "GET" and not {"search", "read"} & set(one["path"].split("/"))
    ]


async def test_the_first_creates_and_the_next_updates_the_same_record(world):
    first = await put(world, contact(first_name="Ada", last_name="Byron"))
    again = await put(world, contact(last_name="Lovelace"))
    assert (first.status_code, again.status_code) == (201, 200), (first.text, again.text)
    record_id = first.json()["id"]
    assert first.headers["location"] == f"/crm/contacts/{record_id}?account_id={world.accounts['hubspot']}"
    assert "location" not in again.headers
    assert [again.json()[name] for name in ("id", "first_name", "last_name")] == [record_id, "Ada", "Lovelace"]
    assert (await world.client.get(first.headers["location"])).json() == again.json()


@pytest.mark.parametrize("by", ["email", "emails"])
async def test_a_key_has_the_names_of_the_filter(world, by):
    assert (await put(world, contact(), by)).status_code == 201
    assert (await world.get("/crm/contacts", **{f"filter[{by}]": ADDRESS})).json()["data"]


async def test_upserts_at_once_leave_one_record(world):
    answers = await asyncio.gather(*(put(world, contact(first_name=f"Ada {n}")) for n in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert len({one.json()["id"] for one in answers}) == 1


async def test_zendesk_says_by_its_status_what_it_did_and_an_agent_is_left_alone(world):
    agent = (await world.get("/ticketing/users", "zendesk", limit=1)).json()["data"][0]
    path = {"path": "/ticketing/contacts", "provider": "zendesk"}
    assert (await put(world, contact(name="Ada"), **path)).status_code == 201
    before = dict(world.lives["zendesk"].state["users"][agent["id"]])
    refused = await put(world, contact(agent["email"], name="Somebody else"), **path)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/emails")
    assert "an agent or admin has this address" in refused.json()["detail"]
    assert world.lives["zendesk"].state["users"][agent["id"]] == before


@pytest.mark.parametrize(
    ("by", "body", "code", "detail"),
    [
        (None, contact(), "validation_failed", "by: expected the external key of the record, one of email."),
        ("emal", contact(), "validation_failed", "by: expected the external key of the record, one of email. Did you mean 'email'?"),
        ("id", contact(), "validation_failed", "by: expected the external key of the record, one of email."),
        (
            "email",
            {"first_name": "Ada"},
            "validation_failed",
            "an upsert by email finds the record by the body: expected exactly one entry of `emails` with its `email`",
        ),
        (
            "email",
            contact(remote_fields={"inputs": []}),
            "unsupported_field",
            "remote_fields: an upsert takes none, as they could name another record: send them with an update",
        ),
        ("email", contact(id="7"), "read_only_field", "The body does not fit crm.contacts: 1 problem, see errors."),
        (
            "email",
            contact(account_id="27100000000"),
            "unsupported_field",
            "`account_id` cannot be written for this account.",
        ),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_named_and_not_sent(world, by, body, code, detail):
    answer = await put(world, body, by)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert detail in answer.json()["detail"]
    assert await world.reached() == []


async def test_other_parameters_are_refused(world):
    account = world.accounts["hubspot"]
    answer = await world.client.request(
        "PUT", "/crm/contacts", params={"account_id": account, "by": "email", "fields": "id"}, json=contact()
    )
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, "unknown parameter. Known: account_id, by"), (
        answer.text
    )


@pytest.mark.parametrize(
    ("path", "provider", "scope", "ends"),
    [
        ("/crm/accounts", "hubspot", None, "HubSpot does so for crm.contacts by email; ticketing.contacts by email"),
        ("/crm/accounts", "hubspot", {**WRITES, "models": ["crm.contacts", "crm.accounts"]}, "HubSpot does so for crm.contacts by email"),
        ("/crm/accounts", "hubspot", {**WRITES, "fields": {"hide": ["emails"]}}, "HubSpot does so for nothing that this key reaches"),
        ("/crm/contacts", "salesforce", None, "Salesforce does so for nothing that this key reaches"),
        ("/ticketing/tickets", "zendesk", None, "Zendesk does so for ticketing.contacts by email"),
    ],
)  # fmt: skip
async def test_where_the_provider_cannot_it_is_said_where_it_can(world, path, provider, scope, ends):
    answer = await put(world, {"name": "Engines"}, "name", path, provider, scope)
    assert (answer.status_code, answer.json()["code"]) == (501, "not_supported"), answer.text
    assert "does not create or update" in answer.json()["detail"]
    assert answer.json()["detail"].endswith(ends)
    assert await world.reached(provider) == []


@pytest.mark.parametrize(
    ("methods", "lacks"),
    [(["read", "create"], "update (write)"), (["update", "get"], "create (write)"), (["read", "custom"], "create (write)")],
)
async def test_an_upsert_is_refused_without_create_and_update(world, methods, lacks):
    answer = await put(world, contact(), scope={"methods": methods, "writes": "direct"})
    assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope"), answer.text
    assert answer.json()["detail"] == f"the key's scope does not include {lacks}, which upsert needs"
    assert (await put(world, contact(), scope={**WRITES, "writes": "deny"})).json()["code"] == "writes_denied"
    assert await world.reached() == []


async def test_a_hidden_key_does_not_reveal_whether_a_record_exists(world):
    """The same refusal, unsent, of an address that a record has and of one that none has, in every form of the request."""
    known = next(one for one in (await world.get("/crm/contacts", limit=20)).json()["data"] if one["emails"])
    before = len(await world.reached())
    key = await world.key(scope={**WRITES, "fields": {"hide": ["crm.contacts.emails"]}})
    answers = set()
    for address in (known["emails"][0]["email"], "nobody@engines.example"):
        for body in (contact(address), {"first_name": "Ada"}, contact(address, custom_fields={"email": address})):
            answer = await put(world, body, Authorization=f"Bearer {key}")
            answers.add((answer.status_code, answer.json()["code"], answer.json()["detail"]))
    assert answers == {(403, "field_hidden", "crm.contacts: hidden from this key: emails")}
    assert len(await world.reached()) == before


async def test_other_hidden_fields_are_neither_written_nor_shown(world):
    known = next(one for one in (await world.get("/crm/contacts", limit=20)).json()["data"] if one["emails"] and one["title"])
    scope = {**WRITES, "fields": {"hide": ["crm.contacts.title"]}}
    address = known["emails"][0]["email"]
    shown = await put(world, contact(address, last_name="Byron"), scope=scope)
    assert (shown.status_code, shown.json()["id"], shown.json()["title"]) == (200, known["id"], None), shown.text
    refused = await put(world, contact(address, title="Countess"), scope=scope)
    assert (refused.status_code, refused.json()["code"]) == (403, "field_hidden")
    assert (await world.get(f"/crm/contacts/{known['id']}")).json()["title"] == known["title"]


async def test_within_chosen_resources_an_upsert_is_refused_and_not_offered(world):
    """Only the provider knows which record it finds, so it could lie outside."""
    account = (await world.get("/crm/accounts", limit=1)).json()["data"][0]["id"]
    known = next(one for one in (await world.get("/crm/contacts", limit=20)).json()["data"] if one["emails"])
    scope = {**WRITES, "resources": {"crm.accounts": {"ids": [account]}}}
    before = len(await world.reached())
    for address in (known["emails"][0]["email"], "nobody@engines.example"):
        answer = await put(world, contact(address), scope=scope)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources"), answer.text
        assert "use create and update" in answer.json()["detail"]
    assert len(await world.reached()) == before
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    query = {"account_id": world.accounts["hubspot"]}
    schema = (await world.client.get("/crm/contacts/schema", params=query, headers=headers)).json()
    assert "upsert" not in {one["name"] for one in schema["methods"]}
    assert schema["upsert_by"] == []
    tools = (await world.client.get("/tools", params=query, headers=headers)).json()["data"]
    assert not [one["name"] for one in tools if one["name"].startswith("upsert_crm")]


@pytest.mark.parametrize("header", ["If-Match"])
async def test_a_version_is_refused_as_no_record_was_read(world, header):
    answer = await put(world, contact(), **{header: '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    assert answer.json()["detail"].endswith("update the record by its id")
    assert await world.reached() == []


async def test_the_schema_says_by_which_keys(world):
    schema = (await world.get("/crm/contacts/schema")).json()
    assert schema["upsert_by"] == ["email"]
    assert {"name": "upsert", "class": "write"} in schema["methods"]
    hidden = await world.key(scope={**WRITES, "fields": {"hide": ["emails"]}})
    shown = await world.client.get(
        "/crm/contacts/schema", params={"account_id": world.accounts["hubspot"]}, headers={"Authorization": f"Bearer {hidden}"}
    )
    assert shown.json()["upsert_by"] == []


async def test_an_unknown_model_is_not_found(world):
    assert (await put(world, {}, path="/crm/no_such")).status_code == 404
    assert (await put(world, {}, path="/crm/contacts/7")).status_code == 405


async def test_a_repetition_by_its_key_is_answered_alike_and_sent_once(world):
    first = await put(world, contact(first_name="Ada"), **{"Idempotency-Key": "one"})
    again = await put(world, contact(first_name="Ada"), **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    changed = await put(world, contact(last_name="Byron"), **{"Idempotency-Key": "two"})
    repeated = await put(world, contact(last_name="Byron"), **{"Idempotency-Key": "two"})
    assert (changed.status_code, repeated.status_code) == (200, 200)
    assert changed.json() == repeated.json()
    assert len(await writes_of(world)) == 2
    other = await put(world, contact("other@engines.example"), **{"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch"), other.text
    created = await world.send("POST", "/crm/contacts", contact(first_name="Ada"), **{"Idempotency-Key": "one"})
    assert created.json()["code"] == "idempotency_mismatch"


async def test_an_upsert_without_a_known_outcome_can_be_repeated_by_the_same_key(world):
    """It does the same once more, where a create would have to be looked at first."""
    fault = {"provider": "hubspot", "match": "POST /crm/*", "times": 1, "status": 500}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    failed = await put(world, contact(), **{"Idempotency-Key": "one"})
    assert (failed.status_code, failed.json()["code"]) == (502, "provider_error"), failed.text
    again = await put(world, contact(), **{"Idempotency-Key": "one"})
    assert again.status_code == 201, again.text
    assert "idempotent-replayed" not in again.headers


async def test_a_batch_upserts(world):
    one = {"op": "upsert", "by": "email", "data": contact(first_name="Ada")}
    first = await world.send("POST", "/crm/contacts/batch", {"items": [one, {"op": "upsert", "by": "id", "data": contact()}]})
    again = await world.send("POST", "/crm/contacts/batch", {"items": [one]})
    assert [item["status"] for item in first.json()["results"]] == [201, 422], first.text
    assert [item["status"] for item in again.json()["results"]] == [200]
    assert again.json()["results"][0]["data"]["id"] == first.json()["results"][0]["data"]["id"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"op": "upsert", "data": {}}, "upsert takes `by` and `data` and no `id`"),
        ({"op": "upsert", "by": "email", "id": "7", "data": {}}, "upsert takes `by` and `data` and no `id`"),
        ({"op": "create", "by": "email", "data": {}}, "create takes `data` and no `id` and no `by`"),
        ({"op": "update", "id": "7", "by": "email", "data": {}}, "update takes `id` and `data` and no `by`"),
        ({"op": "delete", "id": "7", "data": {}}, "delete takes `id` and no `data`"),
        ({"op": "update", "data": {}}, "update takes `id` and `data` and no `by`"),
    ],
)
async def test_an_item_of_a_batch_has_what_its_operation_takes(world, item, expected):
    answer = await world.send("POST", "/crm/contacts/batch", {"items": [item]})
    assert (answer.status_code, answer.json()["detail"]) == (422, f"items[0]: {expected}"), answer.text


async def test_a_tool_upserts(world):
    key = await world.key(scope=WRITES)
    call = {"account_id": world.accounts["hubspot"], "arguments": {"by": "email", **contact(first_name="Ada")}}
    headers = {"Authorization": f"Bearer {key}"}
    first, again = [await world.client.post("/tools/upsert_crm_contact", json=call, headers=headers) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert first.json()["result"]["data"]["id"] == again.json()["result"]["data"]["id"]
    call["arguments"]["by"] = "id"
    assert (await world.client.post("/tools/upsert_crm_contact", json=call, headers=headers)).status_code == 422


async def test_the_trail_names_it(world):
    await put(world, contact())
    await until(lambda: world.services.audit.waiting == 0)
    rows = (await world.client.get("/audit", params={"limit": 5})).json()["data"]
    assert [(one["method"], one["model"], one["status"]) for one in rows if one["model"]] == [("upsert", "crm.contacts", 200)]
