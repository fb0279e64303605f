"""A hidden field is not given, asked for, filtered, sorted or searched by, written, or repeated in a provider's words."""

import pytest

from unified.models import MODELS
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import Scope

HIDE = {
    "fields": {"hide": ["crm.contacts.emails", "crm.contacts.phone_numbers"]},
    "methods": ["read", "write"],
    "writes": "direct",
}
AGENT = {"models": ["hris.employees"]}


async def asked(world, scope, method, path, body=None, provider="hubspot", **query):
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    params = {"account_id": world.accounts[provider], **query}
    return await world.client.request(method, path, params=params, json=body, headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/crm/contacts", {"fields": "emails"}, None),
        ("GET", "/crm/contacts", {"filter[emails]": "a@b.example"}, None),
        ("GET", "/crm/contacts", {"filter[email]": "a@b.example"}, None),
        ("GET", "/crm/contacts", {"filter[email][in]": "a@b.example"}, None),
        ("GET", "/crm/contacts", {"filter[emails][contains]": "a"}, None),
        ("GET", "/crm/contacts", {"filter[phone_numbers]": "1"}, None),
        ("GET", "/crm/contacts", {"filter[number]": "1"}, None),
        ("GET", "/crm/contacts", {"sort": "emails"}, None),
        ("GET", "/crm/contacts", {"search": "a@b.example"}, None),
        ("GET", "/crm/contacts", {"include_raw": "true"}, None),
        ("GET", "/crm/contacts", {"remote_query[properties]": "email"}, None),
        ("GET", "/crm/contacts/1", {"fields": "emails"}, None),
        ("GET", "/crm/contacts/1", {"include_raw": "true"}, None),
        ("POST", "/crm/contacts", {}, {"emails": [{"email": "a@b.example"}]}),
        ("POST", "/crm/contacts", {}, {"last_name": "x", "remote_fields": {"properties": {"email": "a@b.example"}}}),
        ("PATCH", "/crm/contacts/1", {}, {"emails": []}),
        ("GET", "/proxy/crm/v3/objects/contacts", {}, None),
    ],
)
async def test_nothing_reaches_a_hidden_field(world, method, path, query, body):
    answer = await asked(world, HIDE, method, path, body, **query)
    assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden"), answer.text
    assert await world.reached() == []


async def test_times_that_are_hidden_are_not_conditions(world):
    scope = {"fields": {"hide": ["updated_at"]}}
    answer = await asked(world, scope, "GET", "/crm/contacts", updated_after="2026-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden")
    assert (await asked(world, scope, "GET", "/crm/contacts", created_after="2026-01-01T00:00:00Z")).status_code == 200


async def test_expanding_a_hidden_reference_is_refused(world):
    answer = await asked(world, {"fields": {"hide": ["crm.contacts.owner_id"]}}, "GET", "/crm/contacts", expand="owner")
    assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden")


async def test_a_providers_words_are_left_out_where_something_is_hidden(world):
    fault = {
        "provider": "hubspot",
        "match": "GET /crm/v3/objects/contacts*",
        "times": 1,
        "status": 400,
        "body": {"status": "error", "message": "planted@secret.example exists", "category": "VALIDATION_ERROR"},
    }
    for scope, told in ((HIDE, False), ({}, True)):
        await world.sandbox.post("/_sandbox/faults", json=fault)
        answer = await asked(world, scope, "GET", "/crm/contacts")
        assert answer.status_code == 422
        assert (answer.json()["provider"]["message"] is not None) == told
        assert "planted@secret.example" not in answer.text


async def test_definitions_of_hidden_fields_are_not_listed(world):
    every = (await asked(world, {}, "GET", "/crm/fields", model="contacts")).json()["data"]
    seen = (await asked(world, HIDE, "GET", "/crm/fields", model="contacts")).json()["data"]
    assert {one["common_field"] for one in every} >= {"emails", "phone_numbers"}
    assert not {one["common_field"] for one in seen} & {"emails", "phone_numbers"}
    assert [one for one in every if one["common_field"] not in {"emails", "phone_numbers"}] == seen


@pytest.mark.parametrize("provider", ["bamboohr", "hibob"])
async def test_sensitive_and_secret_fields_are_null_unless_granted(world, provider):
    hidden = hidden_fields((Scope(),), MODELS["hris.employees"])
    assert {"date_of_birth", "national_ids", "home_address"} & hidden
    page = (await asked(world, AGENT, "GET", "/hris/employees", provider=provider, limit=20)).json()["data"]
    assert page
    assert all(one[name] in (None, [], {}) for one in page for name in hidden)
    granted = {**AGENT, "fields": {"show": ["hris.employees.date_of_birth"]}}
    page = (await asked(world, granted, "GET", "/hris/employees", provider=provider, limit=20)).json()["data"]
    assert any(one["date_of_birth"] for one in page)
    assert all(one[name] in (None, [], {}) for one in page for name in hidden - {"date_of_birth"})


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"_method": "DELETE"}, {}),
        ({"_method": "delete"}, {}),
        ({}, {"X-HTTP-Method-Override": "DELETE"}),
        ({}, {"X-HTTP-Method": "PATCH"}),
        ({}, {"X-Method-Override": "PUT"}),
        ({"query": "mutation { deleteContact(id: 1) }"}, {}),
        ({"query": "query a { b } mutation c { d }"}, {}),
    ],
)
async def test_the_pass_through_is_classified_as_the_provider_may_read_it(world, query, headers):
    """A read-only key; see row B16 of the threats."""
    scope = {"methods": ["read"], "fields": {"classes": ["none", "personal", "sensitive", "secret"]}}
    key = await world.key(scope=scope)
    params = {"account_id": world.accounts["hubspot"], **query}
    path = "/proxy/crm/v3/objects/contacts"
    answer = await world.client.get(path, params=params, headers={"Authorization": f"Bearer {key}", **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")
    assert await world.reached() == []
    plain = {"account_id": world.accounts["hubspot"], "query": "permutation"}
    assert (await world.client.get(path, params=plain, headers={"Authorization": f"Bearer {key}"})).status_code == 200


@pytest.mark.parametrize(("provider", "field", "key"), [("hubspot", "emails", "email"), ("salesforce", "emails", "Email")])
async def test_a_hidden_field_is_not_found_under_its_name_at_the_provider(world, provider, field, key):
    scope = {"fields": {"hide": [f"crm.contacts.{field}"]}}
    answer = await asked(world, scope, "GET", "/crm/contacts", provider=provider, fields=f"custom_fields.{key}", limit=20)
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_field")
    assert answer.json()["detail"].endswith("belongs to emails; use emails")
    assert await world.reached(provider) == []
