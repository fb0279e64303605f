"""What keys and MCP servers with limits may do: exact over workers, with every key above them, and only when they may."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.limits.limited_keys import first_account, limited_key, sent
from tests.mcp.endpoint.conftest import Agent
from tests.security.world import open_world
from tests.waiting import until
from tests.world import lend_server, open_services
from unified.errors.access import LimitUsedUp
from unified.errors.service import LimitReached
from unified.service.access.principals import authenticate
from unified.service.access.use.charging import charge_use
from unified.service.access.use.use_limits import Level, Quota, UseLimits, amounts_of, charges_of, merged_limits
from unified.service.webhooks.endpoints import NewWebhook, create_webhook

WORKERS = 4
NOW = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path, public_url="http://unified") as opened:
        yield opened


async def _sent(world, method, path, body=None, *, key=None):
    answer = await sent(world, method, path, body, key=key)
    return answer, (answer.json() if answer.content else {})


async def test_four_workers_together_let_exactly_as_many_pass_as_the_limit_says(world):
    levels = (
        Level(owner="mcp_x", limits=UseLimits(writes=Quota(day=30, total=90))),
        Level(owner="key_x", limits=UseLimits(calls=Quota(day=40))),
    )
    passed = dict.fromkeys(("one", "both"), 0)
    async with AsyncExitStack() as stack:
        workers = [
            world.services,
            *[await stack.enter_async_context(open_services(world.settings)) for _ in range(WORKERS - 1)],
        ]

        async def charge(worker, which, chain):
            try:
                await charge_use(worker, world.ours.id, chain, amounts_of("create"))
            except LimitReached:
                return
            passed[which] += 1

        await asyncio.gather(*(charge(one, "both", levels) for one in workers for _ in range(15)))
        await asyncio.gather(*(charge(one, "one", levels[1:]) for one in workers for _ in range(15)))
    assert passed == {"both": 30, "one": 10}, "a refusal at one level takes back what was counted at the other"
    counts = {
        (row["owner"], row["counted"], row["period"]): row["count"]
        for row in (await world.dump())["use_counts"]
        if "_x" in row["owner"]
    }
    assert counts == {("mcp_x", "writes", "day"): 30, ("mcp_x", "writes", "total"): 30, ("key_x", "calls", "day"): 40}


async def test_a_refusal_names_the_limit_and_when_it_ends(world):
    account = await first_account(world)
    made = await limited_key(world, {"calls": {"day": 2}})
    path = f"/crm/contacts?account_id={account}&limit=1"
    assert [(await _sent(world, "GET", path, key=made["key"]))[0].status_code for _ in range(3)] == [200, 200, 429]
    answer, body = await _sent(world, "GET", path, key=made["key"])
    assert body["code"] == "limit_reached"
    assert f"the API key {made['id']} may do 2 calls a day, and they are used up" in body["detail"]
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert (await _sent(world, "GET", path))[0].status_code == 200, "other keys go on"


async def test_a_child_key_has_no_more_calls_than_its_parent_has_left(world):
    account = await first_account(world)
    parent = await limited_key(world, {"calls": {"day": 3}})
    child = await limited_key(world, {"calls": {"day": 1000}}, by=parent["key"])
    path = f"/crm/contacts?account_id={account}&limit=1"
    used = [(await _sent(world, "GET", path, key=one["key"]))[0].status_code for one in (child, parent, child, child, parent)]
    assert used == [200, 200, 200, 429, 429]
    _, body = await _sent(world, "GET", path, key=child["key"])
    assert parent["id"] in body["detail"]


async def test_a_limited_key_neither_sees_nor_changes_what_is_not_below_it(world):
    parent = await limited_key(world, {"calls": {"day": 1000}})
    other = await limited_key(world, {})
    child = await limited_key(world, {}, by=parent["key"])
    seen = {one["id"] for one in (await _sent(world, "GET", "/api-keys", key=parent["key"]))[1]["data"]}
    assert seen == {parent["id"], child["id"]}
    server = world.ours.rows["mcp_servers"]["id"]
    assert (await _sent(world, "PATCH", f"/mcp-servers/{server}", {"limits": {"writes": None}}, key=parent["key"]))[
        0
    ].status_code == 404
    assert (await _sent(world, "POST", f"/api-keys/{other['id']}/pause", {"reason": "other"}, key=parent["key"]))[
        0
    ].status_code == 404


async def test_a_limit_in_all_ends_for_good(world):
    account = await first_account(world)
    made = await limited_key(world, {"writes": {"total": 1}})
    path, body = f"/crm/contacts?account_id={account}", {"last_name": "Lovelace", "emails": [{"email": "a@total.example"}]}
    assert (await _sent(world, "POST", path, body, key=made["key"]))[0].status_code == 201
    answer, refused = await _sent(world, "POST", path, body, key=made["key"])
    assert (answer.status_code, refused["code"], "Retry-After" in answer.headers) == (403, "limit_used_up", False)
    principal = await authenticate(world.services, f"Bearer {made['key']}")
    with pytest.raises(LimitUsedUp):
        await charge_use(world.services, world.ours.id, principal.levels, {"writes": 1})


async def test_a_batch_counts_its_items_and_one_that_never_fits_says_so(world):
    account = await first_account(world)
    made = await limited_key(world, {"writes": {"hour": 2}})
    items = [{"op": "create", "data": {"last_name": f"n{one}"}} for one in range(3)]
    answer, body = await _sent(world, "POST", f"/crm/contacts/batch?account_id={account}", {"items": items}, key=made["key"])
    assert (answer.status_code, "this request has 3 at once; send fewer" in body["detail"]) == (429, True)


async def test_a_reached_limit_is_audited_and_reported_once_in_its_period(world):
    events = ("limit.reached",)
    await create_webhook(world.services, world.ours.id, NewWebhook(url="https://hooks.example.com/x", events=events))
    account = await first_account(world)
    made = await limited_key(world, {"calls": {"day": 1}})
    for _ in range(4):
        await _sent(world, "GET", f"/crm/contacts?account_id={account}&limit=1", key=made["key"])
    await until(lambda: world.services.audit.waiting == 0)
    rows = await world.dump(world.ours)
    assert {row["decision"] for row in rows["audit"] if row["reason"] == "limit_reached"} == {"denied"}
    reported = [json.loads(row["payload"])["data"] for row in rows["deliveries"] if row["event"] == "limit.reached"]
    assert [(one["id"], one["limit"], one["period"], one["quota"]) for one in reported] == [(made["id"], "calls", "day", 1)]


async def test_a_new_server_has_few_writes_by_default_and_one_that_existed_has_no_limit(world):
    account = await first_account(world)
    config = {"methods": ["read", "write"], "writes": "direct"}
    _, made = await _sent(world, "POST", "/mcp-servers", {"name": "s", "account_ids": [account], "config": config})
    assert made["limits"] == {"writes": {"minute": 20, "day": 200}, "deletes": {"minute": 5, "day": 20}}
    path = f"/mcp-servers/{made['id']}"
    _, changed = await _sent(world, "PATCH", path, {"limits": {"writes": {"minute": 1}, "deletes": None}})
    assert changed["limits"] == {"writes": {"minute": 1}}
    async with lend_server(world.services) as server:
        agent = Agent(app=server, token=made["token"], key=world.ours.keys["app"])
        results = []
        for number in range(2):
            call = {"name": "create_crm_contact", "arguments": {"last_name": f"n{number}"}}
            results.append((await agent.rpc("tools/call", call)).json()["result"])
    assert [one.get("isError", False) for one in results] == [False, True]
    error = results[1]["structuredContent"]["error"]
    assert (error["code"], "1 writes a minute" in error["detail"], error["retry_after"] > 0) == ("limit_reached", True, True)


async def test_outside_its_hours_a_key_is_refused_with_the_time_at_which_it_opens(world):
    later = (world.services.clock() + timedelta(hours=3)).isoformat()
    made = await limited_key(world, {}, window={"not_before": later, "time_zone": "Europe/Berlin"})
    answer, body = await _sent(world, "GET", "/accounts", key=made["key"])
    assert (answer.status_code, body["code"], "(Europe/Berlin)" in body["detail"]) == (403, "outside_hours", True)
    assert 10_700 < int(answer.headers["Retry-After"]) <= 10_801
    _, child = await _sent(world, "POST", "/api-keys", {"name": "c", "role": "app"}, key=made["key"])
    assert child["code"] == "outside_hours"
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(hours=4)
    assert (await _sent(world, "GET", "/api-keys", key=made["key"]))[0].status_code == 200


async def test_hours_that_never_meet_those_of_the_maker_are_refused(world):
    hours = {"window": {"hours": [{"start": "00:00", "end": "24:00", "days": ["monday", "tuesday", "wednesday"]}]}}
    rest = {"window": {"hours": [{"start": "00:00", "end": "24:00", "days": ["thursday", "friday"]}]}}
    made = await limited_key(world, {}, **hours)
    monday = datetime(2026, 11, 30, 12, tzinfo=UTC)
    world.services.database.clock = lambda: monday
    scope = {"methods": ["read"]}
    answer, body = await _sent(
        world, "POST", "/api-keys", {"name": "c", "role": "app", "scope": scope, **rest}, key=made["key"]
    )
    assert (answer.status_code, body["code"]) == (422, "validation_failed")
    assert "its hours never meet those of the key that makes it" in body["detail"]


async def test_a_caller_without_limits_costs_no_statement(world):
    principal = await authenticate(world.services, f"Bearer {world.ours.keys['admin']}")
    assert principal.levels == ()
    world.services.database.write = None  # what is not called need not be there
    await charge_use(world.services, world.ours.id, principal.levels, amounts_of("delete"))
    read_only = (Level(owner="mcp_x", limits=UseLimits(writes=Quota(day=1))),)
    await charge_use(world.services, world.ours.id, read_only, amounts_of("get"))


COUNTS = st.integers(1, 50)
QUOTAS = st.builds(
    lambda **given: Quota(**{name: one for name, one in given.items() if one}),
    minute=st.none() | COUNTS,
    day=st.none() | COUNTS,
)
LIMITS = st.builds(UseLimits, calls=QUOTAS, writes=QUOTAS, deletes=QUOTAS, records=QUOTAS, bytes=QUOTAS)


@settings(max_examples=80)
@given(limits=st.lists(LIMITS, max_size=3), method=st.sampled_from(("get", "list", "create", "delete", "merge")), cost=COUNTS)
def test_every_level_is_charged_for_everything_that_it_limits(limits, method, cost):
    levels = [Level(owner=f"key_{number}", limits=one) for number, one in enumerate(limits)]
    amounts = amounts_of(method, cost)
    charged = {(one.owner, one.counted, one.period, one.quota) for one in charges_of(levels, amounts, NOW)}
    wanted = {
        (level.owner, counted, period, getattr(getattr(level.limits, counted), period))
        for level in levels
        for counted in amounts
        for period in ("minute", "hour", "day", "total")
        if isinstance(getattr(getattr(level.limits, counted), period), int)
    }
    assert charged == wanted
    assert "calls" in amounts
    assert ("writes" in amounts) == (method not in {"get", "list"})
    assert ("deletes" in amounts) == (method == "delete")
    assert ("records" in amounts) == (method != "delete")
    assert ("bytes" in amounts) == (method in {"get", "list"})


def test_a_change_keeps_what_it_does_not_name_and_null_removes():
    before = UseLimits(calls=Quota(day=5), writes=Quota(day=2))
    after = merged_limits(UseLimits(writes=None), before)
    assert after == UseLimits(calls=Quota(day=5))
