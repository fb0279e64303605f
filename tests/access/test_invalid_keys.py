"""Keys and tokens that do not hold: all alike in work and answer, throttled by address, and never at others' cost."""

import statistics
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.waiting import until
from tests.world import open_world
from unified.mcp.endpoint import get_endpoint
from unified.service.audit.verification import verify_chain
from unified.service.runtime.failed_attempts import MAX_KEY_FAILURES
from unified.store.engine.engine import Database
from unified.vault.tokens import new_token

LIST = "/crm/contacts"


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, public_url="http://unified") as made:
        yield made
        await get_endpoint(made.server, made.services).close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def dead_keys(world) -> dict[str, str]:
    """One of each kind that has to look the same."""
    revoked = (await world.client.post("/api-keys", json={"name": "k", "role": "app"})).json()
    await world.client.delete(f"/api-keys/{revoked['id']}")
    later = (world.services.database.clock() + timedelta(milliseconds=300)).isoformat()
    expired = (await world.client.post("/api-keys", json={"name": "k", "role": "app", "expires_at": later})).json()
    await until(lambda: world.services.database.clock().isoformat() > later)
    return {"unknown": new_token("uk_"), "revoked": revoked["key"], "expired": expired["key"]}


async def dead_servers(world) -> dict[str, str]:
    asked = {"name": "a", "account_ids": [world.accounts["hubspot"]], "config": {"require_api_token_auth": False}}
    made = (await world.client.post("/mcp-servers", json=asked)).json()
    await world.client.delete(f"/mcp-servers/{made['id']}")
    return {"unknown": new_token("um_"), "revoked": made["token"]}


async def call(world, token: str):
    if token.startswith("um_"):
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        return await world.client.post("/mcp", json=body, headers={**bearer(token), "Accept": "application/json"})
    return await world.client.get(LIST, params={"account_id": world.accounts["hubspot"]}, headers=bearer(token))


@contextmanager
def counted(database: Database, monkeypatch):
    """How often the database is read and written within the block."""
    seen = {"read": 0, "write": 0}

    def counting(name):
        real = getattr(Database, name)

        def run(self, *given, **named):
            seen[name] += 1
            return real(self, *given, **named)

        return run

    with monkeypatch.context() as patch:
        for name in seen:
            patch.setattr(Database, name, counting(name))
        yield seen


@pytest.mark.parametrize("kind", [dead_keys, dead_servers])
async def test_all_are_the_same_work_and_the_same_answer(world, monkeypatch, kind) -> None:
    tokens = await kind(world)
    for token in tokens.values():  # the first refusal of each has its row at once, without being waited for
        await call(world, token)
    await until(lambda: not world.services.audit.waiting)
    work, answers = {}, {}
    for name, token in tokens.items():
        with counted(world.services.database, monkeypatch) as seen:
            answer = await call(world, token)
        work[name] = dict(seen)
        told = answer.json()
        answers[name] = (answer.status_code, str(told).replace(answer.headers["x-request-id"], ""))
    assert len({str(one) for one in work.values()}) == 1, work
    assert set(work["unknown"].values()) == {2, 0}
    assert len(set(answers.values())) == 1, answers


async def test_no_refusal_waits_for_its_row(world, monkeypatch) -> None:
    tokens = await dead_keys(world)
    await until(lambda: not world.services.audit.waiting)

    async def never(*_given):
        raise AssertionError("a dead key's refusal waited for the database")

    monkeypatch.setattr(type(world.services.audit), "write_through", never)
    for token in tokens.values():
        assert (await call(world, token)).status_code == 401


@pytest.mark.alone
async def test_all_take_about_the_same_time(world) -> None:
    tokens = await dead_keys(world)
    took: dict[str, list[float]] = {name: [] for name in tokens}
    for _ in range(40):
        for name, token in tokens.items():
            since = time.perf_counter()
            await call(world, token)
            took[name].append(time.perf_counter() - since)
    typical = {name: statistics.median(one) for name, one in took.items()}
    assert max(typical.values()) < 2 * min(typical.values()) + 0.001, typical


async def test_a_dead_agent_leaves_one_row_and_a_count(world) -> None:
    token, server = (await dead_keys(world))["revoked"], (await dead_servers(world))["revoked"]
    for _ in range(50):
        await call(world, token)
        await call(world, server)
    world.services.repeats.write_all()
    await until(lambda: not world.services.audit.waiting)
    found = (await world.client.get("/audit", params={"decision": "denied"})).json()["data"][::-1]
    assert [row.get("count") for row in found] == [None, None, 49, 49]
    assert {(row["kind"], row["reason"]) for row in found} == {("refusal", "unauthenticated"), ("refusal", "not_found")}
    assert "count" not in found[0]
    assert (await verify_chain(world.services.database, world.tenant)).fault is None


async def test_a_key_over_its_rate_leaves_one_row_and_a_count(tmp_path) -> None:
    async with open_world(tmp_path, rate_limit_key="5/hour") as world:
        own = bearer(await world.key(role="admin"))
        for _ in range(30):
            answer = await world.client.get("/accounts", headers=own)
        assert answer.status_code == 429
        world.services.repeats.write_all()
        await until(lambda: not world.services.audit.waiting)
        found = (await world.client.get("/audit", params={"decision": "denied"})).json()["data"][::-1]
        assert [row.get("count") for row in found] == [None, 24]


@pytest.mark.parametrize("kind", ["malformed", "unknown", "server"])
async def test_right_keys_pass_while_wrong_ones_are_tried_from_the_same_address(world, kind) -> None:
    wrong = {"malformed": lambda: "uk_x", "unknown": lambda: new_token("uk_"), "server": lambda: new_token("um_")}[kind]
    usual = (await call(world, wrong())).status_code
    assert usual == (404 if kind == "server" else 401)
    for _ in range(MAX_KEY_FAILURES - 1):
        world.services.attempts.keys.failed("127.0.0.1")
    answer = await call(world, wrong())
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert (await world.client.get("/accounts")).status_code == 200
    assert (await call(world, world.admin_key)).status_code == 200
    assert (await world.client.get("/accounts", headers={"Authorization": ""})).status_code in {401, 429}


async def test_requests_without_a_key_are_not_counted(world) -> None:
    for _ in range(3):
        del world.client.headers["Authorization"]
        assert (await world.client.get("/accounts")).status_code == 401
        world.client.headers["Authorization"] = "Bearer uk_x"
    assert world.services.attempts.keys.remembered() == 0


async def test_malformed_keys_ask_no_database(world, monkeypatch) -> None:
    with counted(world.services.database, monkeypatch) as seen:
        assert (await call(world, "uk_" + "a" * 40)).status_code == 401
    assert seen == {"read": 0, "write": 0}
