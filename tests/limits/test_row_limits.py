"""What a tenant or a key can make has a bound; who reaches it hears what to do, and others are not affected."""

import random

import msgspec
import pytest
from sqlalchemy import select

from tests.sizes import examples
from tests.world import add_key, add_tenant, open_world
from unified.service.access.principals import authenticate
from unified.service.row_limits import PART_OF_A_KEY
from unified.settings.row_limits import RowLimits, read_row_limits
from unified.store import api_keys, bearer_tokens, deliveries
from unified.store.engine.tables import API_KEYS, CONNECT_LINKS, MCP_SERVERS

LIMIT = 6
KINDS = ("accounts", "keys", "links", "servers", "webhooks", "deliveries")


@pytest.fixture
async def world(tmp_path):
    limits = RowLimits(**dict.fromkeys(KINDS, LIMIT))
    async with open_world(tmp_path, providers=("hubspot",), public_url="http://unified", row_limits=limits) as made:
        yield made


async def make(client, kind: str, key: str, hook: str = ""):
    """Ask for one more of a kind; a server needs an account."""
    headers = {"Authorization": f"Bearer {key}"}
    ids = [one["id"] for one in (await client.get("/accounts", headers=headers)).json()["data"]] if kind == "servers" else []
    if kind == "servers" and not ids:
        ids = [(await make(client, "accounts", key)).json()["id"]]
    bodies = {
        "accounts": ("/accounts", {"provider": "hubspot", "name": "n", "credentials": {"type": "bearer", "token": "t"}}),
        "keys": ("/api-keys", {"name": "k", "role": "app"}),
        "links": ("/connect", {"provider": "hubspot"}),
        "servers": ("/mcp-servers", {"name": "s", "account_ids": ids[:1], "config": {}}),
        "webhooks": ("/webhooks", {"url": "https://hooks.example/x", "events": ["account.connected"]}),
        "deliveries": (f"/webhooks/{hook}/test", {}),
    }
    path, body = bodies[kind]
    return await client.post(path, json=body, headers=headers)


async def fill(client, kind: str, keys: list[str]) -> tuple[int, list]:
    """Make as many as are taken, with the keys in turns; how many, and the refusals."""
    hook = (await make(client, "webhooks", keys[0])).json()["id"] if kind == "deliveries" else ""
    answers = [await make(client, kind, keys[number % len(keys)], hook) for number in range(LIMIT + 2)]
    refused = [one for one in answers if one.status_code != answers[0].status_code]
    return len(answers) - len(refused), refused


@pytest.mark.parametrize("kind", KINDS)
async def test_the_bound_counts_for_each_tenant(world, kind: str) -> None:
    keys = [await add_key(world.services, world.tenant, name=name, role="admin") for name in "ab"]
    made, refused = await fill(world.client, kind, keys)
    assert 1 <= made <= LIMIT, [one.text for one in refused]
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(409, "conflict")}
    assert f"UNIFIED_ROW_LIMITS allows a tenant {LIMIT} ({kind})" in refused[-1].json()["detail"]
    other = await add_key(world.services, await add_tenant(world.services, "other"), name="k", role="admin")
    hook = (await make(world.client, "webhooks", other)).json()["id"] if kind == "deliveries" else ""
    assert (await make(world.client, kind, other, hook)).status_code < 300


@pytest.mark.parametrize("kind", ["keys", "links", "servers"])
async def test_one_key_leaves_room_for_the_others(world, kind: str) -> None:
    greedy = await add_key(world.services, world.tenant, name="greedy", role="admin")
    made, refused = await fill(world.client, kind, [greedy])
    assert made == LIMIT // PART_OF_A_KEY
    assert refused[0].json()["detail"].startswith(f"this key and those below it have made {made} ")
    assert (await make(world.client, kind, world.admin_key)).status_code == 201


MADE = {"keys": "/api-keys", "links": "/connect", "servers": "/mcp-servers"}


@pytest.mark.parametrize("kind", MADE)
async def test_no_key_makes_more_through_others_than_by_itself(tmp_path, kind: str) -> None:
    """Random makers of keys, and of rows: what is below a key is at most its share, and another first key always has room."""
    draw, most = random.Random(1), 24
    limits = msgspec.structs.replace(RowLimits(), **{kind: most})
    async with open_world(tmp_path, providers=("hubspot",), public_url="http://unified", row_limits=limits) as world:
        first = await add_key(world.services, world.tenant, name="first", role="admin")
        keys, above = [first], {first: None}
        for _ in range(examples(90)):
            maker = draw.choice(keys)
            answer = await (make_admin(world.client, maker) if draw.random() < 0.5 else make(world.client, kind, maker))
            assert answer.status_code in {201, 409}, answer.text
            if answer.json().get("role") == "admin":
                keys.append(answer.json()["key"])
                above[keys[-1]] = maker
        rows = await made_by(world, kind)
        ids = {key: (await authenticate(world.services, f"Bearer {key}")).key_id for key in keys}
        for key in keys:
            below = {ids[one] for one in keys if key in chain(above, one)}
            share = max(most // PART_OF_A_KEY ** len(chain(above, key)), 1)
            assert sum(row in below for row in rows) <= share
        assert sum(row in ids.values() for row in rows) == most // PART_OF_A_KEY, "the first key's part was never reached"
        other = await add_key(world.services, world.tenant, name="other", role="admin")
        assert (await make(world.client, kind, other)).status_code == 201


async def make_admin(client, key: str):
    """Ask for a key that may make keys, and whatever else its maker makes."""
    scope = {"manage": ["keys", "connect", "servers", "accounts"]}
    body = {"name": "k", "role": "admin", "scope": scope}
    return await client.post("/api-keys", json=body, headers={"Authorization": f"Bearer {key}"})


def chain(above: dict[str, str | None], key: str) -> list[str]:
    """A key and those that made it."""
    maker = above[key]
    return [key, *(chain(above, maker) if maker else ())]


async def made_by(world, kind: str) -> list[str]:
    table = {"keys": API_KEYS, "links": CONNECT_LINKS, "servers": MCP_SERVERS}[kind]
    async with world.services.database.read() as connection:
        return [row[0] for row in await connection.execute(select(table.c.made_by))]


async def test_ended_rows_make_room(world) -> None:
    key = await add_key(world.services, world.tenant, name="k", role="admin")
    first = (await make(world.client, "keys", key)).json()["id"]
    await fill(world.client, "keys", [key])
    assert await bearer_tokens.revoke(world.services.database, api_keys.KEYS, world.tenant, first)
    assert (await make(world.client, "keys", key)).status_code == 201


async def test_events_of_one_tenant_do_not_fill_the_outbox(world, monkeypatch) -> None:
    monkeypatch.setattr(deliveries, "MAX_WAITING", 2)
    await make(world.client, "webhooks", world.admin_key)
    for _ in range(LIMIT - 1):
        await make(world.client, "accounts", world.admin_key)
    hook = (await world.client.get("/webhooks")).json()["data"][0]["id"]
    assert len((await world.client.get(f"/webhooks/{hook}/deliveries")).json()["data"]) == 2


def test_the_setting_changes_single_kinds() -> None:
    assert read_row_limits("webhooks=3, links = 7") == RowLimits(webhooks=3, links=7)


@pytest.mark.parametrize("raw", ["webhook=3", "webhooks=0", "webhooks", "webhooks=1,webhooks=2", "", "=3"])
def test_a_setting_that_cannot_be_read(raw: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_row_limits(raw)
