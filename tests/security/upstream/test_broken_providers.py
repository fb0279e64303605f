"""Providers that break the rules of HTTP, time, size or JSON: each ends in a clear refusal, soon and in little memory."""

import asyncio
import time
import tracemalloc
from typing import Any

import pytest

from tests.waiting import until
from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderError, ProviderMalformed, ProviderTimeout, UpstreamTooLarge

GET = ProviderRequest(method="GET", path="/things")
POST = ProviderRequest(method="POST", path="/things", body={"name": "planted-name"})
MIB = 1024 * 1024


async def refusal(
    faults: Any, client: Any, to: Any, behaviour: Any, request: ProviderRequest = POST, **limits: Any
) -> UnifiedError:
    """What a call to a server of this behaviour ends in."""
    async with faults.listening(behaviour) as server:
        with pytest.raises(UnifiedError) as caught:
            await client(**limits).send(request, to(server.origin))
        assert server.origin.removeprefix("http://") not in caught.value.detail
    return caught.value


SILENT = ["silent", "headers_then_silence", "drip"]


@pytest.mark.parametrize("name", SILENT)
async def test_the_deadline_holds_for_the_whole_call(faults, client, to, name: str) -> None:
    started = time.monotonic()
    problem = await refusal(faults, client, to, getattr(faults, name), GET, deadline=0.3)
    assert type(problem) is ProviderTimeout
    assert problem.detail in {"Acme did not answer within 0.3 s", "Acme did not answer in time"}
    assert time.monotonic() - started < 5


PROTOCOL = {
    "garbage": b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    "nothing": b"",
    "no status": b"HTTP/1.1\r\n\r\n",
    "status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "truncated body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    "truncated chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{}",
    "chunk of no length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    "folded header name": b"HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n{}",
    "one huge header": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * MIB + b"\r\n\r\n{}",
    "header flood": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(2000)) + b"\r\n{}",
    "header NUL": b"HTTP/1.1 200 OK\r\nX-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "not gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip",
    "header end missing": b"HTTP/1.1 200 OK\r\nX-A: 1",
}


@pytest.mark.parametrize("sent", PROTOCOL.values(), ids=PROTOCOL.keys())
async def test_an_answer_outside_of_http_is_a_provider_error(faults, client, to, sent: bytes) -> None:
    problem = await refusal(faults, client, to, faults.answering(sent))
    assert type(problem) is ProviderError
    assert problem.detail.startswith("Acme could not be reached or closed the connection (")
    assert problem.provider is None


@pytest.mark.parametrize("name", ["reset", "half_close"])
async def test_a_cut_connection_is_a_provider_error(faults, client, to, name: str) -> None:
    problem = await refusal(faults, client, to, getattr(faults, name))
    assert type(problem) is ProviderError


async def test_a_content_length_with_chunks_never_smuggles_a_second_answer(faults, client, to) -> None:
    both = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = b"8\r\n" + b'{"a": 1}' + b"\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + b'{"a": "evil"}'
    async with faults.listening(faults.answering(both + chunked)) as server:
        http = client()
        found = []
        for _ in range(2):
            try:
                found.append((await http.send(POST, to(server.origin))).body)
            except ProviderError:
                found.append(None)
    assert {"a": "evil"} not in found


async def test_no_one_listens(client, to) -> None:
    with pytest.raises(ProviderError) as caught:
        await client().send(POST, to("http://127.0.0.1:1"))
    assert caught.value.detail == "Acme could not be reached or closed the connection (ConnectError)"


@pytest.mark.parametrize(("request_", "tries"), [(GET, 3), (POST, 1)])
async def test_only_a_safe_call_is_sent_again_after_a_cut(faults, client, to, request_: ProviderRequest, tries: int) -> None:
    async with faults.listening(faults.reset) as server:
        with pytest.raises(ProviderError):
            await client().send(request_, to(server.origin))
        assert len(server.requests) == tries


SIZES = {
    "plain": lambda f: f.with_body(b"[" + b" " * (3 * MIB) + b"]"),
    "endless chunks": lambda f: f.endless,
    "gzip": lambda f: f.with_body(f.bomb(64 * MIB), b"Content-Encoding: gzip"),
    "gzip in chunks": lambda f: f.answering(
        f.HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"%x\r\n" % len(f.bomb(64 * MIB)) + f.bomb(64 * MIB) + b"\r\n0\r\n\r\n",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SIZES)
async def test_an_answer_over_the_size_is_cut_in_little_memory(faults, client, to, name: str) -> None:
    behaviour = SIZES[name](faults)
    async with faults.listening(behaviour) as server:
        http, there = client(max_bytes=MIB), to(server.origin)
        tracemalloc.start()
        try:
            with pytest.raises(UpstreamTooLarge) as caught:
                await http.send(POST, there)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert caught.value.detail == f"the answer has more than {MIB} bytes"
    assert peak < 16 * MIB


@pytest.mark.parametrize("encodings", [[b"gzip, gzip"], [b"gzip", b"gzip"], [b"deflate, gzip"]])
async def test_stacked_encodings_are_not_opened(faults, client, to, encodings: list[bytes]) -> None:
    headers = [b"Content-Encoding: " + one for one in encodings]
    problem = await refusal(faults, client, to, faults.with_body(faults.bomb(MIB, layers=2), *headers))
    assert problem.detail == "the answer has stacked encodings; it was not decoded"


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"x-odd"])
async def test_an_encoding_that_was_not_asked_for_is_not_json(faults, client, to, encoding: bytes) -> None:
    problem = await refusal(faults, client, to, faults.with_body(b"\x1b\x02\x00\xf8planted", b"Content-Encoding: " + encoding))
    assert type(problem) in {ProviderMalformed, ProviderError}
    assert "planted" not in problem.detail


async def test_a_body_in_gzip_is_read(faults, client, to) -> None:
    packed = __import__("gzip").compress(b'{"id": 18446744073709551617}')
    async with faults.listening(faults.with_body(packed, b"Content-Encoding: gzip")) as server:
        assert (await client().send(GET, to(server.origin))).body == {"id": 2**64 + 1}
        assert b"\r\naccept-encoding: gzip\r\n" in server.requests[0].lower()


BODIES = {
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "million digits": b"1" * 1_000_000,
    "not a number": b'{"planted": NaN}',
    "infinite": b'{"planted": 1e999}',
    "lone surrogate": b'{"planted": "\\ud800"}',
    "utf-16": '{"planted": 1}'.encode("utf-16"),
    "html": b"<html>planted</html>",
    "two values": b'{"planted": 1}{"planted": 2}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_is_not_json_is_malformed(faults, client, to, body: bytes) -> None:
    problem = await refusal(faults, client, to, faults.with_body(body))
    assert type(problem) is ProviderMalformed
    assert "planted" not in f"{problem.detail}{problem.errors}{problem.provider}"


async def test_an_empty_answer_and_a_byte_order_mark_are_read(faults, client, to) -> None:
    for body, expected in ((b"", None), (b'\xef\xbb\xbf{"a": 1}', {"a": 1})):
        async with faults.listening(faults.with_body(body)) as server:
            assert (await client().send(GET, to(server.origin))).body == expected


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Again", b"308 Moved"])
async def test_a_redirect_reaches_no_other_host(faults, client, to, status: bytes) -> None:
    async with faults.listening(faults.with_body(b"{}")) as other:
        location = b"Location: " + other.origin.encode() + b"/latest/meta-data/"
        problem = await refusal(faults, client, to, faults.with_body(b"", location, status=status), GET)
        assert type(problem) is ProviderError
        assert other.requests == []


async def test_what_is_sent_is_what_was_asked_for(faults, client, to) -> None:
    odd = ProviderRequest(
        method="GET",
        path="/things/%2E%2E%2Fadmin",
        query=(("q", "a\r\nX-Evil: 1"),),
        headers={"Host": "evil.test", "X-Forwarded-For": "127.0.0.1", "cookie": "a=b", "X-Ok": "1"},
    )
    async with faults.listening(faults.with_body(b"{}")) as server:
        await client().send(odd, to(server.origin))
        first, *lines = server.requests[0].decode().split("\r\n")
    names = [line.partition(":")[0].lower() for line in lines if line]
    assert first == "GET /v1/things/%2E%2E%2Fadmin?q=a%0D%0AX-Evil%3A+1 HTTP/1.1"
    assert sorted(names) == ["accept", "accept-encoding", "authorization", "connection", "host", "user-agent", "x-ok"]
    assert f"Host: {server.origin.removeprefix('http://')}" in lines


async def test_a_call_that_is_given_up_leaves_nothing_open(faults, client, to) -> None:
    async with faults.listening(faults.silent) as server:
        http = client(connections=1)
        for sent in (1, 2, 3):
            call = asyncio.create_task(http.send(GET, to(server.origin)))
            await until(lambda sent=sent: len(server.requests) == sent)  # the pool has one place: each call got it back
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
