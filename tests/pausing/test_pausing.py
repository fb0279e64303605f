"""What is paused is refused on every way in, says so, is audited and reported, and works again once it is resumed."""

import asyncio
import json
import time

import pytest
import sqlalchemy as sa

from tests.security.every_route import requests
from tests.waiting import until
from tests.world import add_key, lend_server, open_client, open_services
from unified.api.requests.access import SESSION_COOKIE
from unified.errors.access import Paused
from unified.service.access.principals import authenticate
from unified.service.access.sessions import sign_in
from unified.service.access.use.gate import require_agents, require_writes
from unified.service.connect import NewLink, create_link
from unified.service.pausing import REASONS, pause_key, pause_server, pause_tenant
from unified.service.runtime.row_cache import TTL_SECONDS
from unified.service.webhooks.endpoints import NewWebhook, create_webhook
from unified.store.engine.tables import API_KEYS, DELIVERIES, MCP_SERVERS, TENANTS

LINK_PAUSED = {
    "en": "This link is paused",
    "de": "Dieser Link ist angehalten",
    "es": "Este enlace está en pausa",
    "fr": "Ce lien est suspendu",
}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def _bearer(key):
    return {"Authorization": f"Bearer {key}"}


async def _sent(world, method, path, body=None, *, key=None, tenant=None):
    headers = _bearer(key or (tenant or world.ours).keys["admin"])
    answer = await world.client.request(method, path, headers=headers, json=body)
    return answer.status_code, answer.json() if answer.content else {}


async def _agent(world, token, key=None):
    headers = _bearer(token) | {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    headers |= {} if key is None else {"X-Api-Key": key}
    async with lend_server(world.services) as server, open_client(server) as client:
        answer = await client.post("http://127.0.0.1:8400/mcp", json=LIST, headers=headers)
    return answer.status_code, answer.text


async def _key_id(world, key):
    return (await authenticate(world.services, f"Bearer {key}")).key_id


async def test_every_route_refuses_a_paused_key_and_no_other(world):
    paused = await add_key(world.services, world.ours.id, name="paused", role="admin")
    row_id = await _key_id(world, paused)
    status, view = await _sent(world, "POST", f"/api-keys/{row_id}/pause", {"reason": "misuse"})
    assert (status, view["paused"]["reason"]) == (200, "misuse")
    asked = [one for one in requests(world.ours.rows) if one.route.access == "key" and one.method == "GET"]
    assert len(asked) > 20
    for one in asked:
        answer = await world.client.get(one.path, params=one.query, headers=_bearer(paused))
        if answer.status_code == 405:  # a method of another route with the same template
            continue
        assert (answer.status_code, answer.json()["code"]) == (403, "paused"), one.label
        assert "(reason: misuse)" in answer.json()["detail"]
    assert (await _sent(world, "GET", "/api-keys"))[0] == 200
    assert (await _sent(world, "POST", f"/api-keys/{row_id}/resume"))[1]["paused"] is None
    assert (await _sent(world, "GET", "/api-keys", key=paused))[0] == 200


async def test_a_session_of_a_paused_key_opens_no_page_and_nobody_signs_in_with_it(world):
    key = await add_key(world.services, world.ours.id, name="person", role="admin")
    row_id = await _key_id(world, key)
    session = await sign_in(world.services, key)
    await pause_key(world.services, world.ours.id, row_id, "compromised", caller=None)
    headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={session}"}
    answer = await world.client.get("/ui/accounts", headers=headers)
    assert (answer.status_code, "Your key is paused" in answer.text) == (403, True)
    with pytest.raises(Paused):
        await sign_in(world.services, key)
    await pause_key(world.services, world.ours.id, row_id, None, caller=None)
    assert (await world.client.get("/ui/accounts", headers=headers)).status_code == 200


async def test_a_paused_server_says_so_to_its_agent(world):
    server, app = world.ours.rows["mcp_servers"]["id"], world.ours.keys["app"]
    assert (await _agent(world, world.ours.token, app))[0] == 200
    status, view = await _sent(world, "POST", f"/mcp-servers/{server}/pause", {"reason": "runaway"})
    assert (status, view["paused"]["reason"], view["paused"]["by"]) == (
        200,
        "runaway",
        await _key_id(world, world.ours.keys["admin"]),
    )
    status, text = await _agent(world, world.ours.token, app)
    assert (status, "this MCP server is paused since" in text, "Do not try again" in text) == (403, True, True)
    assert (await _agent(world, world.theirs.token, world.theirs.keys["app"]))[0] == 200
    await _sent(world, "POST", f"/mcp-servers/{server}/resume")
    assert (await _agent(world, world.ours.token, app))[0] == 200


async def test_a_paused_key_beside_a_token_stops_the_agent(world):
    app = world.ours.keys["app"]
    await pause_key(world.services, world.ours.id, await _key_id(world, app), "other", caller=None)
    status, text = await _agent(world, world.ours.token, app)
    assert (status, "this API key is paused" in text) == (403, True)


async def test_all_agents_are_paused_by_server_and_by_function_and_programs_go_on(world):
    assert (await _sent(world, "POST", "/tenant/agents/pause", {"reason": "runaway"}))[1]["agents_paused"][
        "reason"
    ] == "runaway"
    assert (await _agent(world, world.ours.token, world.ours.keys["app"]))[0] == 403
    status, body = await _sent(world, "GET", "/tools")
    assert (status, body["code"]) == (403, "paused")
    assert (await _sent(world, "GET", "/accounts"))[0] == 200
    assert (await _sent(world, "GET", "/tools", tenant=world.theirs))[0] == 200
    assert (await _sent(world, "POST", "/tenant/agents/resume"))[1]["agents_paused"] is None
    assert (await _sent(world, "GET", "/tools"))[0] == 200


async def test_all_writes_of_a_tenant_are_paused_and_reads_continue(world):
    server = world.ours.rows["mcp_servers"]
    account = json.loads(server["scope"])["accounts"][0] if isinstance(server["scope"], str) else server["scope"]["accounts"][0]
    await pause_tenant(world.services, world.ours.id, "writes", "misuse", caller=None)
    path, body = f"/crm/contacts?account_id={account}", {"first_name": "Ada"}
    asked = [
        ("POST", path, body),
        ("PATCH", f"/crm/contacts/1?account_id={account}", body),
        ("DELETE", f"/crm/contacts/1?account_id={account}", None),
        ("POST", f"/crm/contacts/batch?account_id={account}", {"items": [{"op": "create", "data": body}]}),
        ("POST", f"/proxy/crm/v3/objects/contacts?account_id={account}", {}),
    ]
    for method, route, sent in asked:
        status, answer = await _sent(world, method, route, sent)
        if status in {404, 405, 422} and answer.get("code") in {"not_found", "method_not_allowed", "validation_failed"}:
            pytest.fail(f"{method} {route}: {answer}")
        assert (status, answer["code"]) == (403, "paused"), f"{method} {route}: {answer}"
    assert (await _sent(world, "GET", path))[0] == 200
    await pause_tenant(world.services, world.ours.id, "writes", None, caller=None)
    assert (await _sent(world, "POST", path, body))[0] == 201


async def test_with_descendants_everything_below_a_key_is_paused_and_resumed(world):
    parent = await add_key(world.services, world.ours.id, name="parent", role="admin")
    parent_id = await _key_id(world, parent)
    _, made = await _sent(world, "POST", "/api-keys", {"name": "child", "role": "app"}, key=parent)
    await _sent(world, "POST", f"/api-keys/{parent_id}/pause", {"reason": "misuse"})
    assert (await _sent(world, "GET", "/catalog/models", key=made["key"]))[0] == 200, "a pause alone leaves descendants"
    await _sent(world, "POST", f"/api-keys/{parent_id}/pause", {"reason": "misuse", "descendants": True})
    assert (await _sent(world, "GET", "/accounts", key=made["key"]))[1]["code"] == "paused"
    await _sent(world, "POST", f"/api-keys/{parent_id}/resume?descendants=true")
    assert (await _sent(world, "GET", "/api-keys", key=parent))[0] == 200


async def test_who_and_why_are_audited_and_reported_once(world):
    hook = await create_webhook(
        world.services, world.ours.id, NewWebhook(url="https://hooks.example.com/x", events=("access.paused", "access.resumed"))
    )
    server = world.ours.rows["mcp_servers"]["id"]
    for _ in range(2):
        await _sent(world, "POST", f"/mcp-servers/{server}/pause", {"reason": "runaway"})
    await _sent(world, "POST", f"/mcp-servers/{server}/resume")
    await until(lambda: world.services.audit.waiting == 0)
    admin = await _key_id(world, world.ours.keys["admin"])
    rows = [row for row in (await world.dump(world.ours))["audit"] if row["method"] == "POST /mcp-servers/{id}/pause"]
    assert {(row["actor"], row["target"], row["reason"]) for row in rows} == {(admin, server, "runaway")}
    sent = [row for row in (await world.dump(world.ours))["deliveries"] if row["webhook_id"] == _id(hook)]
    data = [json.loads(row["payload"])["data"] for row in sent]
    assert sorted(row["event"] for row in sent) == ["access.paused", "access.resumed"]
    assert {"subject": "mcp_server", "id": server, "by": admin, "reason": "runaway"} in data


def _id(hook):
    return hook[0].id if isinstance(hook, tuple) else hook.id


async def test_only_what_the_caller_may_manage_can_be_paused(world):
    server = world.ours.rows["mcp_servers"]["id"]
    for key in (world.ours.keys["app"], world.ours.keys["approver"], world.theirs.keys["admin"]):
        status, body = await _sent(world, "POST", f"/mcp-servers/{server}/pause", {"reason": "other"}, key=key)
        assert (status, body["code"]) in {(403, "method_not_allowed_by_scope"), (404, "not_found")}
    status, body = await _sent(world, "POST", f"/mcp-servers/{server}/pause", {"reason": "because"})
    assert status == 422
    assert all(one in body["detail"] for one in REASONS)


async def test_a_pause_that_is_edited_in_the_database_is_not_lifted(world):
    """The MAC of the row covers the pause: emptying the column makes the row unknown, not usable."""
    app, server = world.ours.keys["app"], world.ours.rows["mcp_servers"]["id"]
    await pause_server(world.services, world.ours.id, server, "compromised", caller=None)
    await pause_tenant(world.services, world.theirs.id, "agents", "compromised", caller=None)
    await pause_key(world.services, world.ours.id, await _key_id(world, app), "compromised", caller=None)
    async with world.services.database.write() as connection:
        for column in (MCP_SERVERS.c.paused, API_KEYS.c.paused, TENANTS.c.agents_paused):
            await connection.execute(sa.update(column.table).values({column.name: None}))
    world.services.rows.__init__(world.services.database)
    assert (await _agent(world, world.ours.token, app))[0] == 404
    assert (await _sent(world, "GET", "/accounts", key=app))[0] == 401
    assert (await _agent(world, world.theirs.token, world.theirs.keys["app"]))[0] == 403


async def test_four_workers_obey_within_the_time_that_rows_are_cached(world):
    server, app = world.ours.rows["mcp_servers"]["id"], world.ours.keys["app"]
    key_id = await _key_id(world, app)
    async with (
        open_services(world.settings) as one,
        open_services(world.settings) as two,
        open_services(world.settings) as three,
    ):
        workers = (one, two, three, world.services)
        for each in workers:
            await authenticate(each, f"Bearer {app}")
        await pause_key(one, world.ours.id, key_id, "runaway", caller=None)
        await pause_tenant(one, world.ours.id, "agents", "runaway", caller=None)
        await pause_tenant(one, world.ours.id, "writes", "runaway", caller=None)
        await pause_server(one, world.ours.id, server, "runaway", caller=None)
        began = time.monotonic()
        await asyncio.sleep(TTL_SECONDS)
        for each in workers:
            for refused in (
                authenticate(each, f"Bearer {app}"),
                require_agents(each, world.ours.id),
                require_writes(each, world.ours.id),
            ):
                with pytest.raises(Paused):
                    await refused
        assert time.monotonic() - began < TTL_SECONDS + 1


async def test_the_pages_pause_and_resume_with_a_reason(world):
    session = await sign_in(world.services, world.ours.keys["admin"])
    headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={session}"}
    server = world.ours.rows["mcp_servers"]["id"]
    key = await _key_id(world, world.ours.keys["app"])

    async def press(path, **fields):
        page = await world.client.get(path, headers=headers)
        assert page.status_code == 200, path
        token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": token, **fields}
        return await world.client.post(path, headers=headers | {"Sec-Fetch-Site": "same-origin"}, data=form)

    for path, shown, where in (
        (f"/ui/mcp/{server}", "Paused", f"/ui/mcp/{server}"),
        (f"/ui/keys/{key}", "Paused", "/ui/keys"),
        ("/ui/pauses/agents", "All agents are paused", "/ui"),
        ("/ui/pauses/writes", "All writes are paused", "/ui"),
    ):
        assert shown not in (await world.client.get(where, headers=headers)).text, path
        assert (await press(f"{path}/pause", reason="runaway")).status_code == 303, path
        page = await world.client.get(where, headers=headers)
        assert (shown in page.text, "An agent runs wild" in page.text) == (True, True), path
        assert (await press(f"{path}/resume")).status_code == 303, path
        assert shown not in (await world.client.get(where, headers=headers)).text, path
    assert (await world.dump(world.ours))["tenants"][0]["agents_paused"] is None
    assert DELIVERIES.name in await world.dump(world.ours)


async def test_limits_and_hours_of_a_server_are_edited_on_a_page_without_json(world):
    session = await sign_in(world.services, world.ours.keys["admin"])
    headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={session}"}
    path = f"/ui/mcp/{world.ours.rows['mcp_servers']['id']}/limits"
    api = f"/mcp-servers/{world.ours.rows['mcp_servers']['id']}"
    page = (await world.client.get(path, headers=headers)).text
    form = {"csrf": page.partition('name="csrf" value="')[2].partition('"')[0]}
    assert 'name="writes-minute" type="text" value="20"' in page
    told = headers | {"Sec-Fetch-Site": "same-origin"}

    async def save(**fields):
        return await world.client.post(path, headers=told, data={**form, **fields})

    saved = await save(**{"calls-day": "500", "writes-minute": "3", "day.monday": "1", "start": "08:00", "end": "18:00"})
    assert saved.status_code == 303, saved.text
    _, view = await _sent(world, "GET", api)
    assert view["limits"] == {"calls": {"day": 500}, "writes": {"minute": 3}}
    assert view["window"]["hours"] == [{"start": "08:00", "end": "18:00", "days": ["monday"]}]
    for wrong, text in (
        ({"calls-day": "many"}, "whole number"),
        ({"start": "8", "end": "9"}, "08:00"),
        ({"start": "08:00", "end": "09:00", "time_zone": "Mars/Base"}, "IANA"),
    ):
        refused = await save(**wrong)
        assert (refused.status_code, text in refused.text) == (422, True), wrong
    assert (await save()).status_code == 303
    _, view = await _sent(world, "GET", api)
    assert (view["limits"], view["window"]) == ({}, None)


async def test_the_page_of_a_paused_link_says_so_in_the_language_of_its_reader_and_names_no_key(world):
    services = world.services
    app = await add_key(services, world.ours.id, name="app", role="app")
    maker = await authenticate(services, _bearer(app)["Authorization"])
    link, url = await create_link(services, maker, NewLink(provider="zendesk"))
    await pause_key(services, world.ours.id, maker.key_id, "compromised", caller=None)
    for language, title in LINK_PAUSED.items():
        headers = {"Accept": "text/html", "Accept-Language": language}
        page = await world.client.get(f"/connect/{link.id}", params={"token": url.partition("token=")[2]}, headers=headers)
        assert (page.status_code, title in page.text, maker.key_id in page.text) == (403, True, False)
