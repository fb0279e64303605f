"""After a deletion no table has a row of the tenant, every table has the other's rows, and no counter is left in Redis."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.filled_rows import filled, put
from tests.redis_server import fresh_redis
from tests.security.world import open_world
from unified.errors.requests import NotFound
from unified.errors.writes import Conflict
from unified.service.runtime.rate_limits import RateLimits
from unified.service.tenants import delete_tenant, seconds_until_quiet, set_suspended
from unified.store.engine.tables import IDEMPOTENCY, INSTALLATION, METADATA, WEBHOOKS
from unified.store.maintenance.erasure import list_deleted
from unified.transport.resilience.shared_slots import SharedSlots


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
async def world(request, tmp_path):
    async with open_world(request.param, tmp_path) as opened:
        yield opened


async def suspended(world):
    await set_suspended(world.services, world.ours.id, suspended=True)


async def test_nothing_of_a_deleted_tenant_is_left_and_all_of_the_other(world):
    await suspended(world)
    before, theirs = await world.dump(world.ours), await world.dump(world.theirs)
    assert {name for name, rows in before.items() if not rows} == set(), "the control: every table has a row"
    assert set(before) == {table.name for table in METADATA.sorted_tables} - {table.name for table in INSTALLATION}
    erased = await delete_tenant(world.services, world.ours.id)
    assert erased.rows == {name: len(rows) for name, rows in before.items()}
    assert {name: rows for name, rows in (await world.dump(world.ours)).items() if rows} == {}
    assert await world.dump(world.theirs) == theirs
    ids = {str(value) for rows in before.values() for row in rows for name, value in row.items() if name in {"id", "tenant_id"}}
    everything = await world.dump()
    (record,) = everything.pop("deleted_tenants")
    assert not [one for one in ids if one in str(everything)]
    assert (record["id"], record["rows"]) == (world.ours.id, erased.rows)
    assert [one.id for one in await list_deleted(world.services.database)] == [world.ours.id]
    key = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    assert (await world.client.get("/accounts", headers=key)).status_code == 401
    with pytest.raises(NotFound):
        await delete_tenant(world.services, world.ours.id)


async def test_only_a_suspended_tenant_is_deleted(world):
    before = await world.dump()
    with pytest.raises(Conflict) as refused:
        await delete_tenant(world.services, world.ours.id)
    assert "suspend it first" in str(refused.value)
    assert await world.dump() == before


async def test_of_a_deletion_and_a_resumption_at_once_one_wins(world):
    for _ in range(4):
        await suspended(world)
        before = await world.dump(world.ours)
        resumed, deleted = await asyncio.gather(
            set_suspended(world.services, world.ours.id, suspended=False),
            delete_tenant(world.services, world.ours.id),
            return_exceptions=True,
        )
        left = {name: len(rows) for name, rows in (await world.dump(world.ours)).items()}
        if isinstance(deleted, Conflict):
            assert resumed.suspended_at is None
            assert left == {name: len(rows) for name, rows in before.items()}
        else:
            assert isinstance(resumed, NotFound)
            assert not any(left.values())
            return


async def test_what_a_running_request_still_adds_is_refused_by_the_database(world):
    """It waits for the deletion and then finds no tenant: no row of the tenant appears after it."""
    await suspended(world)
    rows = [(WEBHOOKS, {}), (IDEMPOTENCY, {"account_id": world.ours.rows["accounts"]["id"]})]

    async def late(table, more):
        await asyncio.sleep(0.01)
        async with world.services.database.write() as connection:
            await put(connection, table, filled(table, tenant_id=world.ours.id, **more))

    ended = await asyncio.gather(
        delete_tenant(world.services, world.ours.id), *(late(*one) for one in rows), return_exceptions=True
    )
    assert all(one is None or isinstance(one, IntegrityError) for one in ended[1:])
    assert not any((await world.dump(world.ours)).values())


async def test_writes_that_began_before_are_waited_for(world):
    row = await set_suspended(world.services, world.ours.id, suspended=True)
    longest = 2 * world.settings.request_deadline + world.settings.client_timeout  # a write may take two calls' time
    assert longest < seconds_until_quiet(world.services, row) < longest + 3
    served = await set_suspended(world.services, world.ours.id, suspended=False)
    assert seconds_until_quiet(world.services, served) == 0


async def test_counters_and_slots_are_dropped_from_redis():
    async with fresh_redis() as (link, prefix):
        limits = RateLimits(key="9/minute;99/day", account="9/minute", tenant="9/minute", link=link, prefix=f"{prefix}rates")
        slots = SharedSlots(link, max_slots=3, lease=60, prefix=f"{prefix}slots:")
        for ours in (True, False):
            end = "ours" if ours else "theirs"
            for kind, name in (("key", "key_"), ("key", "mcp_"), ("account", "acc_"), ("tenant", "ten_")):
                await limits.spend(kind, name + end)
            await slots.take(f"acc_{end}", asyncio.get_running_loop().time() + 5)
        keys = {key.decode() async for key in link.client.scan_iter(match=f"{prefix}*")}
        assert len([key for key in keys if "ours" in key]) == len([key for key in keys if "theirs" in key]) >= 6
        await limits.forget("key", ["key_ours", "mcp_ours"])
        await limits.forget("account", ["acc_ours"])
        await limits.forget("tenant", ["ten_ours"])
        await slots.forget(["acc_ours"])
        left = {key.decode() async for key in link.client.scan_iter(match=f"{prefix}*")}
        assert left == {key for key in keys if "ours" not in key}
