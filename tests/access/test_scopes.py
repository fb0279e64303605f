"""A key's scope is enforced on the way to the provider: refused calls never reach it, hidden fields are not even asked for."""

import pytest

from tests.keys import new_key


async def limited(world, scope):
    if scope.get("accounts") == ["acc_other"]:
        scope = {**scope, "accounts": [world.accounts["jira"]]}
    return {"Authorization": f"Bearer {await world.key(scope=scope)}"}


async def call(world, headers, method="GET", path="/crm/contacts", body=None, **query):
    params = {"account_id": world.accounts["hubspot"], **query}
    return await world.client.request(method, path, params=params, json=body, headers=headers)


@pytest.mark.parametrize(
    ("scope", "method", "path", "code"),
    [
        ({}, "POST", "/crm/contacts", "method_not_allowed_by_scope"),
        ({}, "DELETE", "/crm/contacts/1", "method_not_allowed_by_scope"),
        ({"methods": ["get"]}, "GET", "/crm/contacts", "method_not_allowed_by_scope"),
        ({"methods": ["read", "write"], "writes": "deny"}, "POST", "/crm/contacts", "writes_denied"),
        ({"models": ["crm.accounts"]}, "GET", "/crm/contacts", "outside_models"),
        ({"tags": ["support"]}, "GET", "/crm/contacts", "outside_tags"),
        ({"accounts": ["acc_other"]}, "GET", "/crm/contacts", "outside_accounts"),
        ({"fields": {"hide": ["crm.contacts.emails"]}}, "GET", "/crm/contacts?fields=emails", "field_hidden"),
        ({"fields": {"hide": ["crm.contacts.emails"]}}, "GET", "/crm/contacts?filter[emails]=a", "field_hidden"),
        ({"fields": {"hide": ["crm.contacts.emails"]}}, "GET", "/crm/contacts?include_raw=true", "field_hidden"),
        ({"models": ["crm.contacts"]}, "GET", "/proxy/crm/v3/objects/contacts", "outside_models"),
        ({}, "GET", "/proxy/crm/v3/objects/contacts", "field_hidden"),
        ({}, "POST", "/proxy/crm/v3/objects/contacts", "method_not_allowed_by_scope"),
    ],
)
async def test_refused_without_reaching_the_provider(world, scope, method, path, code):
    headers = await limited(world, scope)
    path, _, query = path.partition("?")
    pairs = dict([query.split("=")]) if query else {}
    answer = await call(world, headers, method, path, {"last_name": "x"} if method == "POST" else None, **pairs)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert await world.reached() == []


async def test_a_write_that_must_be_approved_waits_without_reaching_the_provider(world):
    headers = await limited(world, {"methods": ["read", "write"], "writes": "approve"})
    answer = await call(world, headers, "POST", "/crm/contacts", {"last_name": "x"})
    assert (answer.status_code, answer.json()["status"]) == (202, "approval_required")
    assert await world.reached() == []


async def test_the_pass_through_has_no_approvals(world):
    every = ["none", "personal", "sensitive", "secret"]
    scope = {"methods": ["read", "write"], "writes": "approve", "fields": {"classes": every}}
    answer = await call(world, await limited(world, scope), "POST", "/proxy/crm/v3/objects/contacts", {"properties": {}})
    assert (answer.status_code, answer.json()["code"]) == (403, "writes_denied")
    assert await world.reached() == []


async def test_hidden_fields_are_null_and_not_asked_for(world):
    headers = await limited(world, {"fields": {"hide": ["crm.contacts.emails", "crm.contacts.phone_numbers"]}})
    page = (await call(world, headers, limit=5)).json()["data"]
    assert all(one["emails"] == [] and one["phone_numbers"] == [] for one in page)
    assert any(one["first_name"] for one in page)
    asked = (await world.reached())[-1]["query"]
    assert "firstname" in asked
    assert "email" not in asked.replace("hs_email", "")
    assert "phone" not in asked


async def test_email_filter_cannot_walk_around_hidden_emails(world):
    headers = await limited(world, {"fields": {"hide": ["crm.contacts.emails"]}})
    answer = await call(world, headers, **{"filter[email]": "a@b.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden")


async def test_classes_are_personal_at_most_unless_given(world):
    params = {"account_id": world.accounts["bamboohr"], "limit": 20}
    plain = await limited(world, {"models": ["hris.employees"]})
    page = (await world.client.get("/hris/employees", params=params, headers=plain)).json()["data"]
    assert all(one["date_of_birth"] is None and one["home_address"] is None for one in page)
    wide = await limited(world, {"models": ["hris.employees"], "fields": {"classes": ["none", "personal", "sensitive"]}})
    page = (await world.client.get("/hris/employees", params=params, headers=wide)).json()["data"]
    assert any(one["date_of_birth"] for one in page)


async def test_expand_stays_within_the_scope(world):
    headers = await limited(world, {"models": ["crm.contacts"]})
    answer = await call(world, headers, expand="owner", limit=20)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_models")


async def test_batch_stays_within_the_scope(world):
    headers = await limited(world, {"methods": ["read", "create"], "writes": "direct"})
    items = [{"op": "create", "data": {"last_name": "x"}}, {"op": "delete", "id": "1"}]
    answer = await call(world, headers, "POST", "/crm/contacts/batch", {"items": items})
    assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")
    assert await world.reached() == []


async def test_direct_writes_are_allowed_when_given(world):
    headers = await limited(world, {"methods": ["create"], "writes": "direct"})
    body = {"last_name": "Scoped", "emails": [{"email": "scoped@new.example"}]}
    assert (await call(world, headers, "POST", body=body)).status_code == 201


async def test_accounts_outside_the_scope_are_not_listed(world):
    mine = world.accounts["hubspot"]
    headers = await limited(world, {"accounts": [mine]})
    listed = (await world.client.get("/accounts", headers=headers)).json()["data"]
    assert [one["id"] for one in listed] == [mine]
    answer = await world.client.get(f"/accounts/{world.accounts['jira']}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_accounts")


@pytest.mark.parametrize(
    "scope",
    [
        {"methods": ["write"], "writes": "direct"},
        {"models": ["crm.accounts"]},
        {"fields": {"classes": ["none", "personal", "secret"]}},
        {"fields": {"show": ["crm.contacts.emails"]}},
        {"writes": "direct"},
    ],
)
async def test_a_key_cannot_make_a_wider_one(world, scope):
    from unified.service.access.api_keys import create_key

    narrow = {"models": ["crm.contacts"], "fields": {"hide": ["crm.contacts.emails"]}, "writes": "deny", "manage": ["keys"]}
    asked = new_key(name="narrow", role="admin", scope=narrow)
    _, token = await create_key(world.services, world.tenant, asked, maker=None)
    headers = {"Authorization": f"Bearer {token}"}
    answer = await world.client.post("/api-keys", json={"name": "wide", "role": "app", "scope": scope}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_exceeds_parent")


async def test_a_key_without_scope_made_by_a_narrow_one_is_as_narrow(world):
    from unified.service.access.api_keys import create_key

    asked = new_key(name="narrow", role="admin", scope={"models": ["crm.contacts"], "manage": ["keys"]})
    _, token = await create_key(world.services, world.tenant, asked, maker=None)
    made = await world.client.post("/api-keys", json={"name": "c", "role": "app"}, headers={"Authorization": f"Bearer {token}"})
    assert made.json()["scope"]["models"] == ["crm.contacts"]
