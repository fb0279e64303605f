"""The main job through REST: list, get, create, update, delete, batch, expand, filters, cursors, for all six providers."""

import msgspec
import pytest

from unified.models import MODELS

LISTS = {
    "hubspot": "/crm/contacts",
    "salesforce": "/crm/contacts",
    "bamboohr": "/hris/employees",
    "hibob": "/hris/employees",
    "zendesk": "/ticketing/tickets",
    "jira": "/ticketing/tickets",
}


def model_of(path):
    return MODELS[path.strip("/").replace("/", ".")]


@pytest.mark.parametrize("provider", LISTS)
async def test_list_has_every_field_and_continues(world, provider):
    path = LISTS[provider]
    first = await world.get(path, provider, limit=3)
    assert first.status_code == 200, first.text
    assert first.headers["cache-control"] == "no-store"
    body = first.json()
    assert body.keys() == {"data", "next_cursor", "meta"}
    assert body["meta"] == {"provider": provider, "model": model_of(path).id, "warnings": []}
    names = [field.name for field in model_of(path).fields]
    assert [list(record) for record in body["data"]] == [names] * 3
    second = (await world.get(path, provider, limit=3, cursor=body["next_cursor"])).json()
    assert not {one["id"] for one in body["data"]} & {one["id"] for one in second["data"]}


@pytest.mark.parametrize(
    ("provider", "least"), [("hubspot", 250), ("bamboohr", 120), ("hibob", 120), ("zendesk", 280), ("jira", 300)]
)
async def test_the_whole_list_can_be_read(world, provider, least):
    seen, cursor = [], None
    for _ in range(40):
        page = (await world.get(LISTS[provider], provider, limit=100, **({"cursor": cursor} if cursor else {}))).json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) == len(set(seen)) >= least


@pytest.mark.parametrize("provider", LISTS)
async def test_get_gives_the_listed_record(world, provider):
    listed = (await world.get(LISTS[provider], provider, limit=1)).json()["data"][0]
    got = await world.get(f"{LISTS[provider]}/{listed['id']}", provider)
    assert got.status_code == 200, got.text
    assert got.json()["id"] == listed["id"]
    assert got.json()["remote_id"] == listed["remote_id"]


async def test_cursor_is_bound_to_its_query_and_account(world):
    page = (await world.get("/crm/contacts", limit=2)).json()
    cursor = page["next_cursor"]
    for query in ({"updated_after": "2026-01-01"}, {"include_deleted": "true"}, {"remote_query[archived]": "true"}):
        answer = await world.get("/crm/contacts", limit=2, cursor=cursor, **query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), query
    other_model = await world.get("/crm/accounts", limit=2, cursor=cursor)
    other_account = await world.get("/crm/contacts", "salesforce", limit=2, cursor=cursor)
    edited = await world.get("/crm/contacts", limit=2, cursor=cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB"))
    assert {other_model.status_code, other_account.status_code, edited.status_code} == {400}


async def test_fields_narrow_the_answer_and_the_question(world):
    page = (await world.get("/crm/contacts", limit=2, fields="first_name,emails")).json()
    assert [list(one) for one in page["data"]] == [["id", "first_name", "emails"]] * 2
    asked = (await world.reached())[-1]["query"]
    assert "firstname" in asked
    assert "lastname" not in asked


async def test_custom_field_is_asked_for_by_name(world):
    page = (await world.get("/crm/contacts", limit=5, fields="custom_fields.loyalty_tier")).json()
    assert [list(one) for one in page["data"]] == [["id", "custom_fields"]] * 5
    assert "loyalty_tier" in (await world.reached())[-1]["query"]
    assert any(one["custom_fields"].get("loyalty_tier") for one in page["data"])


async def test_raw_record_only_when_asked_for(world):
    plain = (await world.get("/crm/contacts", limit=1)).json()["data"][0]
    raw = (await world.get("/crm/contacts", limit=1, include_raw="true")).json()["data"][0]
    assert plain["remote_data"] is None
    assert raw["remote_data"]["id"] == plain["id"]


async def test_native_filter_reaches_the_provider(world):
    some = (await world.get("/crm/contacts", limit=20)).json()["data"]
    email = next(one["emails"][0]["email"] for one in some if one["emails"])
    page = (await world.get("/crm/contacts", **{"filter[email]": email})).json()
    assert [one["emails"][0]["email"] for one in page["data"]] == [email]
    assert page["meta"]["warnings"] == []


async def test_emulated_filter_is_said_and_bounded(world):
    some = (await world.get("/crm/contacts", limit=100)).json()["data"]
    city = next(one["addresses"][0]["city"] for one in some if one["addresses"] and one["addresses"][0]["city"])
    schema = (await world.get("/crm/contacts/schema")).json()
    native = {one["name"]: one["native"] for one in schema["filters"]}
    assert not native.get("description")
    name = next(one["title"] for one in some if one["title"])
    wanted = sum(1 for one in some if (one["title"] or "").casefold() == name.casefold())
    page = (await world.get("/crm/contacts", limit=200, **{"filter[title]": name})).json()
    assert len(page["data"]) >= wanted > 0
    assert {one["title"].casefold() for one in page["data"]} == {name.casefold()}
    if not native["title"]:
        assert [one["code"] for one in page["meta"]["warnings"]] == ["filter_emulated"]
    assert city


async def test_emulated_pages_neither_lose_nor_repeat(world):
    every, cursor = [], None
    for _ in range(20):
        page = (await world.get("/crm/contacts", limit=100, **({"cursor": cursor} if cursor else {}))).json()
        every += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    wanted = [one["id"] for one in every if "a" in (one["title"] or "").casefold()]
    found, cursor = [], None
    for _ in range(60):
        asked = {"filter[title][contains]": "a", "limit": 7, **({"cursor": cursor} if cursor else {})}
        page = (await world.get("/crm/contacts", **asked)).json()
        assert len(page["data"]) <= 7
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == wanted


@pytest.mark.parametrize(
    ("provider", "path", "create", "update"),
    [
        ("hubspot", "/crm/contacts", {"first_name": "Ada", "emails": [{"email": "ada@new.example", "type": "work"}]}, {"title": "Countess", "first_name": None}),
        ("salesforce", "/crm/contacts", {"first_name": "Ada", "last_name": "Lovelace"}, {"title": "Countess", "first_name": None}),
        ("bamboohr", "/hris/employees", {"first_name": "Ada", "last_name": "Lovelace"}, {"preferred_name": "Countess"}),
        ("hibob", "/hris/employees", {"first_name": "Ada", "last_name": "Lovelace", "work_email": "ada@new.example"}, {"first_name": "Augusta"}),
        ("zendesk", "/ticketing/tickets", {"name": "Printer on fire", "description": "It burns"}, {"name": "Printer is out", "priority": "high"}),
    ],
)  # fmt: skip
async def test_create_update_and_read_back(world, provider, path, create, update):
    if provider in {"bamboohr", "hibob"}:
        create = await _complete(world, provider, path, create)
    made = await world.send("POST", path, create, provider)
    assert made.status_code == 201, made.text
    assert [name for name in create if made.json()[name] in (None, [])] == []
    place = made.headers["location"].partition("?")[0]
    changed = await world.send("PATCH", place, update, provider)
    assert changed.status_code == 200, changed.text
    got = (await world.get(place, provider)).json()
    assert {name: got[name] for name in update} == update


async def _complete(world, provider, path, create):
    """The body with what this provider demands besides, taken from the schema."""
    required = [one["field"] for one in (await world.get(f"{path}/schema", provider)).json()["fields"] if one["required"]]
    listed = (await world.get(path, provider, limit=20)).json()["data"]
    extra = {name: next(one[name] for one in listed if one[name]) for name in required if name not in create}
    return {**create, **extra}


async def test_jira_ticket_is_created_from_its_schema(world):
    project = (await world.get("/ticketing/collections", "jira", limit=1)).json()["data"][0]["id"]
    kind = (await world.get("/ticketing/ticket_types", "jira")).json()["data"][0]
    body = {"name": "Printer on fire", "collection_ids": [project], "ticket_type_id": kind["id"], "description": "It\n\nburns"}
    made = await world.send("POST", "/ticketing/tickets", body, "jira")
    assert made.status_code == 201, made.text
    assert made.json()["description"].split() == ["It", "burns"]
    gone = await world.send("DELETE", f"/ticketing/tickets/{made.json()['id']}", None, "jira")
    assert gone.status_code == 204


async def test_a_value_that_the_provider_cannot_store_is_refused_at_its_field(world):
    body = {"first_name": "Ada", "lifecycle_stage": "other"}
    refused = await world.send("POST", "/crm/contacts", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [("/lifecycle_stage", "invalid_value")]


async def test_null_for_a_list_links_nothing(world):
    made = await world.send("POST", "/crm/notes", {"content": "Hello", "contact_ids": None})
    assert made.status_code == 201, made.text
    changed = await world.send("PATCH", f"/crm/notes/{made.json()['id']}", {"contact_ids": None, "account_ids": []})
    assert (changed.status_code, changed.json()["contact_ids"]) == (200, [])


async def test_delete(world):
    made = await world.send("POST", "/crm/contacts", {"last_name": "Gone", "emails": [{"email": "gone@new.example"}]})
    place = f"/crm/contacts/{made.json()['id']}"
    assert (await world.send("DELETE", place)).status_code == 204
    assert (await world.get(place)).status_code == 404


async def test_unwritable_field_is_refused_before_anything_is_sent(world):
    schema = (await world.get("/crm/contacts/schema")).json()
    writable = {one["field"] for one in schema["fields"] if one["created"]}
    model = MODELS["crm.contacts"]
    unwritable = next(one for one in model.fields if one.access == "rw" and one.name not in writable and one.kind == "string")
    before = len(await world.reached())
    answer = await world.send("POST", "/crm/contacts", {unwritable.name: "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_field")
    assert f"`{unwritable.name}` cannot be written for this account. Writable: " in answer.json()["detail"]
    assert len(await world.reached()) == before


async def test_remote_fields_are_laid_over_the_payload(world):
    body = {
        "last_name": "R",
        "emails": [{"email": "r@new.example"}],
        "remote_fields": {"properties": {"hs_lead_status": "NEW"}},
    }
    made = await world.send("POST", "/crm/contacts", body)
    assert made.status_code == 201, made.text
    page = await world.get(f"/proxy/crm/v3/objects/contacts/{made.json()['id']}", properties="hs_lead_status")
    assert page.json()["properties"]["hs_lead_status"] == "NEW"


async def test_idempotency_key(world):
    body = {"last_name": "Once", "emails": [{"email": "once@new.example"}]}
    key = {"Idempotency-Key": "first-1"}
    made = await world.send("POST", "/crm/contacts", body, **key)
    again = await world.send("POST", "/crm/contacts", dict(reversed(body.items())), **key)
    other = await world.send("POST", "/crm/contacts", {**body, "last_name": "Other"}, **key)
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in made.headers
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    creates = [one for one in await world.reached() if one["method"] == "POST" and one["path"] == "/crm/v3/objects/contacts"]
    assert len(creates) == 1


async def test_idempotency_key_after_a_refusal_can_be_used_again(world):
    key = {"Idempotency-Key": "second-1"}
    await world.sandbox.post(
        "/_sandbox/faults", json={"provider": "hubspot", "match": "POST /crm/*", "times": 1, "status": 400}
    )
    body = {"last_name": "Later", "emails": [{"email": "later@new.example"}]}
    assert (await world.send("POST", "/crm/contacts", body, **key)).status_code == 422
    assert (await world.send("POST", "/crm/contacts", body, **key)).status_code == 201


async def test_unknown_outcome_is_never_repeated(world):
    key = {"Idempotency-Key": "third-1"}
    await world.sandbox.post(
        "/_sandbox/faults", json={"provider": "hubspot", "match": "POST /crm/*", "times": 1, "status": 500}
    )
    body = {"last_name": "Maybe", "emails": [{"email": "maybe@new.example"}]}
    assert (await world.send("POST", "/crm/contacts", body, **key)).status_code == 502
    again = await world.send("POST", "/crm/contacts", body, **key)
    assert (again.status_code, again.json()["code"]) == (409, "outcome_unknown")


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\tkey"])
async def test_bad_idempotency_keys(world, key):
    answer = await world.send("POST", "/crm/contacts", {"last_name": "x"}, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_batch_gives_each_write_its_own_outcome(world):
    items = [
        {"op": "create", "data": {"last_name": "B1", "emails": [{"email": "b1@new.example"}]}},
        {"op": "create", "data": {"nope": 1}},
        {"op": "delete", "id": "98765432109"},
        {
            "op": "update",
            "id": (await world.get("/crm/contacts", limit=1)).json()["data"][0]["id"],
            "data": {"title": "Batched"},
        },
    ]
    answer = await world.send("POST", "/crm/contacts/batch", {"items": items})
    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [one["index"] for one in results] == [0, 1, 2, 3]
    assert [one["status"] for one in results] == [201, 422, 404, 200]
    assert results[1]["error"]["code"] == "validation_failed"
    assert results[3]["data"]["title"] == "Batched"


@pytest.mark.parametrize(
    ("items", "detail"),
    [
        ([], "items: expected 1 to 100, got 0"),
        ([{"op": "delete", "id": "1"}] * 101, "items: expected 1 to 100, got 101"),
        ([{"op": "create", "id": "1", "data": {}}], "items[0]: create takes `data` and no `id`"),
        ([{"op": "delete"}], "items[0]: delete takes `id` and no `data`"),
    ],
    ids=["none", "many", "create with id", "delete without id"],
)
async def test_bad_batches(world, items, detail):
    answer = await world.send("POST", "/crm/contacts/batch", {"items": items})
    assert (answer.status_code, answer.json()["detail"]) == (422, detail)


async def test_expand_asks_for_each_related_record_once(world):
    plain = (await world.get("/crm/contacts", limit=20)).json()["data"]
    owners = {one["owner_id"] for one in plain if one["owner_id"]}
    before = len(await world.reached())
    page = (await world.get("/crm/contacts", limit=20, expand="owner")).json()["data"]
    calls = [one for one in (await world.reached())[before:] if "/owners/" in one["path"]]
    assert len(calls) == len(owners) > 0
    for record in page:
        assert (record["owner"] or {}).get("id") == record["owner_id"]


async def test_expand_of_a_list_field(world):
    deals = (await world.get("/crm/opportunities", limit=5, expand="contacts,account")).json()["data"]
    for deal in deals:
        assert [one["id"] for one in deal["contacts"]] == deal["contact_ids"]
        assert (deal["account"] or {}).get("id") == deal["account_id"]


async def test_fields_endpoint_knows_the_common_names(world):
    answer = await world.client.get("/crm/fields", params={"model": "contacts", "account_id": world.accounts["hubspot"]})
    assert answer.status_code == 200, answer.text
    by_key = {one["key"]: one for one in answer.json()["data"]}
    assert by_key["firstname"]["common_field"] == "first_name"
    assert by_key["loyalty_tier"]["is_custom"] is True


async def test_custom_objects_have_their_object_in_the_path(world):
    page = await world.get("/crm/custom_objects/2-1001", limit=2)
    assert page.status_code == 200, page.text
    first = page.json()["data"][0]
    got = await world.get(f"/crm/custom_objects/2-1001/{first['id']}")
    assert got.json()["id"] == first["id"]
    assert (await world.get("/crm/custom_objects")).status_code == 404


async def test_big_ids_stay_exact(world):
    record = {"id": "9007199254740993", "properties": {"lastname": "Big", "email": None}, "archived": False}
    record |= {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
    await world.sandbox.put("/_sandbox/hubspot/contacts/9007199254740993", json=record)
    assert (await world.get("/crm/contacts/9007199254740993")).json()["id"] == "9007199254740993"


async def test_proxy_passes_the_providers_answer(world):
    answer = await world.get("/proxy/crm/v3/objects/contacts", limit=1)
    assert answer.status_code == 200
    assert list(answer.json()) == ["results", "paging"]
    missing = await world.get("/proxy/crm/v3/objects/contacts/987654321")
    assert missing.status_code == 404
    assert missing.json()["category"] == "OBJECT_NOT_FOUND"


@pytest.mark.parametrize(
    "path",
    [
        "/proxy/..%2fadmin",
        "/proxy/crm%2F..%2Fadmin",
        "/proxy/%2Fadmin",
        "/proxy/%2F%2Fadmin",
        "/proxy/%2e%2e/x",
        "/proxy/a/%252e%252e/b",
        "/proxy/a/..;/b",
        "/proxy/a/..%3Fx/b",
        "/proxy/a/..%23",
        "/proxy/a%5C..%5Cb",
    ],
)
async def test_proxy_refuses_paths_that_fold(world, path):
    answer = await world.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")
    assert await world.reached() == []


async def test_a_path_whose_slashes_are_all_encoded_is_the_same(world):
    """Generated clients encode a path parameter as a whole; beside plain slashes, an encoded one is part of a segment."""
    answer = await world.get("/proxy/crm%2Fv3%2fobjects%2Fcontacts", limit=1)
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)
    assert (await world.reached())[-1]["path"] == "/crm/v3/objects/contacts"
    assert (await world.get("/proxy/crm/v3%2Fobjects/contacts")).status_code == 404


async def test_proxy_forwards_no_foreign_headers(world):
    headers = {"Cookie": "a=b", "X-Forwarded-Host": "evil.test", "X-HTTP-Method-Override": "DELETE"}
    account = {"account_id": world.accounts["hubspot"], "limit": 1}
    answer = await world.client.get("/proxy/crm/v3/objects/contacts", params=account, headers=headers)
    assert answer.status_code == 200
    assert (await world.reached())[-1]["method"] == "GET"
    assert "set-cookie" not in answer.headers


async def test_schema_tells_what_the_connection_can_do(world):
    schema = (await world.get("/crm/contacts/schema")).json()
    assert {"name": "list", "class": "read"} in schema["methods"]
    assert "updated_after" in schema["parameters"]
    by_name = {one["field"]: one for one in schema["fields"]}
    assert by_name["first_name"]["paths"] == ["properties.firstname"]
    assert by_name["name"]["created"] is False
    assert "customer" in by_name["lifecycle_stage"]["words"]
    assert "other" not in by_name["lifecycle_stage"]["words"]
    assert msgspec.json.encode(schema["json_schema"])
