"""MCP servers over HTTP: made and shown once, listed, changed, given another token, revoked; refusals with code and place."""

import asyncio

import pytest

from unified.service.access.mcp_authentication import authenticate_agent
from unified.service.mcp_servers.servers import get_server


def body(world, provider="zendesk", **more):
    return {"name": "support", "account_ids": [world.accounts[provider]], "config": {"methods": ["read"]}, **more}


async def made(world, **more):
    answer = await world.client.post("/mcp-servers", json=body(world, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


async def audit_rows(world, target):
    rows = (await world.client.get("/audit", params={"limit": 50})).json()["data"]
    return [(one["method"], one["decision"], one["reason"]) for one in rows if target in (one.get("target"), one["method"])]


async def test_a_server_is_made_with_its_url_and_tools_and_its_token_shown_once(world):
    answer = await world.client.post("/mcp-servers", json=body(world, config={"methods": ["read"], "tags": ["support"]}))
    server = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/mcp-servers/{server['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert server["token"].startswith("um_")
    assert server["url"] == f"http://127.0.0.1:8400/mcp/{server['token']}"
    assert server["config"] == {"methods": ["read"], "tags": ["support"], "writes": "deny", "require_api_token_auth": True}
    assert server["account_ids"] == [world.accounts["zendesk"]]
    assert server["last_used_at"] is None
    tools = {one["name"]: one for one in server["tools"]}
    tool = tools["list_ticketing_tickets"]
    assert (tool["method"], tool["model"]) == ("list", "ticketing.tickets")
    assert "support" in tool["tags"]
    shown = await world.client.get(answer.headers["location"])
    assert shown.json() == {name: value for name, value in server.items() if name not in {"token", "url"}}
    listed = (await world.client.get("/mcp-servers")).json()
    assert listed["data"] == [{name: value for name, value in shown.json().items() if name != "tools"}]
    assert listed["next_cursor"] is None
    assert (await authenticate_agent(world.services, server["token"], world.admin_key)).key_id == server["id"]


class TestWithAPublicAddress:
    @pytest.fixture
    def more_settings(self):
        return {"public_url": "https://unified.example.com"}

    async def test_the_url_is_that_of_the_service_whatever_host_was_asked(self, world):
        answer = await world.client.post("/mcp-servers", json=body(world), headers={"Host": "evil.example"})
        server = answer.json()
        assert server["url"] == f"https://unified.example.com/mcp/{server['token']}"


class TestWithoutAKnownAddress:
    @pytest.fixture
    def more_settings(self):
        return {"port": 0}

    async def test_the_url_is_its_path_only(self, world):
        server = await made(world)
        assert server["url"] == f"/mcp/{server['token']}"


async def test_lists_are_paged(world):
    ids = []
    for number in range(3):
        ids.append((await made(world, name=f"server {number}"))["id"])
        await asyncio.sleep(0)
    first = (await world.client.get("/mcp-servers", params={"limit": 2})).json()
    rest = (await world.client.get("/mcp-servers", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in (*first["data"], *rest["data"])] == ids
    assert rest["next_cursor"] is None
    wrong = await world.client.get("/mcp-servers", params={"cursor": "x", "limit": 2})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_cursor")
    wrong = await world.client.get("/mcp-servers", params={"limit": "0"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"config": {"tags": ["crm"]}}, 422, "empty_scope", None),
        ({"config": {"tags": []}}, 422, "empty_scope", "config.tags"),
        ({"account_ids": []}, 422, "empty_scope", "account_ids"),
        ({"config": {"methods": ["write"]}}, 422, "empty_scope", None),
        ({"config": {"methods": ["raed"]}}, 422, "validation_failed", "config.methods"),
        ({"config": {"tags": ["nope"]}}, 422, "validation_failed", "config.tags"),
        ({"config": {"models": ["crm.nope"]}}, 422, "validation_failed", "config.models"),
        ({"config": {"fields": {"hide": ["nope"]}}}, 422, "validation_failed", "config.fields.hide"),
        ({"config": {"colour": 1}}, 422, "validation_failed", "/config/colour"),
        ({"config": {"tags": None}}, 422, "validation_failed", "/config/tags"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "validation_failed", "/expires_at"),
        ({"expires_at": "2126-01-01T00:00:00Z"}, 422, "validation_failed", "/expires_at"),
        ({"expires_at": "soon"}, 422, "validation_failed", "/expires_at"),
        ({"expires_at": None}, 422, "validation_failed", "/expires_at"),
        ({"name": ""}, 422, "validation_failed", "/name"),
        ({"extra": 1}, 422, "validation_failed", "/extra"),
        ({"account_ids": ["acc_nobody"]}, 404, "not_found", None),
    ],
)
async def test_an_invalid_server_is_refused_with_the_place(world, changes, status, code, pointer):
    answer = await world.client.post("/mcp-servers", json=body(world, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [one["pointer"] for one in answer.json().get("errors", [])] == ([pointer] if pointer else [])
    assert (await world.client.get("/mcp-servers")).json()["data"] == []


async def test_a_server_is_within_the_scope_of_the_key_that_makes_it(world):
    scope = {"accounts": [world.accounts["zendesk"]], "tags": ["support"], "manage": ["servers"]}
    limited = bearer(await world.key(role="admin", scope=scope))
    outside = await world.client.post("/mcp-servers", json=body(world, "hubspot"), headers=limited)
    assert (outside.status_code, outside.json()["code"]) == (403, "outside_accounts")
    wider = body(world, config={"methods": ["read", "write"], "writes": "direct"})
    refused = await world.client.post("/mcp-servers", json=wider, headers=limited)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_exceeds_parent")
    server = (await world.client.post("/mcp-servers", json=body(world, config={}), headers=limited)).json()
    assert all("support" in one["tags"] for one in server["tools"])
    other = await made(world, provider="hubspot")
    seen = (await world.client.get("/mcp-servers", headers=limited)).json()["data"]
    assert [one["id"] for one in seen] == [server["id"]]
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate")):
        answer = await world.client.request(method, f"/mcp-servers/{other['id']}{path}", json={}, headers=limited)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method


async def test_a_server_is_changed_key_by_key(world):
    server = await made(world, config={"methods": ["read", "create"], "writes": "approve"})
    path = f"/mcp-servers/{server['id']}"
    answer = await world.client.patch(path, json={"name": "narrow", "config": {"models": ["ticketing.tickets"]}})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["name"], changed["config"]["models"], changed["config"]["writes"]) == (
        "narrow",
        ["ticketing.tickets"],
        "approve",
    )
    assert {one["name"] for one in changed["tools"]} == {
        "list_ticketing_tickets",
        "get_ticketing_ticket",
        "create_ticketing_ticket",
        "get_approval",
    }
    assert "token" not in changed
    assert "url" not in changed
    refused = await world.client.patch(path, json={"config": {"tags": ["hris"]}})
    assert (refused.status_code, refused.json()["code"]) == (422, "empty_scope")
    assert (await world.client.get(path)).json() == changed


async def test_a_rotated_token_is_shown_once_and_the_old_one_is_dead(world):
    server = await made(world, config={"require_api_token_auth": False})
    answer = await world.client.post(f"/mcp-servers/{server['id']}/rotate")
    rotated = answer.json()
    assert answer.status_code == 200
    assert rotated["token"] != server["token"]
    assert (rotated["id"], rotated["tools"], rotated["url"][-36:]) == (server["id"], server["tools"], rotated["token"])
    assert (await authenticate_agent(world.services, rotated["token"], None)).key_id == server["id"]
    with pytest.raises(Exception, match="no such MCP server"):
        await authenticate_agent(world.services, server["token"], None)
    everything = (await world.client.get("/mcp-servers")).text + (await world.client.get(f"/mcp-servers/{server['id']}")).text
    assert rotated["token"] not in everything


async def test_a_revoked_server_is_gone_at_once_and_is_in_the_trail(world):
    server = await made(world, config={"require_api_token_auth": False})
    path = f"/mcp-servers/{server['id']}"
    answer = await world.client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(Exception, match="no such MCP server"):
        await authenticate_agent(world.services, server["token"], None)
    for method, place in (("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/rotate")):
        assert (await world.client.request(method, place, json={})).status_code == 404
    assert (await world.client.get("/mcp-servers")).json()["data"] == []
    with pytest.raises(Exception, match="no such MCP server"):
        await get_server(world.services, world.tenant, server["id"], caller=None)
    rows = await audit_rows(world, server["id"])
    assert ("POST /mcp-servers", "allowed", None) in rows
    assert ("DELETE /mcp-servers/{id}", "allowed", None) in rows
    assert ("DELETE /mcp-servers/{id}", "denied", "not_found") in rows


async def test_only_admin_keys_manage_servers(world):
    server = await made(world)
    for role in ("app", "approver"):
        headers = bearer(await world.key(role=role))
        for method, path in (
            ("GET", "/mcp-servers"),
            ("POST", "/mcp-servers"),
            ("GET", f"/mcp-servers/{server['id']}"),
            ("PATCH", f"/mcp-servers/{server['id']}"),
            ("DELETE", f"/mcp-servers/{server['id']}"),
            ("POST", f"/mcp-servers/{server['id']}/rotate"),
        ):
            answer = await world.client.request(method, path, json=body(world), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")


async def test_a_token_is_not_an_api_key(world):
    server = await made(world)
    for path in ("/mcp-servers", "/accounts", "/crm/contacts"):
        answer = await world.client.get(path, headers=bearer(server["token"]))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
