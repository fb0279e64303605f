"""What has expired is swept away, and a database that is away ends nothing."""

import asyncio
from datetime import timedelta

from tests.tokens import add_key
from unified.service.maintenance.housekeeping import run_housekeeping, sweep
from unified.store import sessions


async def _session(database, clock, number):
    ends = clock() + timedelta(hours=1)
    await sessions.add(database, "ten_1", f"ses_{number}", key_id="key_1", digest=bytes([number]) * 32, expires_at=ends)


async def _key(database):
    asked = {"name": "k", "role": "admin", "scope": None, "digest": b"d" * 32, "last4": "1234", "expires_at": None}
    await add_key(database, "ten_1", "key_1", **asked)


async def test_expired_sessions_go_and_others_stay(database, clock):
    await _key(database)
    await _session(database, clock, 1)
    clock.forward(minutes=90)
    await _session(database, clock, 2)
    await sweep(database)
    assert await sessions.purge_expired(database) == 0
    assert await sessions.find_key(database, bytes([2]) * 32) is not None


async def test_a_sweep_that_fails_is_followed_by_the_next_one(database, clock):
    await _key(database)
    await _session(database, clock, 1)
    clock.forward(hours=2)

    class Flaky:
        clock = database.clock
        tries = 0

        def write(self, *given):
            self.tries += 1
            if self.tries <= 2:
                raise OSError
            return database.write(*given)

    flaky = Flaky()
    task = asyncio.create_task(run_housekeeping(flaky, pause=0.01))
    for _ in range(500):
        if flaky.tries > 5:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await sessions.purge_expired(database) == 0
