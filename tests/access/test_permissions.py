"""What a key may do to Unified itself: every route of the table, with keys drawn at random, does only what it declares."""

import asyncio
import random
from datetime import timedelta

import pytest

from tests.keys import CALLS, new_key
from tests.routes import ROUTE_TABLE, WEB_TABLE
from tests.security.every_route import requests
from tests.security.world import PROVIDER, open_world
from tests.sizes import FULL_SIZE
from tests.waiting import until
from unified.service.access.api_keys import create_key
from unified.service.access.lineage import descendants_of, may_decide
from unified.service.access.permissions import ROLES
from unified.service.access.scope.scopes import PERMISSIONS
from unified.service.accounts.accounts import NewAccount
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow

READS = {"methods": ["read"], "writes": "deny"}
SEED, KEYS = 20261126, 14 if FULL_SIZE else 6
MOVES = {"audit", "audit_heads"}
"""Tables that every refusal adds to."""


@pytest.fixture
async def world(tmp_path):
    second = NewAccount(provider=PROVIDER, name="second", credentials=discover()[PROVIDER].demo_credentials[0])
    async with open_world("sqlite", tmp_path, accounts=(second,)) as opened:
        yield opened


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


async def account_ids(world):
    answer = await world.client.get("/accounts", headers=bearer(world.ours.keys["admin"]))
    return [one["id"] for one in answer.json()["data"]]


def drawn(pick, accounts):
    """A role with a random part of what a key of it can have, perhaps limited to one account."""
    role = pick.choice(tuple(one for one in ROLES if one != "agent"))
    manage = sorted(pick.sample(PERMISSIONS, pick.randint(0, len(PERMISSIONS))))
    scope = {**(READS if pick.random() < 0.5 else CALLS), "manage": [one for one in manage if one in ROLES[role]]}
    if pick.random() < 0.6:
        scope["accounts"] = [pick.choice(accounts)]
    return role, scope


def is_permitted(one, role, scope, rows):
    """The rule once more, written apart from the product's: may this key send this request at all?"""
    needs = one.route.needs
    if needs in PERMISSIONS:
        if needs not in scope["manage"]:
            return False
    elif needs == "call" and role not in {"admin", "app"}:
        return False
    limited = scope.get("accounts")
    if limited is None:
        return True
    if one.route.reach == "tenant":
        return False
    if one.route.reach == "account":
        return rows["accounts"]["id"] in limited
    return True


def still(dumped):
    kept = {name: rows for name, rows in dumped.items() if name not in MOVES}
    return {name: [{**row, "last_used_at": None} for row in rows] for name, rows in kept.items()}


async def test_no_route_does_what_a_key_is_not_permitted(world):
    pick = random.Random(SEED)
    accounts = await account_ids(world)
    for number in range(KEYS):
        role, scope = drawn(pick, accounts)
        _, key = await create_key(world.services, world.ours.id, new_key(role=role, scope=scope), maker=None)
        rows = {**world.ours.rows, "accounts": {**world.ours.rows["accounts"], "id": pick.choice(accounts)}}
        before = still(await world.dump())
        asked = [one for one in requests(rows) if one.route.access != "public" and not is_permitted(one, role, scope, rows)]
        assert asked, "every key lacks something"
        for one in asked:
            answer = await send(world, one, key)
            shown = f"key {number}, {role} {scope}: {one.label} answered {answer.status_code} {answer.text[:200]}"
            if answer.status_code == 405 or one.method == "OPTIONS":  # the path has no such method, for anybody
                continue
            assert answer.status_code == 403, shown
            assert answer.json()["code"] in {"method_not_allowed_by_scope", "outside_accounts"}, shown
        assert still(await world.dump()) == before


async def test_a_key_reads_where_it_is_permitted(world):
    """The control: were everything refused, the test above would show nothing."""
    pick = random.Random(SEED)
    accounts = await account_ids(world)
    for _ in range(KEYS):
        role, scope = drawn(pick, accounts)
        _, key = await create_key(world.services, world.ours.id, new_key(role=role, scope=scope), maker=None)
        for one in requests(world.ours.rows):
            if one.method == "GET" and one.route.access == "key" and is_permitted(one, role, scope, world.ours.rows):
                answer = await send(world, one, key)
                permission = answer.status_code == 403 and "permission" in answer.json()["detail"]
                assert not permission, f"{role} {scope}: {one.label} {answer.text[:200]}"


async def send(world, one, key):
    headers = {**bearer(key), **one.headers}
    return await world.client.request(one.method, one.path, params=one.query, headers=headers, json=one.body)


@pytest.mark.parametrize("one", ROUTE_TABLE, ids=lambda one: f"{'-'.join(one.methods)} {one.path}")
def test_every_route_declares_what_it_needs_and_whom_it_concerns(one):
    if one.access == "public" or (one.access == "token" and one.declared.gate is None):
        assert one.needs == "nothing"
    else:
        assert one.needs != "nothing"
    if one.path.startswith(("/accounts/{id", "/ui/accounts/{id")):
        assert one.reach == "account"
    if one.needs in {"webhooks", "apps", "tenant"}:
        assert one.reach == "tenant", "no row of these belongs to one account"


def test_pages_need_what_the_api_needs_for_the_same_act():
    needs = {(method, one.path): one.needs for one in ROUTE_TABLE for method in one.methods}
    pages = {one.path: one.needs for one in WEB_TABLE if "POST" in one.methods}
    assert pages["/ui/accounts/{id:str}/reconnect"] == needs["POST", "/connect"]
    assert pages["/ui/accounts/{id:str}/check"] == needs["POST", "/accounts/{id:str}/check"]
    assert pages["/ui/accounts/{id:str}/{action:str}"] == needs["DELETE", "/accounts/{id:str}"]
    assert pages["/ui/accounts/{id:str}/resources"] == needs["PUT", "/accounts/{id:str}/resources"]
    assert pages["/ui/mcp/new"] == needs["POST", "/mcp-servers"]
    assert pages["/ui/keys/{id:str}/revoke"] == needs["DELETE", "/api-keys/{id:str}"]
    assert pages["/ui/approvals/{id:str}/{action:str}"] == needs["POST", "/approvals/{id:str}/approve"]


async def test_the_finding_a_read_only_admin_of_one_account_changes_nothing(world):
    mine, other = await account_ids(world)
    scope = {**READS, "accounts": [mine]}
    _, key = await create_key(world.services, world.ours.id, new_key(role="admin", scope=scope), maker=None)
    before = still(await world.dump())
    attempts = [
        ("PATCH", f"/accounts/{other}", {"name": "mine now"}),
        ("PATCH", f"/accounts/{other}", {"credentials": {"type": "bearer", "token": "t"}}),
        ("DELETE", f"/accounts/{other}", None),
        ("POST", "/accounts", {"provider": PROVIDER, "name": "new", "credentials": {"type": "bearer", "token": "t"}}),
        ("DELETE", f"/api-keys/{world.ours.rows['api_keys']['id']}", None),
        ("PATCH", "/tenant", {"return_origins": ["https://evil.example"]}),
        ("PUT", f"/oauth-apps/{PROVIDER}", {"client_id": "an-id", "client_secret": "a-client-secret"}),
        ("POST", "/webhooks", {"url": "https://evil.example/hook", "events": ["account.connected"]}),
        ("POST", "/connect", {"account_id": other}),
        ("POST", f"/accounts/{other}/refresh", None),
        ("GET", "/audit", None),
        ("POST", "/api-keys", {"name": "child", "role": "admin"}),
    ]
    for method, path, body in attempts:
        answer = await world.client.request(method, path, json=body, headers=bearer(key))
        assert answer.status_code == 403, (method, path, answer.text)
    assert still(await world.dump()) == before


# What a key shows and ends of other keys


async def made(world, maker, **asked):
    answer = await world.client.post("/api-keys", json={"name": "child", "role": "app", **asked}, headers=bearer(maker))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_sees_and_revokes_only_keys_that_it_could_have_made(world):
    account, _ = await account_ids(world)
    scope = {**READS, "accounts": [account], "manage": ["keys"]}
    row, narrow = await create_key(world.services, world.ours.id, new_key(role="admin", scope=scope), maker=None)
    child = await made(world, narrow)
    listed = (await world.client.get("/api-keys", headers=bearer(narrow))).json()["data"]
    assert {one["id"] for one in listed} == {row.id, child["id"]}
    unlimited = world.ours.rows["api_keys"]["id"]
    for method in ("GET", "DELETE"):
        answer = await world.client.request(method, f"/api-keys/{unlimited}", headers=bearer(narrow))
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such key")
    assert (await world.client.delete(f"/api-keys/{child['id']}", headers=bearer(narrow))).status_code == 204


async def test_a_limited_key_sees_the_trail_of_its_accounts_and_itself(world):
    mine, other = await account_ids(world)
    admin = world.ours.keys["admin"]
    for account in (mine, other):
        await world.client.get("/crm/contacts", params={"account_id": account, "limit": "1"}, headers=bearer(admin))
    await world.client.get("/tenant", headers=bearer(admin))
    scope = {**READS, "accounts": [mine], "manage": ["audit"]}
    row, key = await create_key(world.services, world.ours.id, new_key(role="admin", scope=scope), maker=None)
    await world.client.get("/tenant", headers=bearer(key))  # refused, and told of
    rows = (await world.client.get("/audit", headers=bearer(key))).json()["data"]
    assert rows
    assert all(one["account_id"] == mine or one["actor"] == row.id for one in rows)


async def test_a_boundary_is_set_only_within_the_resources_of_the_scope(world):
    account, _ = await account_ids(world)
    scope = {**CALLS, "manage": ["accounts"], "resources": {"crm.accounts": {"ids": ["1", "2"]}}}
    _, key = await create_key(world.services, world.ours.id, new_key(role="admin", scope=scope), maker=None)
    for body, status in (
        ({}, 403),
        ({"crm.accounts": {"ids": ["1", "3"]}}, 403),
        ({"crm.accounts": {"ids": ["2"]}}, 200),
    ):
        answer = await world.client.put(f"/accounts/{account}/resources", json=body, headers=bearer(key))
        assert answer.status_code == status, (body, answer.text)


# Connect links


async def test_links_and_refresh_need_the_permission_to_connect(world):
    account, _ = await account_ids(world)
    plain = await made(world, world.ours.keys["admin"], scope=CALLS)
    connects = await made(world, world.ours.keys["admin"], scope={**CALLS, "manage": ["connect"]})
    for path, body in (("/connect", {"account_id": account}), (f"/accounts/{account}/refresh", None)):
        assert (await world.client.post(path, json=body, headers=bearer(plain["key"]))).status_code == 403
        assert (await world.client.post(path, json=body, headers=bearer(connects["key"]))).status_code != 403


def limited_to(account):
    return {**CALLS, "manage": ["connect"], "accounts": [account]}


async def test_a_link_stays_within_the_accounts_of_its_maker(tmp_path):
    async with open_world("sqlite", tmp_path, public_url="http://127.0.0.1:8400") as world:
        (account,) = await account_ids(world)
        key = await made(world, world.ours.keys["admin"], scope=limited_to(account))
        answer = await world.client.post("/connect", json={"provider": PROVIDER}, headers=bearer(key["key"]))
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_accounts")
        again = await world.client.post("/connect", json={"account_id": account}, headers=bearer(key["key"]))
        assert again.status_code == 201
        new = await world.client.post("/connect", json={"provider": PROVIDER}, headers=bearer(world.ours.keys["admin"]))
        shown = await world.client.get(f"/connect/{new.json()['id']}", headers=bearer(key["key"]))
        assert shown.status_code == 404
        found = {one.kind for one in await descendants_of(world.services, world.ours.id, key["id"])}
        assert found == {"connect_link"}
        admin = bearer(world.ours.keys["admin"])
        assert (await world.client.delete(f"/api-keys/{key['id']}?descendants=true", headers=admin)).status_code == 204
        status = (await world.client.get(f"/connect/{again.json()['id']}", headers=admin)).json()["status"]
        assert status == "expired"


def test_the_documented_routes_of_the_table_are_described():
    """A permission is asked for by a route, so each word of `manage` has one."""
    assert {one.needs for one in ROUTE_TABLE} >= set(PERMISSIONS)


# Taking over what others made


async def server_of(world, key, account, **config):
    asked = {"name": "agents", "account_ids": [account], "config": config}
    answer = await world.client.post("/mcp-servers", json=asked, headers=bearer(key))
    assert answer.status_code == 201, answer.text
    return answer.json()


WRITES = {"methods": ["read", "write"], "writes": "direct"}
TAKES = [
    ("PATCH", "", {"name": "mine"}),
    ("PATCH", "", {"config": {"methods": ["read"], "writes": "deny"}}),
    ("PATCH", "", {"config": {}}),
    ("PATCH", "", {"config": {"require_api_token_auth": False}}),
    ("POST", "/rotate", None),
    ("DELETE", "", None),
    ("GET", "", None),
]


@pytest.mark.parametrize(
    "scope",
    [
        {**READS, "manage": ["servers"]},
        {"methods": ["read", "write"], "writes": "approve", "manage": ["servers", "approvals"]},
        {**WRITES, "models": ["crm.contacts"], "manage": ["servers"]},
        {**WRITES, "fields": {"hide": ["crm.contacts.emails"]}, "manage": ["servers"]},
    ],
)
async def test_a_server_that_may_do_more_than_a_key_does_not_exist_for_it(world, scope):
    account, _ = await account_ids(world)
    theirs = await server_of(world, world.ours.keys["admin"], account, **WRITES)
    key = await made(world, world.ours.keys["admin"], role="admin", scope=scope)
    before = still(await world.dump())
    for method, path, body in TAKES:
        address = f"/mcp-servers/{theirs['id']}{path}"
        answer = await world.client.request(method, address, json=body, headers=bearer(key["key"]))
        assert answer.status_code == 404, (method, path, body, answer.text)
    listed = (await world.client.get("/mcp-servers", headers=bearer(key["key"]))).json()["data"]
    assert theirs["id"] not in {one["id"] for one in listed}
    assert still(await world.dump()) == before


async def test_who_takes_a_server_over_is_of_its_line(world):
    account, _ = await account_ids(world)
    theirs = await server_of(world, world.ours.keys["admin"], account, methods=["read", "write"], writes="approve")
    scope = {"methods": ["read", "write"], "writes": "approve", "manage": ["servers", "approvals"]}
    taker = await made(world, world.ours.keys["admin"], role="admin", scope=scope)
    asks = {"services": world.services, "tenant_id": world.ours.id, "requesters": [theirs["id"]]}
    assert await may_decide(**asks, approver_id=taker["id"]), "it has nothing to do with the server yet"
    rotated = await world.client.post(f"/mcp-servers/{theirs['id']}/rotate", headers=bearer(taker["key"]))
    assert rotated.status_code == 200
    assert not await may_decide(**asks, approver_id=taker["id"])
    assert await may_decide(**asks, approver_id=world.ours.rows["api_keys"]["id"])
    assert theirs["id"] in {one.id for one in await descendants_of(world.services, world.ours.id, taker["id"])}


async def test_a_key_that_ends_takes_no_token_that_lasts_longer(world):
    account, _ = await account_ids(world)
    theirs = await server_of(world, world.ours.keys["admin"], account)
    soon = (world.services.database.clock() + timedelta(minutes=5)).isoformat()
    taker = await made(world, world.ours.keys["admin"], role="admin", scope="unlimited", expires_at=soon)
    answer = await world.client.post(f"/mcp-servers/{theirs['id']}/rotate", headers=bearer(taker["key"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_exceeds_parent")


async def test_cursors_and_pages_tell_of_nothing_that_is_not_seen(world):
    mine, _ = await account_ids(world)
    await server_of(world, world.ours.keys["admin"], mine, **WRITES)
    scope = {**READS, "accounts": [mine], "manage": ["keys", "servers"]}
    key = (await made(world, world.ours.keys["admin"], role="admin", scope=scope))["key"]
    for path in ("/accounts", "/api-keys", "/mcp-servers"):
        page = (await world.client.get(path, params={"limit": "1"}, headers=bearer(key))).json()
        whole = (await world.client.get(path, headers=bearer(key))).json()["data"]
        assert page["data"] == whole[:1]
        assert (page["next_cursor"] is None) is (len(whole) <= 1), path


@pytest.mark.parametrize("spelling", ["acc%5F", "%61cc_", "acc_"])
async def test_the_trail_names_what_was_changed_however_the_path_spells_it(world, spelling):
    account, _ = await account_ids(world)
    path = f"/accounts/{spelling}{account.removeprefix('acc_')}"
    answer = await world.client.patch(path, json={"name": "renamed"}, headers=bearer(world.ours.keys["admin"]))
    assert answer.status_code == 200
    await until(lambda: world.services.audit.waiting == 0)
    rows = (await world.client.get("/audit", headers=bearer(world.ours.keys["admin"]))).json()["data"]
    changed = next(one for one in rows if one["method"] == "PATCH /accounts/{id}")
    assert (changed["target"], changed["account_id"]) == (account, account)
    scope = {**CALLS, "manage": ["accounts"], "accounts": [account]}
    key = (await made(world, world.ours.keys["admin"], role="admin", scope=scope))["key"]
    assert (await world.client.patch(path, json={"name": "again"}, headers=bearer(key))).status_code == 200


async def test_nothing_survives_a_revocation_with_all_that_was_made(world):
    stolen = await made(world, world.ours.keys["admin"], role="admin", scope="unlimited")
    minted = []

    async def mint():
        while True:
            body = {"name": "more", "role": "admin", "scope": "unlimited"}
            answer = await world.client.post("/api-keys", json=body, headers=bearer(stolen["key"]))
            if answer.status_code != 201:
                return
            minted.append(answer.json()["key"])

    async def end():
        await until(lambda: len(minted) > 3)
        address = f"/api-keys/{stolen['id']}?descendants=true"
        assert (await world.client.delete(address, headers=bearer(world.ours.keys["admin"]))).status_code == 204

    await asyncio.gather(end(), *(mint() for _ in range(4)))
    for key in minted:
        assert (await world.client.get("/accounts", headers=bearer(key))).status_code == 401
