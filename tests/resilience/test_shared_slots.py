"""An account's slots shared by processes through a real Redis: never more than said, and a killed worker's come back."""

import asyncio
import sys
from contextlib import asynccontextmanager

import pytest
import structlog

from tests.redis_server import address, fresh_redis
from unified.errors.service import Overloaded
from unified.transport.redis_link import RedisLink, connect
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.shared_slots import SharedSlots

MOST = 4


def soon(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


@asynccontextmanager
async def worker(what: str, prefix: str, *, lease: float, count: int):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.resilience.slot_worker", what, address(), prefix, str(lease), str(count)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def test_two_processes_together_never_have_more_calls_than_one_may() -> None:
    async with (
        fresh_redis() as (_, prefix),
        worker("run", prefix, lease=20, count=250) as first,
        worker("run", prefix, lease=20, count=250) as second,
    ):
        lines = [(await child.communicate())[0].split() for child in (first, second)]
        done, most, failures = ([int(line[place]) for line in lines] for place in range(3))
        assert done == [250, 250]
        assert max(most) == MOST
        assert failures == [0, 0]


async def test_a_killed_workers_slots_come_back_within_the_lease() -> None:
    lease = 2.0
    async with fresh_redis() as (link, prefix), worker("hold", prefix, lease=lease, count=MOST) as child:
        assert await child.stdout.readline() == b"held\n"
        held = soon(0)
        slots = SharedSlots(link, max_slots=MOST, lease=lease, prefix=prefix)
        with pytest.raises(Overloaded) as caught:
            await slots.take("acc_1", soon(0.3))
        assert caught.value.detail == (
            "4 calls to this account were running in all workers for as long as the request could wait; try again in 1 second"
        )
        assert await slots.take("acc_2", soon(0.3)) is not None
        child.kill()
        leases = await asyncio.gather(*(slots.take("acc_1", soon(10)) for _ in range(MOST)))
        assert all(leases)
        assert soon(0) - held < lease + 0.5
        for one in leases:
            slots.give_back("acc_1", one)
        await slots.close()
        assert await link.client.zcard(f"{prefix}acc_1") == 0


async def test_callers_that_go_away_leave_no_lease_behind() -> None:
    async with fresh_redis() as (link, prefix):
        slots = SharedSlots(link, max_slots=MOST, lease=60, prefix=prefix)
        bulkhead = Bulkhead(account_concurrency=MOST, shared=slots)

        async def call() -> None:
            async with bulkhead.slot("acc_1", "acme", soon(10)):
                await asyncio.sleep(0.005)

        for round_ in range(10):
            tasks = [asyncio.create_task(call()) for _ in range(30)]
            await asyncio.sleep(0.0007 * round_)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await slots.close()
        assert await link.client.zcard(f"{prefix}acc_1") == 0
        assert (bulkhead.in_flight(), bulkhead.waiting(), slots.callers()) == (0, 0, 0)


async def test_without_redis_calls_continue_bounded_by_each_worker_and_it_is_said_once() -> None:
    link = RedisLink(connect("redis://127.0.0.1:1/0"))
    slots = SharedSlots(link, max_slots=MOST, lease=5)
    bulkhead = Bulkhead(account_concurrency=MOST, shared=slots)
    inside = most = 0

    async def call() -> None:
        nonlocal inside, most
        async with bulkhead.slot("acc_1", "acme", soon(10)):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    with structlog.testing.capture_logs() as logs:
        await asyncio.gather(*(call() for _ in range(100)))
        await slots.close()
    assert most == MOST
    assert [one["event"] for one in logs] == ["redis_unavailable"]
    await link.close()
