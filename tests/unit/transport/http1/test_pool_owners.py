"""The pool keeps the connections of owners apart, and uses none after an answer that was not asked for."""

import asyncio

import pytest

from tests.security import fault_server as faults
from tests.unit.transport.http1.test_pool import OK, keeping, send
from tests.waiting import until
from unified.transport.http1 import pool as own_module
from unified.transport.network.httpx_pool import dialler


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_connection_serves_one_owner(pool, method: str) -> None:
    async with faults.listening(keeping(OK)) as server:
        one = pool()
        for owner in ("first", "second", "first", "second"):
            await send(one, server.origin, method, owner=owner)
        assert (server.connections, one.open_connections()) == (2, 2)


async def test_many_owners_leave_a_bounded_number_of_connections_open(pool, monkeypatch) -> None:
    for module in (own_module, dialler):
        monkeypatch.setattr(module, "MAX_RESTING", 5)
    async with faults.listening(keeping(OK)) as server:
        one = pool(connections=100)
        for number in range(20):
            await send(one, server.origin, owner=f"acc_{number}")
            await asyncio.sleep(0)
            assert one.open_connections() <= 6
        await until(lambda: server.open <= 6)
        assert (server.connections, one.open_connections() >= 5) == (20, True)


async def test_a_request_without_an_owner_has_its_own_connection(pool) -> None:
    async with faults.listening(keeping(OK)) as server:
        one = pool(connections=2)
        for calls in (1, 2, 3):
            await send(one, server.origin, owner=None)
            await until(lambda: one.open_connections() == 0)
            assert server.connections == calls
        await send(one, server.origin, owner="first")
        await send(one, server.origin, owner=None)
        assert server.connections == 5


async def test_a_late_answer_ends_a_connection_between_two_exchanges_even_before_the_loop_has_read_it(pool) -> None:
    late = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await late.wait()
        writer.write(OK.replace(b"{}", b"[]"))
        await writer.drain()
        await asyncio.sleep(60)

    async with faults.listening(faults.in_turn(behave, keeping(OK))) as server:
        one = pool()
        await send(one, server.origin)
        late.set()
        await asyncio.sleep(0)  # it is written now, and nobody has read it
        assert (await send(one, server.origin)).content == b"{}"
        assert server.connections == 2
