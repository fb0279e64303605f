"""The link to Redis, of which a failure stops no call: callers continue without it until it answers again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from unified.errors.configuration import ConfigurationError
from unified.telemetry.loggers import get_logger

SOCKET_TIMEOUT_SECONDS = 0.5
"""How long a connection, and a response, may take."""
COMMAND_TIMEOUT_SECONDS = 1.0
"""How long a whole command may take, including one repetition on a stale connection."""
RETRY_SECONDS = 5.0
"""How long Redis is not asked after a failure."""
MAX_CONNECTIONS = 50
log = get_logger("unified.redis")
T = TypeVar("T")


def connect(url: str) -> Redis:
    """Return a client that gives up quickly. It sends nothing before it is first used.

    Raises:
        ConfigurationError: The URL has an option that does not exist, or a value that it cannot have.
    """
    own = {"socket_timeout": SOCKET_TIMEOUT_SECONDS, "socket_connect_timeout": SOCKET_TIMEOUT_SECONDS}
    try:
        pool: ConnectionPool = ConnectionPool.from_url(url, max_connections=MAX_CONNECTIONS, retry=Retry(NoBackoff(), 1), **own)
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, OSError, RedisError):  # their texts may hold values of the URL
        raise ConfigurationError(
            "UNIFIED_REDIS_URL: expected redis://host:port/number, after `?` with options that its client knows, such as "
            "ssl_ca_certs, got an option or a value that it does not take."
        ) from None
    return Redis(connection_pool=pool)


class RedisLink:
    """One Redis and whether it answers. `failures` counts failed commands; `available` is its present state."""

    def __init__(self, client: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.available = True
        self.failures = 0
        self._clock = clock
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self._retry_at = 0.0

    async def ask(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """Return the command's result; None when Redis does not answer, and for a while after that without asking it."""
        async with self._connections:  # waiting for a connection is not a failure of Redis
            if not self.available and self._clock() < self._retry_at:
                return None
            try:
                async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                    result = await command()
            except (RedisError, OSError, TimeoutError) as problem:
                self._failed(type(problem).__name__)
                return None
        if not self.available:
            self.available = True
            log.info("redis_available", meaning="limits are shared between workers again")
        return result

    def _failed(self, kind: str) -> None:
        self.failures += 1
        self._retry_at = self._clock() + RETRY_SECONDS
        if self.available:
            self.available = False
            log.warning("redis_unavailable", kind=kind, meaning="limits are counted by each worker until it answers again")

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()
        await self.client.connection_pool.disconnect()
