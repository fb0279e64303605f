"""What a server and a key use, over the API: counted from the trail, narrowed to it, and tried under other scopes."""

import pytest

from tests.audit.test_api import rows, settled
from tests.mcp.endpoint.conftest import LEGACY
from tests.mcp.test_api import bearer

CONFIG = {"methods": ["read", "create"], "tags": ["support", "crm"], "writes": "direct"}
NAMED = {"limit": 1, "fields": ["id", "name"]}


async def made(place, *providers, **config):
    """An agent with a server of its own."""
    return await place.agent(*providers, **{**CONFIG, **config})


async def call(agent, tool, **arguments):
    """One tool call."""
    answer = await agent.rpc("tools/call", {"name": tool, "arguments": arguments}, era=LEGACY)
    return answer.json()


async def usage_of(world, path, **query):
    await settled(world)
    answer = await world.client.get(f"{path}/usage", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_server_is_narrowed_to_what_its_agent_called_and_keeps_working(place):
    world = place.world
    server = await made(place, "zendesk", "hubspot")
    path = f"/mcp-servers/{server.id}"
    zendesk = world.accounts["zendesk"]
    first = await call(server, "list_ticketing_tickets", account="zendesk", **NAMED)
    assert not first["result"].get("isError"), first
    await call(server, "list_hris_employees", limit=1)
    usage = await usage_of(world, path)
    (used,) = usage["calls"]
    assert (used["tool"], used["model"], used["method"], used["account_id"]) == (
        "list_ticketing_tickets",
        "ticketing.tickets",
        "list",
        zendesk,
    )
    assert (used["fields"], used["count"], used["reason"]) == (["id", "name"], 1, None)
    assert [(one["tool"], one["reason"], one["account_id"]) for one in usage["refusals"]] == [
        ("list_hris_employees", "not_found", None)
    ]
    assert usage["unused"]["accounts"] == [world.accounts["hubspot"]]
    assert {"crm.contacts", "ticketing.comments"} <= set(usage["unused"]["models"])
    assert "ticketing.tickets.description" in usage["unused"]["fields"]
    scope = usage["proposal"]["scope"]
    assert (scope["accounts"], scope["methods"], scope["models"], scope["writes"]) == (
        [zendesk],
        ["list"],
        ["ticketing.tickets"],
        "deny",
    )
    assert usage["proposal"]["is_narrower"]
    changed = await world.client.patch(path, json=usage["proposal"]["patch"])
    assert changed.status_code == 200, changed.text
    assert [one["name"] for one in changed.json()["tools"]] == ["list_ticketing_tickets"]
    again = await call(server, "list_ticketing_tickets", **NAMED)
    assert not again["result"].get("isError"), again
    refused = await call(server, "list_ticketing_tickets", limit=1, fields=["id", "description"])
    assert refused["result"]["isError"]
    after = await usage_of(world, path)
    assert not after["proposal"]["is_narrower"]
    assert after["proposal"]["scope"] == after["scope"]


async def test_a_key_is_reported_with_what_it_changed_and_gets_no_patch(place):
    world = place.world
    token = await world.key(role="admin", scope={"methods": ["read", "write"], "writes": "direct", "manage": ["webhooks"]})
    own = bearer(token)
    hubspot = {"account_id": world.accounts["hubspot"]}
    made = await world.client.post("/crm/contacts", params=hubspot, json={"first_name": "Ada"}, headers=own)
    assert made.status_code == 201
    await world.client.post("/webhooks", json={"url": "https://a.example.com", "events": ["account.deleted"]}, headers=own)
    await world.client.get("/hris/employees", params=hubspot, headers=own)
    key = next(one for one in (await world.client.get("/api-keys")).json()["data"] if one["last4"] == token[-4:])
    usage = await usage_of(world, f"/api-keys/{key['id']}")
    assert [(one["model"], one["method"], one["fields"]) for one in usage["calls"]] == [
        ("crm.contacts", "create", ["first_name"])
    ]
    assert [one["method"] for one in usage["changes"]] == ["POST /webhooks"]
    assert [one["reason"] for one in usage["refusals"]] == ["not_supported"]
    proposal = usage["proposal"]
    assert proposal["patch"] is None
    assert (proposal["scope"]["methods"], proposal["scope"]["models"], proposal["scope"]["writes"]) == (
        ["create"],
        ["crm.contacts"],
        "direct",
    )
    assert proposal["scope"]["manage"] == ["webhooks"]
    replacing = await world.client.post(
        "/api-keys", json={"name": "n", "role": "app", "scope": {**proposal["scope"], "manage": []}}
    )
    assert replacing.status_code == 201, replacing.text


@pytest.mark.parametrize(
    ("manage", "status"), [(["servers"], 403), (["audit"], 403), (["servers", "audit"], 200), (["keys", "audit"], 403)]
)
async def test_usage_needs_both_permissions(place, manage, status):
    world = place.world
    server = await made(place, "zendesk")
    scope = {"methods": ["read", "write"], "writes": "direct", "manage": manage}
    own = bearer(await world.key(role="admin", scope=scope))
    path = f"/mcp-servers/{server.id}"
    assert (await world.client.get(f"{path}/usage", headers=own)).status_code == status
    assert (await world.client.post(f"{path}/what-if", json={}, headers=own)).status_code == status


async def test_usage_is_for_keys_that_could_have_made_the_server(place):
    world = place.world
    server = await made(place, "zendesk", "hubspot")
    scope = {"accounts": [world.accounts["zendesk"]], "methods": ["read", "write"], "writes": "direct"}
    own = bearer(await world.key(role="admin", scope={**scope, "manage": ["servers", "audit"]}))
    for path in (f"/mcp-servers/{server.id}", "/mcp-servers/mcp_nobody"):
        assert (await world.client.get(f"{path}/usage", headers=own)).json()["code"] == "not_found"
        assert (await world.client.post(f"{path}/what-if", json={}, headers=own)).json()["code"] == "not_found"


async def test_without_calls_there_is_no_proposal(place):
    world = place.world
    server = await made(place, "zendesk")
    usage = await usage_of(world, f"/mcp-servers/{server.id}")
    assert (usage["calls"], usage["proposal"]) == ([], None)
    assert usage["note"].startswith("no call was recorded in this period")
    assert (await usage_of(world, f"/mcp-servers/{server.id}", since="2999-01-01T00:00:00Z"))["calls"] == []


async def test_another_scope_is_tried_on_the_recorded_calls(place):
    world = place.world
    server = await made(place, "zendesk")
    path = f"/mcp-servers/{server.id}/what-if"
    for _ in range(2):
        await call(server, "list_ticketing_tickets", **NAMED)
    await call(server, "list_ticketing_comments", limit=1, filter={"ticket_id": "1"})
    await call(server, "create_ticketing_ticket", name="Broken", description="It is")
    await settled(world)

    async def tried(**body):
        answer = await world.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        refused = {one["reason"]: one["count"] for one in found["refused"]}
        return found["calls"], found["allowed"], found["waiting"], found["reduced"], refused

    calls = (await tried())[0]
    assert await tried() == (calls, calls, 0, 0, {})
    assert await tried(scope={"models": ["ticketing.tickets"]}) == (calls, calls - 1, 0, 0, {"outside_models": 1})
    assert await tried(scope={"methods": ["list"]}) == (calls, calls - 1, 0, 0, {"method_not_allowed_by_scope": 1})
    assert await tried(scope={"writes": "approve"}) == (calls, calls - 1, 1, 0, {})
    assert await tried(policy=["no_direct_agent_writes"]) == (calls, calls - 1, 1, 0, {})
    assert await tried(scope={"fields": {"hide": ["name"]}}) == (calls, calls - 3, 0, 0, {"field_hidden": 3})
    assert await tried(scope={"fields": {"hide": ["ticketing.comments.body"]}}) == (calls, calls - 1, 0, 1, {})
    shown = (await world.client.post(path, json={"scope": {"models": ["ticketing.comments"]}})).json()["refused"][0]
    assert shown["detail"] == "the key's scope does not include ticketing.tickets"
    assert {one["tool"] for one in shown["examples"]} == {"list_ticketing_tickets", "create_ticketing_ticket"}
    for body, pointer in (({"scope": {"models": ["nope"]}}, "scope.models"), ({"policy": ["nope"]}, "/policy")):
        assert (await world.client.post(path, json=body)).json()["errors"][0]["pointer"] == pointer
    tries = [one for one in await rows(world) if "what-if" in (one["method"] or "")]
    assert {one["decision"] for one in tries} == {"denied"}


async def test_a_key_that_decided_is_not_narrowed_and_what_it_sent_is_not_the_agents(place):
    world = place.world
    server = await made(place, "hubspot", writes="approve")
    await call(server, "create_crm_contact", first_name="Ada")
    waiting = (await world.client.get("/approvals")).json()["data"][0]
    approver = bearer(await world.key(role="approver"))
    seen = (await world.client.get(f"/approvals/{waiting['id']}", headers=approver)).json()
    done = await world.client.post(f"/approvals/{waiting['id']}/approve", json={"digest": seen["digest"]}, headers=approver)
    assert done.status_code == 200, done.text
    usage = await usage_of(world, f"/mcp-servers/{server.id}")
    assert [(one["method"], one["reason"], one["count"]) for one in usage["calls"]] == [("create", "approval_required", 1)]
    assert usage["proposal"]["scope"]["writes"] == "approve"
    keys = (await world.client.get("/api-keys")).json()["data"]
    key = next(one["id"] for one in keys if one["role"] == "approver")
    decided = await usage_of(world, f"/api-keys/{key}")
    assert decided["note"].startswith("it decided about others' writes")
    assert "POST /approvals/{id}/approve" in [one["method"] for one in decided["changes"]]


async def test_narrowing_applies_the_rules_of_the_proposal_too(place):
    """A rule that no call needed is not left as wide as it was, though the page and the API show it narrowed."""
    rules = [
        {"methods": ["create"], "models": ["ticketing.comments"], "writes": "direct"},
        {"methods": ["create"], "models": ["ticketing.tickets"], "writes": "direct"},
    ]
    server = await made(place, "zendesk", methods=["read", "create"], tags=["support"], writes="approve", write_rules=rules)
    ticket = (await call(server, "list_ticketing_tickets", limit=1))["result"]["structuredContent"]["data"][0]["id"]
    said = await call(server, "create_ticketing_comment", ticket_id=ticket, body="hello")
    assert not said["result"].get("isError"), said
    path = f"/mcp-servers/{server.id}"
    proposal = (await usage_of(place.world, path))["proposal"]
    changed = await place.world.client.patch(path, json=proposal["patch"])
    assert changed.status_code == 200, changed.text
    after = (await usage_of(place.world, path))["scope"]
    assert {name: after[name] for name in ("writes", "write_rules")} == {
        name: proposal["scope"][name] for name in ("writes", "write_rules")
    }
    assert [one["writes"] for one in after["write_rules"]] == ["direct", "deny"]
