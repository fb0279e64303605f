"""Random writes, by every way of writing, against random boundaries: refused with nothing written, or inside afterwards.

The bodies name native fields too, by `custom_fields`. What came of a write is read with a key that no boundary holds for.
"""

import random
from typing import Any

import msgspec
import pytest

from tests.cases import showcase
from tests.records.test_hidden_fields import asked
from unified.models import MODELS
from unified.models.containment import containment_rule

WIDE = {"classes": ["none", "personal", "sensitive", "secret"]}
SCOPE = {"methods": ["read", "write", "custom"], "fields": WIDE}
PLACES = (
    ("salesforce", "crm.contacts", "crm.accounts", ("AccountId", "accountId", "Account.Id", "OwnerId"), {"last_name": "x"}),
    ("salesforce", "crm.opportunities", "crm.accounts", ("AccountId", "ACCOUNTID"), {"name": "x", "close_date": "2026-12-01"}),
    (
        "salesforce",
        "crm.engagements",
        "crm.accounts",
        ("WhatId", "AccountId"),
        {"type": "meeting", "subject": "x", "start_time": "2026-12-01T10:00:00Z", "duration_seconds": 600},
    ),
    ("hubspot", "crm.contacts", "crm.accounts", ("associatedcompanyid", "associations"), {"last_name": "x"}),
    ("zendesk", "ticketing.tickets", "ticketing.accounts", ("organization_id", "ticket"), {"description": "x"}),
    ("zendesk", "ticketing.tickets", "ticketing.teams", ("group_id", "360000"), {"description": "x"}),
    ("zendesk", "ticketing.contacts", "ticketing.accounts", ("organization_id", "user.organization_id"), {"name": "x"}),
    ("jira", "ticketing.tickets", "ticketing.collections", ("project", "Project", "customfield_1.project"), {"name": "x"}),
    ("bamboohr", "hris.employees", "hris.groups", ("department", "4", "departmentId", "division"), {"first_name": "x"}),
    ("hibob", "hris.employees", "hris.groups", ("work.department", "work.custom.department"), {"first_name": "x"}),
)


async def every(world, path, provider):
    found, cursor = [], {}
    while cursor is not None and len(found) < 400:
        page = (await world.get(path, provider, limit=200, **cursor)).json()
        found += page["data"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


async def written(world, provider):
    """What arrived that changes something."""
    reads = ("/search", "/batch/read", "/people/", "/reports")
    seen = [one for one in await world.reached(provider) if one["method"] != "GET" and one["operation"] != "query"]
    return [one for one in seen if not any(word in one["path"] for word in reads) or one["method"] == "PUT"]


def path_of(model):
    return "/" + model.replace(".", "/")


async def do(world, face, keys, provider, model, method, record_id, body):
    """One write by one of the ways of writing; answers the outcome and the id of the record."""
    path = path_of(model)
    headers = {"Authorization": f"Bearer {keys['approve' if face == 'approval' else 'direct']}"}
    account = world.accounts[provider]
    if face == "batch":
        item = {"op": method, "data": body, **({"id": record_id} if record_id else {})}
        answer = await world.client.post(
            f"{path}/batch", params={"account_id": account}, json={"items": [item]}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        (one,) = answer.json()["results"]
        return one["status"], one.get("data") or one.get("error")
    if face == "tool":
        name = f"{method}_{model.split('.')[0]}_{MODELS[model].singular}"
        arguments = {**body, **({"id": record_id} if record_id else {})}
        answer = await world.client.post(
            f"/tools/{name}", json={"arguments": arguments, "account_id": account}, headers=headers
        )
        return answer.status_code, answer.json().get("result", {}).get("data") or answer.json()
    verb, place = ("POST", path) if method == "create" else ("PATCH", f"{path}/{record_id}")
    answer = await world.client.request(verb, place, params={"account_id": account}, json=body, headers=headers)
    if answer.status_code != 202:
        return answer.status_code, answer.json()
    approval = answer.json()["approval"]
    asked_for = {"digest": approval["digest"]}
    decided = (await world.client.post(f"/approvals/{approval['id']}/approve", json=asked_for)).json()
    return (200 if decided.get("status") == "executed" else 400), {**decided, "id": (decided.get("result") or {}).get("id")}


@pytest.mark.parametrize(
    ("provider", "model", "resource", "natives", "base"),
    showcase(PLACES, lambda one: one[0], ids=lambda one: "-".join(one[:3])),
)
async def test_a_write_is_refused_unsent_or_its_record_is_inside(world, provider, model, resource, natives, base):
    rng = random.Random(f"{provider}{model}{resource}")
    rule = containment_rule(model, resource)
    records, places = await every(world, path_of(model), provider), await every(world, path_of(resource), provider)
    ids = sorted({one["id"] for one in places})
    chosen = rng.sample(ids, max(1, len(ids) // 2))
    scope = {**SCOPE, "resources": {resource: {"ids": chosen}}}
    keys = {policy: await world.key(scope={**scope, "writes": policy}) for policy in ("direct", "approve")}
    mapping = world.services.catalog.compiled(provider, model)
    done, refused, outcomes = 0, 0, []
    for turn in range(40):
        method = rng.choice([one for one in ("create", "update") if one in mapping.methods])
        fixed = {one.name for one in MODELS[model].fields if one.access == "c"} if method == "update" else set()
        body: dict[str, Any] = {name: one for name, one in base.items() if name not in fixed}
        body |= {name: "x" for name in mapping.write_calls.required(method) if name.endswith("_name")}
        for name in rule.fields:
            if name in mapping.write_calls.writable(method) and rng.random() < 0.8:
                found = rng.choice([*chosen, *ids, None])
                is_list = next(one.is_list for one in MODELS[model].fields if one.name == name)
                body[name] = [found] if is_list and found is not None else ([] if is_list else found)
        if rng.random() < 0.3:
            body["custom_fields"] = {rng.choice(natives): rng.choice(ids)}
        record_id = rng.choice(records)["id"] if method == "update" else None
        face = ("rest", "batch", "tool", "approval")[turn % 4]
        before = len(await written(world, provider))
        status, answer = await do(world, face, keys, provider, model, method, record_id, body)
        sent = len(await written(world, provider)) - before
        if status >= 300:
            ours = answer.get("code") in {"outside_resources", "unsupported_field", "validation_failed", "field_hidden"}
            assert sent == 0 or not ours or answer.get("provider"), (face, method, body, answer)
            refused += 1
            outcomes.append((face, method, answer.get("detail") or answer.get("status_reason")))
            continue
        done += 1
        now = (await world.get(f"{path_of(model)}/{answer['id'] or record_id}", provider)).json()
        assert rule.fields[0] in now, (face, method, body, answer, now)
        named = {one for name in rule.fields for one in (now[name] if isinstance(now[name], list) else [now[name]]) if one}
        assert named & set(chosen), (face, method, body, now)
    assert min(done, refused) > 0, (done, refused, outcomes)


@pytest.mark.parametrize(
    ("provider", "field", "key", "use"),
    [
        ("salesforce", "emails", "Email", "emails"),
        ("salesforce", "account_id", "accountid", "account_id"),
        ("hubspot", "phone_numbers", "mobilephone", "phone_numbers"),
    ],
)
async def test_a_hidden_field_is_not_written_by_another_name(world, provider, field, key, use):
    scope = {**SCOPE, "writes": "direct", "fields": {**WIDE, "hide": [f"crm.contacts.{field}"]}}
    contact = (await every(world, "/crm/contacts", provider))[0]["id"]
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    for name in (key, key.upper()):
        body = {"last_name": "x", "custom_fields": {name: "a@b.example"}}
        for method, path in (("POST", "/crm/contacts"), ("PATCH", f"/crm/contacts/{contact}")):
            answer = await asked(world, scope, method, path, provider=provider, body=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_field"), answer.text
            (problem,) = answer.json()["errors"]
            assert problem["pointer"] == f"/custom_fields/{name}"
            assert (
                problem["message"].endswith(f"use {use}")
                or "it cannot be written here" in problem["message"]
                or "form" in problem["message"]
            )
        made = await world.client.post(
            "/tools/create_crm_contact", json={"arguments": body, "account_id": world.accounts[provider]}, headers=headers
        )
        assert (made.status_code, made.json()["code"]) == (422, "unsupported_field"), made.text
    assert await written(world, provider) == []


async def test_aliases_of_a_secret_field_are_neither_read_nor_written(world):
    scope = {**SCOPE, "writes": "direct", "fields": {"classes": ["none", "personal", "sensitive"]}}
    employee = (await every(world, "/hris/employees", "bamboohr"))[0]["id"]
    await world.reached("bamboohr")
    before = len(await world.reached("bamboohr"))
    for key in ("7", "ssn", "SSN", "nin", "sin", "14", "bestEmail", "4047.1"):
        read = await asked(
            world, scope, "GET", f"/hris/employees/{employee}", provider="bamboohr", fields=f"custom_fields.{key}"
        )
        body = {"custom_fields": {key: "x"}}
        wrote = await asked(world, scope, "PATCH", f"/hris/employees/{employee}", provider="bamboohr", body=body)
        for answer in (read, wrote):
            assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_field"), answer.text
    assert len(await world.reached("bamboohr")) == before


@pytest.mark.parametrize("face", ["rest", "tool", "batch"])
@pytest.mark.parametrize("policy", ["direct", "approve"])
async def test_fields_that_the_provider_requires_are_requested_by_name(world, face, policy):
    key = await world.key(scope={**SCOPE, "writes": policy})
    keys = {"direct": key, "approve": key}
    status, answer = await do(world, face, keys, "zendesk", "ticketing.tickets", "create", None, {"name": "x"})
    assert (status, answer["code"]) == (422, "validation_failed"), answer
    if face != "tool":
        assert [(one["pointer"], one["code"]) for one in answer["errors"]] == [("/description", "required")]
    assert "description" in msgspec.json.encode(answer["errors"]).decode()
    assert await world.reached("zendesk") == []
    assert (await world.client.get("/approvals")).json()["data"] == []


async def test_an_id_for_a_later_step_is_refused_before_the_first(world):
    contact = (await every(world, "/crm/contacts", "hubspot"))[0]["id"]
    before = await written(world, "hubspot")
    answer = await world.send("PATCH", f"/crm/contacts/{contact}", {"title": "x", "account_id": ".."})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")
    assert await written(world, "hubspot") == before


@pytest.mark.parametrize(
    ("provider", "path", "match", "body"),
    [
        ("hubspot", "/crm/contacts", "GET /crm/v3/objects/contacts/*", {"last_name": "x"}),
        ("salesforce", "/crm/contacts", "GET /services/data/v62.0/sobjects/Contact/*", {"last_name": "x"}),
    ],
)
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_an_accepted_write_is_not_a_failure_if_it_cannot_be_read_back(world, provider, path, match, body, status):
    fault = {"provider": provider, "match": match, "status": status, "times": 50}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    key = {"Idempotency-Key": "one"}
    made = await world.send("POST", path, body, provider, **key)
    assert made.status_code == 201, made.text
    record = made.json()
    assert record["id"]
    assert {name for name, value in record.items() if value not in (None, [])} == {"id", "remote_id"}
    again = await world.send("POST", path, body, provider, **key)
    # A repetition reads the record anew: one that the provider has no more is told as missing, not as empty.
    assert (again.status_code, again.json()) == (201, record) if status != 404 else again.status_code == 410
    changed = await world.send("PATCH", f"{path}/{record['id']}", {"title": "y"}, provider)
    assert (changed.status_code, changed.json()["id"]) == (200, record["id"])
    arguments = {"arguments": {"id": record["id"], "title": "z"}, "account_id": world.accounts[provider]}
    result = (await world.client.post("/tools/update_crm_contact", json=arguments)).json()["result"]
    assert result["data"]["id"] == record["id"]
    assert [one["code"] for one in result["warnings"]] == ["record_not_shown"]
    assert len(await written(world, provider)) == 3


async def test_a_key_that_only_writes_reads_nothing_by_repeating_a_create(world):
    key = {"Authorization": f"Bearer {await world.key(scope={**SCOPE, 'methods': ['create'], 'writes': 'direct'})}"}
    body, once = {"last_name": "x"}, {"Idempotency-Key": "one"}
    made = await world.send("POST", "/crm/contacts", body, **key, **once)
    secret = {"last_name": "secret-4711"}
    assert (await world.send("PATCH", f"/crm/contacts/{made.json()['id']}", secret)).status_code == 200
    again = await world.send("POST", "/crm/contacts", body, **key, **once)
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert "secret-4711" not in again.text


async def test_a_record_that_the_provider_moved_outside_is_not_shown(world):
    """A trigger at the provider put the ticket elsewhere: what is answered is the id alone."""
    tickets = await every(world, "/ticketing/tickets", "zendesk")
    mine = next(one for one in tickets if one["account_id"] and one["status"] == "open")
    chosen = {"ticketing.accounts": {"ids": [mine["account_id"]]}}
    assert (await world.send("PUT", f"/accounts/{world.accounts['zendesk']}/resources", chosen, "zendesk")).status_code == 200
    moved = {"ticket": {"id": int(mine["id"]), "subject": "secret-4711", "organization_id": 999}}
    fault = {"provider": "zendesk", "match": f"PUT /api/v2/tickets/{mine['id']}", "status": 200, "body": moved, "times": 1}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    answer = await world.send("PATCH", f"/ticketing/tickets/{mine['id']}", {"priority": "low"}, "zendesk")
    assert (answer.status_code, answer.json()["id"]) == (200, mine["id"])
    assert "secret-4711" not in answer.text


@pytest.mark.parametrize("provider", ["servicenow"])
async def test_the_version_of_a_record_that_is_not_shown_is_not_told(world, provider):
    incidents = await every(world, "/ticketing/tickets", provider)
    mine = next(one for one in incidents if one["account_id"])
    chosen = {"ticketing.accounts": {"ids": [mine["account_id"]]}}
    assert (await world.send("PUT", f"/accounts/{world.accounts[provider]}/resources", chosen, provider)).status_code == 200
    path = f"/ticketing/tickets/{mine['id']}"
    assert (await world.send("PATCH", path, {"priority": "low"}, provider)).headers["etag"]
    moved = {"result": {"sys_id": mine["id"], "company": "f" * 32, "sys_mod_count": "4711"}}
    fault = {"provider": provider, "match": "PATCH /api/now/table/*", "status": 200, "body": moved, "times": 1}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    answer = await world.send("PATCH", path, {"priority": "high"}, provider)
    assert (answer.status_code, answer.json()["id"]) == (200, mine["id"])
    assert {name for name, value in answer.json().items() if value not in (None, [])} == {"id", "remote_id"}
    assert "etag" not in answer.headers
