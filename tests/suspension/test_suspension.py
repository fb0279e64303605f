"""A suspended tenant is refused at every way in, on every route, and nothing is done for it in the background."""

import asyncio
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.filled_rows import change, filled, put
from tests.routes import WEB_TABLE
from tests.security.every_route import requests
from tests.world import lend_server, open_client
from unified.api.requests.access import SESSION_COOKIE
from unified.errors.access import TenantSuspended
from unified.service.access.principals import authenticate
from unified.service.access.sessions import sign_in
from unified.service.access.suspension import require_active
from unified.service.connect.callback import complete_callback
from unified.service.connect.links import NewLink, create_link, status_for_holder
from unified.service.connect.offers import open_link
from unified.service.runtime.row_cache import TTL_SECONDS, RowCache
from unified.service.tenants import set_suspended
from unified.service.webhooks.dispatcher import Dispatcher
from unified.store import refreshes, tenants
from unified.store.engine.tables import ACCOUNTS, CONNECT_LINKS, DELIVERIES, TENANTS

WHOM = "help@example.com"


async def suspend(world, tenant=None, *, suspended=True):
    await set_suspended(world.services, (tenant or world.ours).id, suspended=suspended)


async def told(world, asked, key):
    headers = {"Authorization": f"Bearer {key}", **asked.headers}
    answer = await world.client.request(asked.method, asked.path, params=asked.query, headers=headers, json=asked.body)
    body = answer.json() if answer.headers.get("content-type", "").startswith("application/") and answer.content else {}
    return answer.status_code, body.get("code") if isinstance(body, dict) else None, body


@pytest.mark.slow
async def test_every_route_refuses_every_key_of_a_suspended_tenant_and_no_other(world):
    await suspend(world)
    asked = [one for one in requests(world.ours.rows) if one.route.access == "key" and one.method != "OPTIONS"]
    assert len(asked) > 80
    for one in asked:
        status, code, body = await told(world, one, world.ours.keys["admin"])
        if status == 405:  # a method of another route with the same template
            continue
        assert (status, code, WHOM in str(body)) == (403, "tenant_suspended", True), f"{one.label}: {body}"
    for role, key in world.ours.keys.items():
        assert (await told(world, asked[0], key))[1] == "tenant_suspended", role
    assert (await told(world, asked[0], world.theirs.keys["admin"]))[1] != "tenant_suspended"
    rows = (await world.dump(world.ours))["audit"]
    assert {row["reason"] for row in rows} >= {"tenant_suspended"}
    assert len([row for row in rows if row["reason"] == "tenant_suspended"]) <= len(world.ours.keys), "repeats are one row"


@pytest.mark.slow
async def test_refused_requests_work_again_once_the_tenant_is_resumed(world):
    asked = [one for one in requests(world.ours.rows) if one.method == "GET" and one.route.access == "key"]
    key = world.ours.keys["admin"]
    before = {one.label: (await told(world, one, key))[0] for one in asked}
    await suspend(world)
    assert {(await told(world, one, key))[0] for one in asked[:3]} == {403}
    await suspend(world, suspended=False)
    assert {one.label: (await told(world, one, key))[0] for one in asked} == before
    assert 200 in before.values()


async def test_every_page_says_that_access_is_suspended(world):
    session = await sign_in(world.services, world.ours.keys["admin"])
    theirs = await sign_in(world.services, world.theirs.keys["admin"])
    await suspend(world)
    pages = [one for one in WEB_TABLE if one.access == "session" and "GET" in one.methods]
    assert len(pages) > 10
    for page in pages:
        path = re.sub(r"\{\w+:\w+\}", "x", page.path)
        answer = await world.client.get(path, headers={"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={session}"})
        assert (answer.status_code, "Access is suspended" in answer.text) == (403, True), page.path
        asked = {"Accept": "application/json", "Cookie": f"{SESSION_COOKIE}={session}"}
        assert (await world.client.get(path, headers=asked)).json()["code"] == "tenant_suspended", page.path
    assert (await world.client.get("/ui/accounts", headers={"Cookie": f"{SESSION_COOKIE}={theirs}"})).status_code == 200
    with pytest.raises(TenantSuspended):
        await sign_in(world.services, world.ours.keys["admin"])
    await suspend(world, suspended=False)
    assert (await world.client.get("/ui/accounts", headers={"Cookie": f"{SESSION_COOKIE}={session}"})).status_code == 200


async def test_agents_are_refused(world):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Authorization": f"Bearer {world.ours.token}", "Accept": "application/json, text/event-stream"}
    async with lend_server(world.services) as server, open_client(server) as client:

        async def asked():
            answer = await client.post(
                "http://127.0.0.1:8400/mcp", json=message, headers={**headers, "MCP-Protocol-Version": "2025-06-18"}
            )
            return answer.status_code, answer.text

        assert "tenant_suspended" not in (await asked())[1]
        await suspend(world)
        status, text = await asked()
        assert (status, "tenant_suspended" in text, WHOM in text) == (403, True, True)


async def test_connect_links_and_their_callbacks_are_refused(world):
    principal = await authenticate(world.services, f"Bearer {world.ours.keys['admin']}")
    digest, state = world.services.digest("uc_x"), world.services.digest("a state")
    async with world.services.database.write() as connection:
        row = filled(CONNECT_LINKS, tenant_id=world.ours.id, digest=digest, state=state, status="open")
        row["attempt_expires_at"] = row["expires_at"]
        await put(connection, CONNECT_LINKS, row)
    link, url = await create_link(world.services, principal, NewLink(provider="zendesk"))
    token = url.rpartition("token=")[2]
    assert (await open_link(world.services, link.id, token)).tenant_id == world.ours.id
    await suspend(world)
    with pytest.raises(TenantSuspended):
        await open_link(world.services, link.id, token)
    with pytest.raises(TenantSuspended):
        await status_for_holder(world.services, link.id, token)
    page = await world.client.get(f"/connect/{link.id}", params={"token": token}, headers={"Accept": "text/html"})
    assert (page.status_code, "Access is suspended" in page.text) == (403, True)
    with pytest.raises(TenantSuspended):
        await complete_callback(world.services, "zendesk", [("state", "a state"), ("code", "c")], "a browser")


async def test_nothing_is_sent_or_refreshed_in_the_background(world):
    database, sent = world.services.database, []

    async def deliver(taken):
        sent.append(taken.tenant_id)

    now = database.clock()
    async with database.write() as connection:
        for tenant in (world.ours, world.theirs):
            waits = {"tenant_id": tenant.id, "webhook_id": tenant.rows["webhooks"]["id"]}
            times = {"next_attempt_at": now - timedelta(seconds=1), "lease_until": None}
            await put(connection, DELIVERIES, filled(DELIVERIES, status="pending", **waits, **times))
            due = {"credentials_expires_at": now, "credentials_refreshable": True, "refresh_lease_until": None}
            due |= {"refresh_not_before": None}
            account = ACCOUNTS.c.id == tenant.rows["accounts"]["id"]
            await change(connection, ACCOUNTS, account, **due)
    dispatcher = Dispatcher(database, deliver)
    await suspend(world)
    await dispatcher.claim_due()
    await asyncio.sleep(0)
    due = await refreshes.list_due(database, within=timedelta(seconds=60), limit=100)
    assert ({row.tenant_id for row in due}, sent) == ({world.theirs.id}, [world.theirs.id])
    await suspend(world, suspended=False)
    await dispatcher.claim_due()
    await dispatcher.drain(1)
    due = await refreshes.list_due(database, within=timedelta(seconds=60), limit=100)
    assert ({row.tenant_id for row in due}, set(sent)) == ({world.ours.id, world.theirs.id}, {world.ours.id, world.theirs.id})


async def test_another_worker_knows_when_its_copy_has_expired(world):
    time = [0.0]
    other = RowCache(world.services.database, clock=lambda: time[0])
    assert (await other.tenant(world.ours.id)).suspended_at is None
    await suspend(world)
    assert (await other.tenant(world.ours.id)).suspended_at is None, "the control: it is cached"
    time[0] += TTL_SECONDS
    assert (await other.tenant(world.ours.id)).suspended_at is not None


async def test_an_edit_of_the_database_cannot_resume_a_tenant(world):
    await suspend(world)
    async with world.services.database.write() as connection:
        await connection.execute(sa.update(TENANTS).where(TENANTS.c.id == world.ours.id).values(suspended_at=None))
    world.services.rows._tenants.drop(world.ours.id)
    with pytest.raises(TenantSuspended):
        await require_active(world.services, world.ours.id)
    async with world.services.database.read() as connection:
        assert await tenants.active_among(connection, {world.ours.id, world.theirs.id}) == {world.theirs.id}


async def test_suspending_twice_keeps_the_first_time(world):
    first = await set_suspended(world.services, world.ours.id, suspended=True)
    assert await set_suspended(world.services, world.ours.id, suspended=True) == first
    assert (await set_suspended(world.services, world.ours.id, suspended=False)).suspended_at is None
