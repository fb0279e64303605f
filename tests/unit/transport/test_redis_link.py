"""Redis may fail: it is asked again after a while, said once, and nobody waits for it longer than a moment."""

import asyncio

import pytest
import structlog
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.clock import Clock
from tests.redis_server import fresh_redis
from unified.app.preparation import prepare
from unified.errors.configuration import ConfigurationError
from unified.settings.settings import Settings
from unified.transport.redis_link import COMMAND_TIMEOUT_SECONDS, RETRY_SECONDS, RedisLink, connect


async def refuse() -> int:
    raise RedisConnectionError("planted-address")


async def answer() -> int:
    return 1


@pytest.fixture
async def link(clock: Clock):
    made = RedisLink(connect("redis://:planted-password@127.0.0.1:1/0"), clock=clock)
    yield made
    await made.close()


async def test_a_failure_is_said_once_and_nothing_is_asked_for_a_while(link: RedisLink, clock: Clock) -> None:
    with structlog.testing.capture_logs() as logs:
        assert [await link.ask(refuse) for _ in range(10)] == [None] * 10
        assert await link.ask(answer) is None
        assert (link.available, link.failures) == (False, 1)
        clock.now += RETRY_SECONDS
        assert await link.ask(refuse) is None
        assert (link.available, link.failures) == (False, 2)
        clock.now += RETRY_SECONDS
        assert await link.ask(answer) == 1
        assert await link.ask(answer) == 1
    assert [(one["event"], one["log_level"]) for one in logs] == [("redis_unavailable", "warning"), ("redis_available", "info")]
    assert logs[0]["kind"] == "ConnectionError"
    assert "planted" not in str(logs)
    assert link.available


async def test_a_redis_that_is_not_there_costs_a_moment(link: RedisLink) -> None:
    started = asyncio.get_running_loop().time()
    assert await link.ask(link.client.ping) is None
    assert asyncio.get_running_loop().time() - started < 2 * COMMAND_TIMEOUT_SECONDS


async def test_a_redis_that_says_nothing_costs_a_moment(clock: Clock) -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    link = RedisLink(connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"), clock=clock)
    started = asyncio.get_running_loop().time()
    assert await link.ask(link.client.ping) is None
    assert asyncio.get_running_loop().time() - started < 2 * COMMAND_TIMEOUT_SECONDS
    await link.close()
    server.close()


async def test_more_callers_than_connections_wait_for_one() -> None:
    async with fresh_redis() as (link, _):
        assert await asyncio.gather(*(link.ask(link.client.ping) for _ in range(500))) == [True] * 500
        assert link.failures == 0


@pytest.mark.parametrize(
    "url",
    [
        "redis://:planted@h/0?planted=1",
        "redis://:planted@h/0?socket_timeout=planted",
        "redis://:planted@h/0?db=planted",
        "rediss://:planted@h/0?ssl_cert_reqs=planted",
    ],
)
async def test_an_option_that_does_not_exist_is_refused_before_anything_is_sent(url: str, tmp_path) -> None:
    for start in (lambda: connect(url), lambda: asyncio.run(prepare(Settings(home=tmp_path, redis_url=url)))):
        with pytest.raises(ConfigurationError) as refused:
            await asyncio.to_thread(start)
        assert str(refused.value) == (
            "UNIFIED_REDIS_URL: expected redis://host:port/number, after `?` with options that its client knows, such as "
            "ssl_ca_certs, got an option or a value that it does not take."
        )
