"""A body is judged alike whether a write is sent, asked for, or repeated by its Idempotency-Key."""

import pytest

FULL = {"methods": ["read", "write", "custom"], "fields": {"classes": ["none", "personal", "sensitive", "secret"]}}
UPDATES = [
    ("hubspot", "/crm/contacts"),
    ("zendesk", "/ticketing/tickets"),
    ("jira", "/ticketing/tickets"),
    ("hibob", "/hris/employees"),
]


@pytest.mark.parametrize("policy", ["direct", "approve"])
@pytest.mark.parametrize(("provider", "path"), UPDATES)
async def test_an_update_of_nothing_is_refused_unsent(world, provider, path, policy):
    record_id = (await world.get(path, provider, limit=1)).json()["data"][0]["id"]
    key = await world.key(scope={**FULL, "writes": policy})
    before = len(await world.reached(provider))
    answer = await world.send("PATCH", f"{path}/{record_id}", {}, provider, Authorization=f"Bearer {key}")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    assert len(await world.reached(provider)) == before


async def test_a_method_without_a_body_takes_no_arguments_when_it_is_approved(world):
    record_id = (await world.get("/crm/contacts", limit=1)).json()["data"][0]["id"]
    key = await world.key(scope={**FULL, "writes": "approve"})
    asked = await world.send("DELETE", f"/crm/contacts/{record_id}", None, Authorization=f"Bearer {key}")
    approval = asked.json()["approval"]
    body = {"digest": approval["digest"], "arguments": {"first_name": "x"}}
    answer = await world.client.post(f"/approvals/{approval['id']}/approve", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    assert (await world.get(f"/crm/contacts/{record_id}")).status_code == 200


async def test_a_repeated_create_is_checked_like_a_first_one(world):
    body = {"last_name": "Repeat", "emails": [{"email": "repeat@example.com"}]}
    wide = await world.key(scope={**FULL, "writes": "direct"})
    narrow = await world.key(scope={**FULL, "writes": "direct", "fields": {"hide": ["emails"]}})
    headers = {"Idempotency-Key": "one"}
    first = await world.send("POST", "/crm/contacts", body, Authorization=f"Bearer {wide}", **headers)
    assert first.status_code == 201, first.text
    again = await world.send("POST", "/crm/contacts", body, Authorization=f"Bearer {narrow}", **headers)
    assert (again.status_code, again.json()["code"]) == (403, "field_hidden"), again.text
    same = await world.send("POST", "/crm/contacts", body, Authorization=f"Bearer {wide}", **headers)
    assert (same.status_code, same.json()["id"]) == (201, first.json()["id"])


@pytest.mark.parametrize(
    ("provider", "path", "hide", "also"),
    [("zendesk", "/ticketing/attachments", "file_name", "file_url"), ("salesforce", "/crm/users", "email", "username")],
)
async def test_twins_of_a_hidden_field_are_hidden(world, provider, path, hide, also):
    key = await world.key(scope={"methods": ["read"], "fields": {"hide": [hide]}})
    answer = await world.client.get(
        f"{path}/schema", params={"account_id": world.accounts[provider]}, headers={"Authorization": f"Bearer {key}"}
    )
    assert {hide, also} <= set(answer.json()["hidden_fields"])
