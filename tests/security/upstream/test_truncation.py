"""An answer that is cut anywhere is an error, never a shorter answer; one that is only slow is read whole."""

import gzip
import time

import pytest

from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import ProviderError, ProviderMalformed, ProviderRateLimited

GET = ProviderRequest(method="GET", path="/things")
POST = ProviderRequest(method="POST", path="/things")
BODY = b'{"results": [{"id": "1"}, {"id": "2"}], "next": null}'
PACKED = gzip.compress(BODY, mtime=0)
START = b"HTTP/1.1 200 OK\r\n"
WHOLE = {
    "length": START + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "chunks": START
    + b"Transfer-Encoding: chunked\r\n\r\n14\r\n"
    + BODY[:20]
    + b"\r\n%x\r\n" % len(BODY[20:])
    + BODY[20:]
    + b"\r\n0\r\n\r\n",
    "gzip": START + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
}


@pytest.mark.parametrize("name", WHOLE)
async def test_c3_an_answer_cut_at_any_byte_is_a_provider_error(faults, client, to, name: str) -> None:
    whole = WHOLE[name]
    cut = 0

    async def behave(_reader, writer) -> None:
        writer.write(whole[:cut])
        await writer.drain()

    async with faults.listening(behave) as server:
        http = client()
        for cut in range(0, len(whole), 3):  # noqa: B007 - read by the server
            with pytest.raises(ProviderError):
                await http.send(POST, to(server.origin))
        cut = len(whole)
        assert len((await http.send(POST, to(server.origin))).body["results"]) == 2


async def test_c3_a_cut_body_without_a_length_is_malformed_json(faults, client, to) -> None:
    for cut in range(1, len(BODY), 5):
        async with faults.listening(faults.answering(START + b"\r\n" + BODY[:cut])) as server:
            with pytest.raises(ProviderMalformed):
                await client().send(POST, to(server.origin))


@pytest.mark.parametrize("name", WHOLE)
async def test_a_slow_answer_is_read_whole(faults, client, to, name: str) -> None:
    pieces = [WHOLE[name][at : at + 7] for at in range(0, len(WHOLE[name]), 7)]
    async with faults.listening(faults.after(0.1, faults.answering(*pieces, pause=0.002))) as server:
        assert (await client().send(GET, to(server.origin))).body["next"] is None


STORMS = [
    (b"429 Too Many Requests", ProviderRateLimited),
    (b"503 Service Unavailable", ProviderError),
    (b"502 Bad Gateway", ProviderError),
]


@pytest.mark.parametrize(("status", "kind"), STORMS)
async def test_c8_a_storm_of_refusals_is_asked_a_few_times_only(faults, client, to, status: bytes, kind) -> None:
    storm = faults.with_body(b'{"message": "slow down"}', status=status)
    async with faults.listening(storm) as server:
        http = client()
        for _ in range(5):
            with pytest.raises(kind):
                await http.send(GET, to(server.origin))
        assert 5 <= len(server.requests) <= 15
        asked = len(server.requests)
        with pytest.raises(kind):
            await http.send(POST, to(server.origin))
        assert len(server.requests) == asked + 1


async def test_c8_after_the_storm_the_answer_is_taken(faults, client, to) -> None:
    throttled = faults.with_body(b"{}", b"Retry-After: 0", b"Connection: close", status=b"429 Too Many Requests")
    cut = faults.answering(WHOLE["length"][:60])
    async with faults.listening(faults.in_turn(throttled, cut, faults.answering(WHOLE["length"]))) as server:
        assert (await client().send(GET, to(server.origin))).body["next"] is None
        assert len(server.requests) == 3


@pytest.mark.parametrize("wait", [b"999999999", b"-1", b"planted", b"Fri, 31 Dec 2086 23:59:59 GMT", b"1e9", b""])
async def test_c8_no_wait_that_a_provider_asks_for_holds_a_call_past_its_deadline(faults, client, to, wait: bytes) -> None:
    storm = faults.with_body(b"{}", b"Retry-After: " + wait, status=b"429 Too Many Requests")
    async with faults.listening(storm) as server:
        started = time.monotonic()
        with pytest.raises(ProviderRateLimited) as caught:
            await client(deadline=1.0).send(GET, to(server.origin))
        assert time.monotonic() - started < 5
        assert "planted" not in caught.value.detail
        assert caught.value.retry_after is None or 0 <= caught.value.retry_after <= 86_400


BROKEN = {
    "garbage": b"\x16\x03\x01\x02\x00",
    "a shorter length": START + b"Content-Length: 5\r\n\r\n" + BODY,
    "a longer length": START + b"Content-Length: 500\r\n\r\n" + BODY,
    "no gzip": START + b"Content-Encoding: gzip\r\nContent-Length: 53\r\n\r\n" + BODY,
    "half of a gzip, with the right length": START + b"Content-Encoding: gzip\r\nContent-Length: 30\r\n\r\n" + PACKED[:30],
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN.keys())
async def test_a_wrong_length_and_broken_gzip_are_errors(faults, client, to, sent: bytes) -> None:
    async with faults.listening(faults.answering(sent)) as server:
        with pytest.raises(UnifiedError) as caught:
            await client().send(POST, to(server.origin))
    assert caught.value.status == 502
    assert "results" not in caught.value.detail


async def test_what_follows_an_answer_is_not_taken_for_the_next_one(faults, client, to) -> None:
    smuggled = WHOLE["length"] + START + b'Content-Length: 8\r\n\r\n{"a": 1}'
    async with faults.listening(faults.in_turn(faults.answering(smuggled), faults.answering(WHOLE["length"]))) as server:
        http = client()
        for _ in range(2):
            assert "a" not in (await http.send(GET, to(server.origin))).body


TWO_MEMBERS = gzip.compress(BODY[:20]) + gzip.compress(BODY[20:])
MEMBERS = {
    "one": (PACKED, True),
    "two": (TWO_MEMBERS, True),
    "an empty one between": (gzip.compress(BODY) + gzip.compress(b""), True),
    "none": (b"", None),
    "bytes after the end": (PACKED + b"planted", False),
    "another beginning": (PACKED + PACKED[:9], False),
    "the end cut": (PACKED[:-1], False),
    "a wrong checksum": (PACKED[:-8] + b"\x00" * 8, False),
}


@pytest.mark.parametrize(("packed", "whole"), MEMBERS.values(), ids=MEMBERS.keys())
@pytest.mark.parametrize("piece", [1, 7, 4096])
async def test_gzip_is_read_to_its_end_and_nothing_beyond(faults, client, to, packed: bytes, whole, piece: int) -> None:
    chunks = [packed[at : at + piece] for at in range(0, len(packed), piece)]
    head = START + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n" % len(one) + one + b"\r\n" for one in chunks) + b"0\r\n\r\n"
    async with faults.listening(faults.answering(head + body)) as server:
        if whole is False:
            with pytest.raises(ProviderError) as caught:
                await client().send(POST, to(server.origin))
            assert caught.value.detail == "Acme could not be reached or closed the connection (DecodingError)"
        else:
            found = (await client().send(POST, to(server.origin))).body
            assert (found is None) if whole is None else len(found["results"]) == 2
