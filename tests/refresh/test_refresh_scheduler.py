"""Tokens are kept alive where nobody calls, and a database that is away for a while ends nothing."""

import asyncio

import pytest

from tests.refresh.test_token_refresher import Provider, account, refresher_of
from unified.service.maintenance.refresh_scheduler import run_refresh_scheduler
from unified.store import accounts


@pytest.fixture
def provider(clock):
    return Provider(clock)


async def _kept(database, refresher, until):
    """Let a keeper look until it is done."""
    task = asyncio.create_task(run_refresh_scheduler(database, refresher, pause=0.01))
    for _ in range(500):
        if await until():
            break
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await refresher.close()
    assert await until()


async def test_due_tokens_are_refreshed_once_by_two_keepers(database, clock, provider):
    for name, left in (("acc_due", 59), ("acc_dead", -5), ("acc_later", 600)):
        await account(database, clock, left=left, name=name)

    async def both():
        rows = [await accounts.get(database, "ten_1", name) for name in ("acc_due", "acc_dead")]
        return all(row.credentials_version == 2 for row in rows)

    await asyncio.gather(*(_kept(database, refresher_of(database, provider), both) for _ in range(2)))
    assert provider.calls == 2
    assert (await accounts.get(database, "ten_1", "acc_later")).credentials == "old"


async def test_a_look_that_fails_is_followed_by_the_next_one(database, clock, provider):
    await account(database, clock, left=-5)

    class Flaky:
        """A database that cannot be read the first three times."""

        clock = database.clock
        looks = 0

        def read(self):
            self.looks += 1
            if self.looks <= 3:
                raise OSError
            return database.read()

    async def done():
        return (await accounts.get(database, "ten_1", "acc_1")).credentials_version == 2

    flaky = Flaky()
    await _kept(flaky, refresher_of(database, provider), done)
    assert flaky.looks > 3
