"""The Redis that tests run on: a real one, with a random prefix for every test.

It is taken from `UNIFIED_TEST_REDIS` or found on 127.0.0.1:6379. Where there is none, its tests are skipped saying so,
and fail when `REQUIRE_SERVICES` is set.
"""

import asyncio
import os
import secrets
from contextlib import asynccontextmanager
from functools import lru_cache

from tests.databases import require
from unified.transport.redis_link import RedisLink, connect

DEFAULT = "redis://127.0.0.1:6379/0"


def address() -> str:
    """Where tests look for Redis."""
    return os.environ.get("UNIFIED_TEST_REDIS", DEFAULT)


@lru_cache(maxsize=1)
def _there() -> bool:
    return asyncio.run(_answers())


async def _answers() -> bool:
    link = RedisLink(connect(address()))
    try:
        return bool(await link.ask(link.client.ping))
    finally:
        await link.close()


@asynccontextmanager
async def fresh_redis():
    """A link to the test server and a prefix of keys that nobody else has; they are deleted at the end of the block."""
    there = await asyncio.to_thread(_there)
    require("Redis", there=there, remedy="set UNIFIED_TEST_REDIS or start one on 127.0.0.1:6379")
    link, prefix = RedisLink(connect(address())), f"unified-test-{secrets.token_hex(6)}:"
    try:
        yield link, prefix
    finally:
        keys = [key async for key in link.client.scan_iter(match=f"{prefix}*")]
        if keys:
            await link.client.delete(*keys)
        await link.close()
