"""The pool: a bounded number of connections, each used only while that is safe, and nothing left of a call that is given up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.security import fault_server as faults
from tests.waiting import until
from unified.catalog.wire import ProviderAnswer
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.http1.channel import Channel
from unified.transport.http1.failures import ConnectError, ReadError, RemoteProtocolError, WireError
from unified.transport.http1.messages import Outgoing
from unified.transport.http1.pool import KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, Pool
from unified.transport.http1.reader import ResponseReader
from unified.transport.http1.urls import split_url
from unified.transport.network.httpx_pool.network import HttpxPool

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Turn = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def keeping(*turns: bytes | Turn) -> Turn:
    """A server that answers request after request on a connection, the last turn again and again."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = list(turns)
        while True:
            turn = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(turn, bytes):
                writer.write(turn)
                await writer.drain()
            else:
                await turn(reader, writer)
            await reader.readuntil(b"\r\n\r\n")
            behave.taken += 1  # type: ignore[attr-defined]

    behave.taken = 0  # type: ignore[attr-defined]
    return behave


async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def abort(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def send(pool: Pool, origin: str, method: str = "GET", drain: float | None = None, **more: Any) -> ProviderAnswer:
    request = Outgoing(**{"method": method, "url": split_url(origin + "/"), "headers": {}, "owner": "one", **more})
    return await pool.send(request, max_bytes=1 << 20, drain=drain)


async def test_calls_one_after_another_share_a_connection(pool, names) -> None:
    async with faults.listening(keeping(OK)) as server:
        one = pool()
        for method in ("GET", "POST", "GET"):
            assert (await send(one, server.origin, method)).content == b"{}"
        assert (server.connections, one.open_connections()) == (1, 1)


async def test_calls_at_the_same_time_never_share_one_and_are_bounded_in_the_order_they_came(pool) -> None:
    running, most, order = 0, 0, []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        writer.write(OK)

    async with faults.listening(keeping(slow)) as server:
        one = pool(connections=3)

        async def call(number: int) -> None:
            await send(one, server.origin)
            order.append(number)

        await asyncio.gather(*(call(number) for number in range(30)))
        assert (most, server.connections, one.open_connections()) == (3, 3, 3)
        assert all(abs(place - number) < 3 for place, number in enumerate(order))


async def test_a_full_pool_closes_an_idle_connection_to_reach_another_host(pool) -> None:
    async with faults.listening(keeping(OK)) as first, faults.listening(keeping(OK)) as second:
        one = pool(connections=1)
        for server in (first, second, first):
            await send(one, server.origin)
            assert one.open_connections() == 1
        assert (first.connections, second.connections) == (2, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_that_is_given_up_closes_its_connection_and_gives_back_its_place(pool, method: str) -> None:
    async with faults.listening(faults.silent) as server:
        one = pool(connections=1)
        for sent in (1, 2, 3):
            call = asyncio.create_task(send(one, server.origin, method))
            await until(lambda sent=sent: len(server.requests) == sent)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.sleep(0)
            assert one.open_connections() == 0
        assert len(server.requests) == 3


async def test_calls_that_are_given_up_in_the_queue_take_no_place_along(pool) -> None:
    async with faults.listening(faults.silent) as silent, faults.listening(keeping(OK)) as server:
        one = pool(connections=1)
        calls = [asyncio.create_task(send(one, silent.origin)) for _ in range(5)]
        await until(lambda: len(silent.requests) == 1)
        for call in reversed(calls):
            call.cancel()
        assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*calls, return_exceptions=True))
        assert len(silent.requests) == 1
        assert (await send(one, server.origin)).status == 200


async def test_a_call_cancelled_as_its_response_comes_leaves_the_connection_to_the_next(own_pool) -> None:
    async with faults.listening(keeping(OK)) as server:
        one = own_pool(connections=1)
        ended, calls = one.ended, []

        def and_cancel(channel: Channel, *, reusable: bool) -> None:
            ended(channel, reusable=reusable)
            calls.pop().cancel()

        one.ended = and_cancel
        calls.append(asyncio.create_task(send(one, server.origin)))
        with pytest.raises(asyncio.CancelledError):
            await calls[0]
        one.ended = ended
        assert (await send(one, server.origin)).content == b"{}"
        assert server.connections == 1


@pytest.mark.parametrize("ending", [close, abort])
async def test_a_used_connection_that_ends_without_a_byte_is_replaced_for_a_safe_request(pool, ending: Turn) -> None:
    async def unseen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")  # the connection is good until the next request is on its way
        await ending(reader, writer)

    async with faults.listening(faults.in_turn(unseen, keeping(OK))) as server:
        one = pool()
        for _ in range(2):
            assert (await send(one, server.origin)).content == b"{}"
        assert (server.connections, one.open_connections()) == (2, 1)


@pytest.mark.parametrize("ending", [close, abort])
async def test_a_write_is_never_sent_twice(pool, ending: Turn) -> None:
    async def unseen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        await ending(reader, writer)

    async with faults.listening(unseen) as server:
        one = pool()
        await send(one, server.origin)
        with pytest.raises((ReadError, RemoteProtocolError)):
            await send(one, server.origin, "POST")
        await until(lambda: one.open_connections() == 0)
        assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("ending", [close, abort])
async def test_a_connection_that_has_ended_meanwhile_is_not_used(pool, method: str, ending: Turn) -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        await ending(reader, writer)

    async with faults.listening(once) as server:
        one = pool()
        for calls in (1, 2, 3):
            assert (await send(one, server.origin, method)).content == b"{}"
            await until(lambda: server.open == 0)
            assert server.connections == calls


async def test_a_first_connection_that_ends_without_a_byte_is_not_replaced(pool) -> None:
    async with faults.listening(close) as server:
        with pytest.raises(RemoteProtocolError):
            await send(pool(), server.origin)
        assert server.connections == 1


async def test_httpx2_gives_the_status_and_cuts_the_rest_off(names) -> None:
    async with faults.listening(faults.headers_then_silence) as server:
        one = HttpxPool(Guard(Egress(allow_loopback=True), resolve=names), connections=1)
        for _ in range(2):
            assert (await send(one, server.origin, "POST", drain=5.0)).status == 200
            await until(lambda: one.open_connections() == 0)


async def test_a_response_that_has_begun_is_not_asked_for_again(pool) -> None:
    async with faults.listening(keeping(OK, b"H", close)) as server:
        one = pool()
        await send(one, server.origin)
        call = asyncio.create_task(send(one, server.origin))
        await asyncio.sleep(0.05)
        assert not call.done()
        await server.stop()
        with pytest.raises(WireError):
            await call
        assert server.connections == 1


UNASKED = {"a byte": b"x", "a response": b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"evil"'}


@pytest.mark.parametrize("unasked", UNASKED.values(), ids=UNASKED.keys())
@pytest.mark.parametrize("pause", [0.0, 0.02])
async def test_unsolicited_bytes_end_the_connection_and_are_not_an_answer(pool, unasked: bytes, pause: float) -> None:
    async def more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await asyncio.sleep(pause)
        writer.write(unasked)
        await asyncio.sleep(60)

    async with faults.listening(more) as server:
        one = pool()
        for calls in (1, 2):
            assert (await send(one, server.origin)).content == b"{}"
            await until(lambda: one.open_connections() == 0)
            assert server.connections == calls


async def test_a_response_before_the_request_is_none(own_pool) -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await asyncio.wait([asyncio.ensure_future(reader.read())])
        writer.close()

    async with await asyncio.start_server(early, "127.0.0.1", 0) as server:
        one = own_pool()
        url = split_url(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        channel, _ = await one._take(Outgoing(method="GET", url=url, headers={}), fresh=True)
        await until(lambda: one.open_connections() == 0)
        with pytest.raises(RemoteProtocolError):
            await channel.exchange(b"GET / HTTP/1.1\r\n\r\n", ResponseReader("GET", max_bytes=1))
        assert one._busy == 0


async def test_an_idle_connection_is_closed_when_no_one_reuses_it(pool) -> None:
    async with faults.listening(keeping(OK)) as server:
        one = pool(keep_alive=0.05)
        await send(one, server.origin)
        assert one.open_connections() == 1
        await until(lambda: one.open_connections() == 0, seconds=2)
        await until(lambda: server.open == 0, seconds=2)
        await send(one, server.origin)
        assert server.connections == 2
    assert KEEP_ALIVE_SECONDS == 5.0


async def test_a_connection_in_use_all_the_time_ends_with_its_address_check_and_the_name_is_asked_again(pool, names) -> None:
    async with faults.listening(keeping(OK)) as server:
        one, origin = pool(lifetime=0.1), f"http://acme.localhost:{server.origin.rpartition(':')[2]}"
        ends = asyncio.get_running_loop().time() + 0.35
        while asyncio.get_running_loop().time() < ends:
            await send(one, origin)
        assert 3 <= server.connections <= 4
        assert names.asked == ["acme.localhost"] * server.connections
        assert one.open_connections() == 1
    assert LIFETIME_SECONDS == 60.0


async def test_a_status_is_reported_before_the_rest_has_come_and_the_connection_is_used_again(own_pool) -> None:
    rest = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
        await rest.wait()
        writer.write(b"cd")

    async with faults.listening(keeping(slow)) as server:
        one = own_pool()
        assert (await send(one, server.origin, "POST", drain=5.0)).status == 200
        rest.set()
        await until(lambda: one._busy == 0)
        assert (await send(one, server.origin, "POST", drain=5.0)).status == 200
        assert server.connections == 1


async def test_what_is_drained_ends_in_time_and_holds_its_place_until_then(own_pool) -> None:
    async with faults.listening(faults.headers_then_silence) as server:
        one = own_pool(connections=1)
        assert (await send(one, server.origin, "POST", drain=0.1)).status == 200
        assert (one._busy, one.open_connections()) == (1, 1)
        await until(lambda: one.open_connections() == 0, seconds=2)
        assert one._busy == 0


async def test_a_status_is_valid_although_the_rest_in_the_same_packet_is_too_large(pool) -> None:
    async with faults.listening(faults.with_body(b"a" * 100_000)) as server:
        one = pool()
        request = Outgoing(method="POST", url=split_url(server.origin), headers={})
        assert (await one.send(request, max_bytes=10, drain=5.0)).status == 200
        await until(lambda: one.open_connections() == 0, seconds=2)


async def test_no_one_listens(pool) -> None:
    one = pool(connections=1)
    for _ in range(3):
        with pytest.raises(ConnectError):
            await send(one, "http://127.0.0.1:1")
    assert one.open_connections() == 0
    async with faults.listening(keeping(OK)) as server:
        assert (await send(one, server.origin)).status == 200  # the only place was given back each time


async def test_a_closed_pool_has_no_connection_left(pool) -> None:
    async with faults.listening(keeping(OK)) as server, faults.listening(faults.silent) as silent:
        one = pool()
        await send(one, server.origin)
        call = asyncio.create_task(send(one, silent.origin))
        await until(lambda: len(silent.requests) == 1)
        await one.close()
        with pytest.raises(RemoteProtocolError):
            await call
        await until(lambda: server.open == 0)
        assert one.open_connections() == 0


async def test_an_answer_before_the_whole_request_is_read_ends_the_exchange_and_the_connection(pool) -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(60)  # it never reads the body

    async with faults.listening(early) as server:
        one = pool()
        for calls in (1, 2):
            async with asyncio.timeout(10):
                assert (await send(one, server.origin, "POST", content=b"a" * 8_000_000)).content == b"{}"
            assert server.connections == calls


async def test_large_requests_and_responses_go_whole(pool) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await reader.readexactly(900_000)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + body)

    content = bytes(range(256)) * 3515 + b"a" * 160
    async with faults.listening(keeping(echo)) as server:
        one = pool()
        for _ in range(3):
            assert (await send(one, server.origin, "POST", content=content)).content == content
        assert server.connections == 1
