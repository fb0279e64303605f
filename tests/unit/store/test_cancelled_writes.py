"""A caller that goes away in the middle of a write holds up nobody: its transaction ends, and others write on."""

import asyncio
import random

import sqlalchemy as sa

from unified.store.engine.tables import TENANTS

CANCELLED = 80
LONGEST_S = 0.006
"""A write takes a few milliseconds, so it is cancelled anywhere: before it began, between its statements, while it commits."""


async def write(database, name):
    async with database.write() as connection:
        await connection.execute(sa.update(TENANTS).where(TENANTS.c.id == "ten_1").values(name=name))
        await connection.execute(sa.select(TENANTS.c.id))


async def test_a_cancelled_write_leaves_no_lock(database):
    rng = random.Random(7)
    for number in range(CANCELLED):
        going = asyncio.create_task(write(database, "cancelled"))
        await asyncio.sleep(rng.uniform(0, LONGEST_S))
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        async with asyncio.timeout(4):  # less than SQLite waits for a lock
            await write(database, f"name {number}")
    async with database.read() as connection:
        found = await connection.execute(sa.select(TENANTS.c.name).where(TENANTS.c.id == "ten_1"))
        assert found.scalar_one() == f"name {CANCELLED - 1}"
