"""The head of an answer: what is more than a head may be, or was not asked for, is refused before its body is read."""

import gzip

import pytest

from unified.catalog.wire import ProviderRequest
from unified.errors.providers import ProviderError, ProviderMalformed, ProviderTimeout, UpstreamTooLarge

GET = ProviderRequest(method="GET", path="/things")
POST = ProviderRequest(method="POST", path="/things")
TOO_MANY = "the answer has more than 200 headers or 65536 bytes of them"


def with_headers(count: int, size: int = 1) -> list[bytes]:
    """Header lines beside Content-Length, each value of this many bytes."""
    return [b"X-%d: %s" % (number, b"a" * size) for number in range(count)]


FLOODS = {
    "C4 2,000 headers": with_headers(2000),
    "one more than allowed": with_headers(200),
    "all of one name": [b"Set-Cookie: a=b"] * 500,
    "few, but large": with_headers(9, 8_000),
    "one, nearly as large as is read": with_headers(1, 80_000),
}


@pytest.mark.parametrize("headers", FLOODS.values(), ids=FLOODS.keys())
async def test_a_flood_of_headers_is_refused(faults, client, to, headers: list[bytes]) -> None:
    async with faults.listening(faults.with_body(b"{}", *headers)) as server:
        with pytest.raises(ProviderError) as caught:
            await client().send(POST, to(server.origin))
    assert caught.value.detail == TOO_MANY


async def test_as_many_headers_as_allowed_are_read(faults, client, to) -> None:
    async with faults.listening(faults.with_body(b"{}", *with_headers(199, 300))) as server:
        answer = await client().send(POST, to(server.origin))
    assert (len(answer.headers), answer.headers["x-198"]) == (200, "a" * 300)


async def test_a_head_without_an_end_is_given_up_at_the_size_that_is_read(faults, client, to) -> None:
    async with faults.listening(faults.without_end(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 8_000 + b"\r\n")) as server:
        with pytest.raises(ProviderError) as caught:
            await client().send(POST, to(server.origin))
    assert caught.value.detail == "Acme could not be reached or closed the connection (RemoteProtocolError)"


ENCODINGS = {
    "br": [b"br"],
    "zstd": [b"zstd"],
    "deflate": [b"deflate"],
    "x-gzip": [b"x-gzip"],
    "unknown": [b"planted"],
    "capitals": [b"BR"],
}


@pytest.mark.parametrize("encodings", ENCODINGS.values(), ids=ENCODINGS.keys())
async def test_c1_an_encoding_that_was_not_asked_for_is_not_opened(faults, client, to, encodings: list[bytes]) -> None:
    headers = [b"Content-Encoding: " + one for one in encodings]
    async with faults.listening(faults.with_body(b"{}", *headers)) as server:
        with pytest.raises(ProviderMalformed) as caught:
            await client().send(POST, to(server.origin))
    assert caught.value.detail == "the answer has an encoding other than gzip; it was not decoded"


SPELLED = [
    (b"identity", b'{"a": 1}'),
    (b"GZIP", gzip.compress(b'{"a": 1}', mtime=0)),
    (b" gzip ", gzip.compress(b'{"a": 1}', mtime=0)),
]


@pytest.mark.parametrize(("encoding", "body"), SPELLED)
async def test_no_encoding_and_gzip_are_read_however_they_are_spelled(faults, client, to, encoding: bytes, body: bytes) -> None:
    async with faults.listening(faults.with_body(body, b"Content-Encoding: " + encoding)) as server:
        assert (await client().send(POST, to(server.origin))).body == {"a": 1}


async def test_a_change_of_protocol_is_not_an_answer(faults, client, to) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: planted\r\nConnection: Upgrade\r\n\r\n{}"
    async with faults.listening(faults.answering(switch)) as server:
        with pytest.raises(ProviderError) as caught:
            await client().send(POST, to(server.origin))
    assert caught.value.detail == "Acme could not be reached or closed the connection (RemoteProtocolError)"


async def test_interim_answers_without_an_end_are_cut(faults, client, to) -> None:
    async with faults.listening(faults.without_end(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50)) as server:
        with pytest.raises(ProviderError) as caught:
            await client().send(POST, to(server.origin))
        assert len(server.requests) == 1
    assert caught.value.detail == "Acme could not be reached or closed the connection (RemoteProtocolError)"


async def test_an_interim_answer_before_the_answer_is_passed_over(faults, client, to) -> None:
    whole = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    async with faults.listening(faults.answering(whole)) as server:
        assert (await client().send(GET, to(server.origin))).body == {}


async def test_a_refusal_with_a_large_body_is_bounded_too(faults, client, to) -> None:
    async with faults.listening(faults.with_body(b" " * 4096, status=b"500 Oops")) as server:
        with pytest.raises(UpstreamTooLarge):
            await client(max_bytes=1024).send(POST, to(server.origin))


async def test_the_pass_through_is_bounded_in_the_same_way(faults, client, to) -> None:
    async with faults.listening(faults.with_body(b"{}", *with_headers(2000))) as server:
        with pytest.raises(ProviderError):
            await client().pass_through(GET, to(server.origin), b"")
    async with faults.listening(faults.endless) as server:
        with pytest.raises(UpstreamTooLarge):
            await client(max_bytes=4096).pass_through(GET, to(server.origin), b"")
    async with faults.listening(faults.drip) as server:
        with pytest.raises(ProviderTimeout) as caught:
            await client(deadline=0.3).pass_through(GET, to(server.origin), b"")
    assert caught.value.detail == "Acme did not answer within 0.3 s"
