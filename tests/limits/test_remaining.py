"""What is left of limits: exactly as much as is still let through, at every level, and looking counts nothing."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from tests.security.world import open_world
from tests.sizes import examples
from unified.errors.access import LimitUsedUp
from unified.errors.service import LimitReached
from unified.service.access.use.charging import charge_use
from unified.service.access.use.remaining import remaining_use
from unified.service.access.use.use_limits import Level, Quota, UseLimits, amounts_of

NOON = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)
"""Far from the end of a day, which would begin the counts again."""
METHODS = ("list", "create", "delete")


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path) as opened:
        opened.services.database.clock = lambda: NOON
        yield opened


async def _passed(services, tenant, levels, amounts):
    with suppress(LimitReached, LimitUsedUp):
        await charge_use(services, tenant, levels, amounts)
        return True
    return False


@pytest.mark.parametrize("seed", range(examples(20)))
async def test_what_is_left_is_what_still_passes(world, seed):
    """After any use, a method passes exactly as often as the least that is left of what it counts as."""
    rng = random.Random(seed)

    def quota():
        return Quota(day=rng.randint(1, 6), total=rng.randint(1, 6))

    services, tenant, levels = world.services, world.ours.id, []
    for number in range(rng.randint(1, 2)):
        limits = UseLimits(calls=quota(), writes=quota(), deletes=quota(), records=quota(), bytes=quota())
        levels.append(Level(owner=f"key_{number}", limits=limits))
    for _ in range(rng.randint(0, 8)):
        await _passed(services, tenant, levels, amounts_of(rng.choice(METHODS)))
    found = await remaining_use(services, tenant, levels)
    assert found == await remaining_use(services, tenant, levels), "looking counts nothing"
    assert len(found) == 10 * len(levels)
    counted = amounts_of(rng.choice(METHODS))
    least = min(one.left for one in found if one.limit in counted)
    passes = [await _passed(services, tenant, levels, counted) for _ in range(least + 1)]
    assert passes == [True] * least + [False]


async def test_a_new_period_begins_with_the_whole_limit_and_a_limit_in_all_goes_on(world):
    services, levels = world.services, (Level(owner="key_x", limits=UseLimits(calls=Quota(minute=5, total=9))),)
    await charge_use(services, world.ours.id, levels, amounts_of("list", 3))
    found = {one.period: (one.left, one.until) for one in await remaining_use(services, world.ours.id, levels)}
    assert found == {"minute": (2, NOON + timedelta(seconds=30)), "total": (6, None)}
    services.database.clock = lambda: NOON + timedelta(seconds=30)
    found = {one.period: one.left for one in await remaining_use(services, world.ours.id, levels)}
    assert found == {"minute": 5, "total": 6}


async def test_the_counts_of_another_tenant_are_not_seen(world):
    levels = (Level(owner="key_x", limits=UseLimits(calls=Quota(day=5))),)
    await charge_use(world.services, world.theirs.id, levels, amounts_of("list", 3))
    (own,) = await remaining_use(world.services, world.ours.id, levels)
    assert own.left == 5


async def test_usage_shows_what_is_left_of_a_key_and_of_those_above_it(world):
    world.services.database.clock = lambda: datetime.now(UTC)

    async def sent(method, path, body=None, key=None):
        headers = {"Authorization": f"Bearer {key or world.ours.keys['admin']}"}
        answer = await world.client.request(method, path, headers=headers, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    scope = {"methods": ["read"], "manage": ["keys", "audit"]}
    body = {"role": "admin", "scope": scope}
    above = await sent("POST", "/api-keys", {**body, "name": "above", "limits": {"calls": {"day": 9}}})
    below = await sent("POST", "/api-keys", {**body, "name": "below", "limits": {"calls": {"hour": 4}}}, above["key"])
    account = (await sent("GET", "/accounts"))["data"][0]["id"]
    await world.client.get(
        "/crm/contacts", params={"account_id": account, "limit": 1}, headers={"Authorization": f"Bearer {below['key']}"}
    )
    usage = await sent("GET", f"/api-keys/{below['id']}/usage")
    shown = {(one["owner"], one["limit"], one["period"], one["quota"]) for one in usage["remaining"]}
    assert shown == {(above["id"], "calls", "day", 9), (below["id"], "calls", "hour", 4)}
    assert all(one["quota"] - one["left"] in {0, 1} and one["until"] for one in usage["remaining"])
    alone = await sent("GET", f"/api-keys/{above['id']}/usage")
    assert [one["owner"] for one in alone["remaining"]] == [above["id"]], "not those of keys below it"
