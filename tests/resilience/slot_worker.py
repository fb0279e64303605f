"""One worker process with shared slots, for test_shared_slots.py: `hold` takes slots and keeps them, `run` makes calls."""

import asyncio
import sys

from unified.errors.service import Overloaded
from unified.transport.redis_link import RedisLink, connect
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.shared_slots import SharedSlots


async def hold(slots: SharedSlots, count: int) -> None:
    ends = asyncio.get_running_loop().time() + 5
    for _ in range(count):
        assert await slots.take("acc_1", ends) is not None
    print("held", flush=True)
    await asyncio.sleep(60)


async def run(slots: SharedSlots, link: RedisLink, prefix: str, callers: int) -> None:
    """Make calls, each counted in Redis while it is inside; prints how many were done and the most that were inside."""
    bulkhead = Bulkhead(account_concurrency=8, shared=slots)
    most = 0

    async def call() -> bool:
        nonlocal most
        try:
            async with bulkhead.slot("acc_1", "acme", asyncio.get_running_loop().time() + 30):
                most = max(most, await link.client.incr(f"{prefix}inside"))
                await asyncio.sleep(0.002)
                await link.client.decr(f"{prefix}inside")
        except Overloaded:
            return False
        return True

    done = await asyncio.gather(*(call() for _ in range(callers)))
    await slots.close()
    print(sum(done), most, link.failures, flush=True)


async def main(what: str, url: str, prefix: str, lease: str, count: str) -> None:
    link = RedisLink(connect(url))
    slots = SharedSlots(link, max_slots=4, lease=float(lease), prefix=prefix)
    if what == "hold":
        await hold(slots, int(count))
    else:
        await run(slots, link, prefix, int(count))
    await link.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
