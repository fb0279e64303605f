"""A PostgreSQL that keeps connections open and answers nothing: everything that waits for it ends, within known times."""

import asyncio
import time

import pytest
import sqlalchemy as sa

from tests.relay import relayed
from unified.store.engine import postgresql
from unified.store.engine.engine import migrate, open_database
from unified.store.engine.failures import failure_reason

LIMITS = {"CONNECT_SECONDS": 0.5, "COMMAND_SECONDS": 0.4, "CHECK_SECONDS": 0.2, "CLOSE_SECONDS": 0.2}
"""Shorter than the real ones, so that the tests are fast."""
ALL_TOGETHER = 20.0
"""Seconds, with room for a busy machine: the sum of what one call may wait for, SQLAlchemy's two seconds for a close included."""


@pytest.fixture
def kind():
    return "postgresql"


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    for name, seconds in LIMITS.items():
        monkeypatch.setattr(postgresql, name, seconds)


@pytest.fixture
async def hanging(url):
    """A database of which a connection is open, and its relay."""
    async with relayed(url) as (through, relay):
        database = await open_database(through)
        yield database, relay
        relay.hang()
        async with asyncio.timeout(ALL_TOGETHER):
            await database.close()


async def _read(database, statement="SELECT 1"):
    async with database.read() as connection:
        return (await connection.execute(sa.text(statement))).scalar()


async def _write(database):
    async with database.write() as connection:
        await connection.execute(sa.text("DELETE FROM tenants"))


async def _in_a_transaction(database, relay):
    async with database.write() as connection:
        await connection.execute(sa.text("SELECT 1"))
        relay.hang()
        await connection.execute(sa.text("SELECT 2"))


@pytest.mark.parametrize("call", [_read, _write], ids=["read", "write"])
async def test_a_call_ends_and_says_that_no_answer_came(hanging, call):
    database, relay = hanging
    relay.hang()
    async with asyncio.timeout(ALL_TOGETHER):
        with pytest.raises(Exception) as failed:
            await call(database)
    assert failure_reason(failed.value) == "no answer in time"


async def test_a_transaction_that_hangs_ends(hanging):
    database, relay = hanging
    async with asyncio.timeout(ALL_TOGETHER):
        with pytest.raises(Exception) as failed:
            await _in_a_transaction(database, relay)
    assert failure_reason(failed.value) == "no answer in time"


async def test_a_caller_that_goes_away_does_not_wait(hanging):
    database, relay = hanging
    going = asyncio.create_task(_in_a_transaction(database, relay))
    await asyncio.sleep(0.1)
    going.cancel()
    async with asyncio.timeout(ALL_TOGETHER):
        await asyncio.gather(going, return_exceptions=True)


async def test_readiness_is_told_soon_and_opens_no_pile_of_connections(hanging):
    database, relay = hanging
    relay.hang()
    before = relay.opened
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await database.ping(within=0.1)
        assert time.monotonic() - began < 5
    assert relay.opened - before <= 1
    relay.go_on()
    async with asyncio.timeout(ALL_TOGETHER):
        while True:
            try:
                return await database.ping()
            except TimeoutError:
                continue


async def test_the_database_is_used_again_once_it_answers(hanging):
    database, relay = hanging
    relay.hang()
    with pytest.raises(Exception):  # noqa: B017 - tested above
        await _read(database)
    relay.go_on()
    async with asyncio.timeout(ALL_TOGETHER):  # a busy machine may miss the short limits of these tests more than once
        while True:
            try:
                assert await _read(database) == 1
            except AssertionError:
                raise
            except Exception:  # noqa: BLE001 - tested above
                continue
            else:
                return


async def test_a_statement_of_a_migration_may_take_long(empty_url, monkeypatch):
    monkeypatch.setattr(
        "unified.store.engine.upgrade.upgrade", lambda connection: connection.execute(sa.text("SELECT pg_sleep(0.6)"))
    )
    await migrate(empty_url)


async def _does_not_wait_for_ever(url):
    async with relayed(url) as (through, relay):
        relay.hang()
        async with asyncio.timeout(ALL_TOGETHER):
            for opening in (migrate, open_database):
                with pytest.raises(TimeoutError):
                    await opening(through)


async def test_a_start_does_not_wait_for_ever(url):
    await _does_not_wait_for_ever(url)


async def test_a_first_start_does_not_wait_for_ever(empty_url):
    await _does_not_wait_for_ever(empty_url)


async def test_a_port_of_another_protocol_ends_within_the_time_for_connecting():
    async def greet(_reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        await asyncio.sleep(ALL_TOGETHER * 2)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(ALL_TOGETHER):
        with pytest.raises(Exception) as failed:
            await open_database(f"postgresql://u:p@127.0.0.1:{port}/d")
    assert failure_reason(failed.value) is not None
    server.close()
