"""The way to Redis, and the rule that its failure stops nobody: callers go on without it until it answers again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

TIMEOUT = 0.5
"""Seconds for a connection, and for an answer."""
TIMEOUT_SECONDS = 1.0
"""Seconds for a whole command, one repetition on a stale connection included."""
RETRY_SECONDS = 5.0
"""Seconds without asking after a failure."""
CONNECTIONS = 50
log = structlog.get_logger("unified.redis")
T = TypeVar("T")


def connect(url: str) -> Redis:
    """A client that gives up quickly. Nothing is sent before it is first used."""
    pool: ConnectionPool = ConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 1),
    )
    return Redis(connection_pool=pool)


class RedisLink:
    """One Redis and whether it answers. `failures` counts commands that it did not do; `available` is its present state."""

    def __init__(self, client: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.available = True
        self.failures = 0
        self._clock = clock
        self._connections = asyncio.Semaphore(CONNECTIONS)
        self._ask_again_at = 0.0

    async def ask(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """The command's result; None when Redis does not answer, and without asking for a while after that."""
        async with self._connections:  # to stand in line for a connection is not a failure of Redis
            if not self.available and self._clock() < self._ask_again_at:
                return None
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    found = await command()
            except (RedisError, OSError, TimeoutError) as problem:
                self._failed(type(problem).__name__)
                return None
        if not self.available:
            self.available = True
            log.info("redis_available", meaning="limits are shared between workers again")
        return found

    def _failed(self, kind: str) -> None:
        self.failures += 1
        self._ask_again_at = self._clock() + RETRY_SECONDS
        if self.available:
            self.available = False
            log.warning("redis_unavailable", kind=kind, meaning="limits are counted by each worker until it answers again")

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()
        await self.client.connection_pool.disconnect()
