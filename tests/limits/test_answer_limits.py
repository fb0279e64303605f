"""Limits on records and bytes: whatever is asked for, answers hold no more than the limits say, and none is given in part."""

import asyncio
import json
import random
from contextlib import AsyncExitStack

import pytest

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.limits.limited_keys import first_account, limited_key, sent
from tests.mcp.endpoint.conftest import Agent
from tests.security.world import open_world
from tests.sizes import examples
from tests.world import lend_server, open_services
from unified.errors.service import LimitReached
from unified.service.access.scope.scopes import CLASSES
from unified.service.access.use.charging import charge_use
from unified.service.access.use.use_limits import Level, Quota, UseLimits, amounts_of_answer
from unified.service.webhooks.endpoints import NewWebhook, create_webhook

WORKERS = 4
REFUSED = {"limit_reached", "limit_used_up"}
CONTACTS = "/crm/contacts"


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path, public_url="http://unified") as opened:
        yield opened


async def _key(world, limits, *, by=None):
    return await limited_key(world, limits, by=by, fields={"classes": list(CLASSES)})


def _records(body):
    """Count the records of an answer of any kind, those that `expand` added among them."""
    if "results" in body:
        return sum("data" in one for one in body["results"])
    shown = body.get("data", body)
    shown = shown if isinstance(shown, list) else [shown]
    return sum(1 + (one.get("account") is not None) for one in shown)


def _requests(rng, account, known):
    """Return a random request of any kind as method, path, body and whether its bytes count."""
    limit, name = rng.randint(1, 20), f"n{rng.random()}"
    person = {"last_name": name, "emails": [{"email": f"{name}@limits.example"}]}
    one = rng.choice(known)
    return rng.choice(
        [
            ("GET", f"{CONTACTS}?account_id={account}&limit={limit}", None, True),
            ("GET", f"{CONTACTS}?account_id={account}&limit={limit}&fields=id", None, True),
            ("GET", f"{CONTACTS}?account_id={account}&limit={limit}&expand=account", None, True),
            ("GET", f"{CONTACTS}/{one}?account_id={account}", None, True),
            ("GET", f"{CONTACTS}/{one}?account_id={account}&expand=account", None, True),
            ("POST", f"{CONTACTS}?account_id={account}", person, False),
            ("PATCH", f"{CONTACTS}/{one}?account_id={account}", {"last_name": name}, False),
            ("PUT", f"{CONTACTS}?account_id={account}&by=emails", person, False),
            ("POST", f"{CONTACTS}/batch?account_id={account}", {"items": [{"op": "create", "data": person}] * 3}, False),
            ("POST", "/tools/list_crm_contacts", {"arguments": {"limit": limit}, "account_id": account}, True),
            ("POST", "/tools/get_crm_contact", {"arguments": {"id": one}, "account_id": account}, True),
        ]
    )


@pytest.mark.parametrize("seed", range(examples(4)))
async def test_the_answers_to_any_calls_hold_no_more_than_the_limits_say(world, seed):
    """Random calls by a key and one below it, each with limits: together they get no more than the upper one may."""
    rng = random.Random(seed)
    account = await first_account(world)
    known = [one["id"] for one in (await sent(world, "GET", f"{CONTACTS}?account_id={account}&limit=20")).json()["data"]]
    most = {"records": rng.randint(20, 60), "bytes": rng.randint(8_000, 40_000)}
    parent = await _key(world, {name: {"day": quota} for name, quota in most.items()})
    child = await _key(world, {"records": {"day": 25}}, by=parent["key"])
    got = dict.fromkeys((parent["key"], child["key"]), (0, 0))
    refused = 0
    for _ in range(30):
        method, path, body, reads = _requests(rng, account, known)
        key = rng.choice(tuple(got))
        answer = await sent(world, method, path, body, key=key)
        shown = answer.json()
        if answer.status_code < 400 and "error" not in shown:
            records, size = got[key]
            got[key] = (records + _records(shown), size + (len(answer.content) if reads else 0))
        else:
            problem = shown.get("error", shown)
            assert problem["code"] in REFUSED, problem
            assert "data" not in shown, "nothing of it is given"
            refused += 1
    assert refused, "the limits are reached"
    assert sum(records for records, _ in got.values()) <= most["records"]
    assert got[child["key"]][0] <= 25
    assert sum(size for _, size in got.values()) <= most["bytes"] + 200 * 30, "tools add an envelope"


async def test_an_answer_that_does_not_fit_is_not_given_and_fewer_records_are(world):
    account = await first_account(world)
    made = await _key(world, {"records": {"day": 8}})
    path = f"{CONTACTS}?account_id={account}"
    refused = await sent(world, "GET", f"{path}&limit=10", key=made["key"])
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith(
        f"the API key {made['id']} may get 8 records a day, and this answer has more than are left; it is not given; "
        "ask for fewer records or fields, or try again in "
    )
    assert [len((await sent(world, "GET", f"{path}&limit={few}", key=made["key"])).json()["data"]) for few in (4, 3)] == [4, 3]
    used_up = await sent(world, "GET", f"{path}&limit=1", key=made["key"])
    assert "may get 8 records a day, and they are used up; nothing was done" in used_up.json()["detail"]


async def test_a_limit_in_all_says_that_an_answer_is_too_large_for_it(world):
    account = await first_account(world)
    made = await _key(world, {"bytes": {"total": 900}})
    refused = await sent(world, "GET", f"{CONTACTS}?account_id={account}&limit=20", key=made["key"])
    assert (refused.status_code, refused.json()["code"]) == (403, "limit_used_up")
    assert "may get 900 bytes in all, and this answer has more than are left" in refused.json()["detail"]
    few = await sent(world, "GET", f"{CONTACTS}?account_id={account}&limit=1&fields=id", key=made["key"])
    assert few.status_code == 200


async def test_expanded_records_count_and_schemas_and_deletes_count_none(world):
    account = await first_account(world)
    made = await _key(world, {"records": {"day": 9}})
    path = f"{CONTACTS}?account_id={account}"
    for describing in (f"/crm/contacts/schema?account_id={account}", f"/crm/fields?model=contacts&account_id={account}"):
        assert (await sent(world, "GET", describing, key=made["key"])).status_code == 200
    created = await sent(world, "POST", path, {"last_name": "Counted"}, key=made["key"])
    assert created.status_code == 201
    gone = await sent(world, "DELETE", f"{CONTACTS}/{created.json()['id']}?account_id={account}", key=made["key"])
    assert gone.status_code == 204
    counts = {
        row["counted"]: row["count"] for row in (await world.dump(world.ours))["use_counts"] if row["owner"] == made["id"]
    }
    assert counts == {"records": 1}, "the one that was created"
    answer = await sent(world, "GET", f"{path}&limit=4&expand=account", key=made["key"])
    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]
    related = {one["account"]["id"] for one in shown if one["account"]}
    counts = {
        row["counted"]: row["count"] for row in (await world.dump(world.ours))["use_counts"] if row["owner"] == made["id"]
    }
    assert related
    assert counts == {"records": 1 + 4 + len(related)}


async def test_agents_get_no_more_records_than_the_limit_of_their_server(world):
    account = await first_account(world)
    body = {"name": "s", "account_ids": [account], "config": {"methods": ["read"]}, "limits": {"records": {"day": 5}}}
    made = (await sent(world, "POST", "/mcp-servers", body)).json()
    async with lend_server(world.services) as server:
        agent = Agent(app=server, token=made["token"], key=world.ours.keys["app"])
        results = []
        for limit in (3, 4, 2):
            call = {"name": "list_crm_contacts", "arguments": {"limit": limit}}
            results.append((await agent.rpc("tools/call", call)).json()["result"])
    errors = [one["structuredContent"].get("error") for one in results]
    assert [error and error["code"] for error in errors] == [None, "limit_reached", "limit_reached"], (
        "the refused call counts one"
    )
    assert "data" not in results[1]["structuredContent"]


async def test_a_key_with_limits_on_reading_cannot_use_the_pass_through(world):
    account = await first_account(world)
    for limits in ({"records": {"day": 1000}}, {"bytes": {"total": 1_000_000}}):
        made = await _key(world, limits)
        answer = await sent(world, "GET", f"/proxy/crm/v3/objects/contacts?account_id={account}", key=made["key"])
        assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope"), answer.text
        assert "without limits on `records` and `bytes`" in answer.json()["detail"]


async def test_four_workers_together_give_exactly_as_many_records_as_the_limit_says(world):
    levels = (Level(owner="key_x", limits=UseLimits(records=Quota(day=100), bytes=Quota(total=10_000))),)
    given = []
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(open_services(world.settings)) for _ in range(WORKERS - 1)]

        async def charge(worker):
            try:
                await charge_use(worker, world.ours.id, levels, amounts_of_answer(8, 501), is_answer=True)
            except LimitReached:
                return
            given.append(7)

        await asyncio.gather(*(charge(one) for one in (world.services, *others) for _ in range(6)))
    assert sum(given) == 98
    counts = {row["counted"]: row["count"] for row in (await world.dump())["use_counts"] if row["owner"] == "key_x"}
    assert counts == {"records": 98, "bytes": 7_000}, "a refusal takes back what was counted at the other limit"


async def test_the_event_names_the_limit(world):
    await create_webhook(
        world.services, world.ours.id, NewWebhook(url="https://hooks.example.com/x", events=("limit.reached",))
    )
    account = await first_account(world)
    made = await _key(world, {"records": {"hour": 2}})
    await sent(world, "GET", f"{CONTACTS}?account_id={account}&limit=10", key=made["key"])
    rows = await world.dump(world.ours)
    reported = [json.loads(row["payload"])["data"] for row in rows["deliveries"] if row["event"] == "limit.reached"]
    assert [(one["id"], one["limit"], one["period"], one["quota"]) for one in reported] == [(made["id"], "records", "hour", 2)]
