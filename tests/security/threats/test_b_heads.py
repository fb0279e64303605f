"""Raw requests: the service reads each as h11 does, the strict reader that served it before, or refuses it.

A proxy in front that saw another end of a request, another header or another path could be made to let through what it should
not (RFC 9112, 11.2).
"""

import asyncio
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tests.sizes import examples
from tests.timing import processor_time
from unified.server.http_protocol import MAX_HEAD_BYTES, HttpProtocol

HOST = b"Host: a\r\n"
GET = b"GET /a?b=c HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Line(asyncio.Transport):
    """A connection that keeps what was answered."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.answered = b""
        self.closed = False
        self.paused = False

    def write(self, data: Any) -> None:
        self.answered += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Request(msgspec.Struct, frozen=True):
    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    version: str
    body: bytes | None
    """None if the client was gone before its end."""


class Outcome(msgspec.Struct, frozen=True):
    statuses: tuple[bytes, ...]
    requests: tuple[Request, ...]


async def _read(receive) -> bytes | None:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            return body
    return None


async def _served(kind: type, parts: list[bytes]) -> Outcome:
    seen: list[Request] = []

    async def app(scope, receive, send) -> None:
        body = await _read(receive)
        headers = tuple(one for one in scope["headers"] if one[0] != b"upgrade")
        seen.append(Request(scope["method"], scope["raw_path"], scope["query_string"], headers, scope["http_version"], body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    config = Config(app=app, ws="none", proxy_headers=False, log_config=None, lifespan="off")
    config.load()
    protocol, line = kind(config=config, server_state=ServerState(), app_state={}), Line()
    protocol.connection_made(line)
    for part in parts:
        if line.closed:
            break
        protocol.data_received(part)
        for _ in range(8):
            await asyncio.sleep(0)
    for _ in range(40):
        await asyncio.sleep(0)
    statuses = tuple(re.findall(rb"HTTP/1\.1 (\d\d\d)", line.answered))
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return Outcome(statuses, tuple(seen))


def ours(*parts: bytes) -> Outcome:
    return asyncio.run(_served(HttpProtocol, list(parts)))


def strict(*parts: bytes) -> Outcome:
    return asyncio.run(_served(H11Protocol, list(parts)))


def complete(outcome: Outcome) -> list[Request]:
    return [one for one in outcome.requests if one.body is not None]


TOKENS = [
    b"X",
    b"x-1",
    b"Host",
    b"Expect",
    b"Connection",
    b"Content-Length",
    b"Transfer-Encoding",
    b"Upgrade",
    b"Accept",
    b"a b",
    b"",
    b"X(",
    b"\xc3",
]
VALUES = [b"a", b"", b" ", b"\t a \t", b"a\r\n b", b"a\r\n\tb ", b"a\x01", b"a\x00", b"a\rb", b"a\nb", b"\xff", b"3", b"03", b"+3", b"3, 3", b"-1", b"99999999999999999999", b"chunked", b"CHUNKED", b"gzip, chunked", b"identity", b"close", b"upgrade", b"h2c", b"100-continue"]  # fmt: skip
LINES = st.builds(
    lambda name, colon, value, end: name + colon + value + end,
    st.sampled_from(TOKENS),
    st.sampled_from([b": ", b":", b" :", b": \t", b""]),
    st.sampled_from(VALUES),
    st.sampled_from([b"\r\n"] * 9 + [b"\n"]),
)
STARTS = st.builds(
    lambda before, method, space, target, version, end: before + method + space + target + b" " + version + end,
    st.sampled_from([b""] * 9 + [b"\r\n", b" ", b"\x16"]),
    st.sampled_from([b"GET", b"POST", b"HEAD", b"DELETE", b"get", b"FOO", b"CONNECT", b"PRI", b""]),
    st.sampled_from([b" "] * 9 + [b"  ", b"\t"]),
    st.sampled_from([b"/", b"/a?b=c", b"/a%2Fb", b"/a#b", b"//a", b"/a;b?c?d", b"http://x/y?z", b"*", b"a", b"/\xc3\xa4", b'/"<', b"/\x7f", b"/a b"]),
    st.sampled_from([b"HTTP/1.1"] * 9 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"RTSP/1.0", b"HTTP/1.10", b""]),
    st.sampled_from([b"\r\n"] * 9 + [b"\n"]),
)  # fmt: skip
BODIES = st.sampled_from(
    [b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"3;a=b\r\nab\n\r\n0\r\nX: y\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"-3\r\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"3\nabc\n0\n\n", b"zz\r\n"]
)  # fmt: skip
RAW = st.builds(
    lambda start, host, lines, body: start + host + b"".join(lines) + b"\r\n" + body,
    STARTS,
    st.sampled_from([HOST] * 9 + [b"", HOST + HOST]),
    st.lists(LINES, max_size=3),
    BODIES,
)


@settings(max_examples=examples(500))
@given(st.lists(RAW, min_size=1, max_size=2), st.integers(1, 40))
def test_what_is_answered_was_read_as_a_strict_reader_reads_it(raw: list[bytes], size: int) -> None:
    sent = b"".join(raw)
    parts = [sent[at : at + size] for at in range(0, len(sent), size)]
    known = complete(strict(*parts))
    found = complete(ours(*parts))
    assert found == known[: len(found)]


NAMES = st.from_regex(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", fullmatch=True).filter(
    lambda one: one.lower() not in {b"host", b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"connection", b"proxy-connection"}
)  # fmt: skip
FIELDS = st.tuples(
    NAMES, st.from_regex(rb"[\t ]{0,2}([\x21-\x7e\x80-\xff]+([\t ]+[\x21-\x7e\x80-\xff]+)*)?[\t ]{0,2}", fullmatch=True)
)


@settings(max_examples=examples(200))
@given(
    st.sampled_from([b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"]),
    st.from_regex(rb"/[\x21-\x7e]{0,30}", fullmatch=True),
    st.lists(FIELDS, max_size=6),
    st.binary(max_size=40),
    st.booleans(),
)
def test_well_formed_heads_are_accepted(method: bytes, target: bytes, fields: list, body: bytes, chunked: bool) -> None:
    head = b"%s %s HTTP/1.1\r\n%s" % (method, target, HOST) + b"".join(b"%s:%s\r\n" % one for one in fields)
    if chunked:
        sent = head + CHUNKED + b"\r\n" + (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    else:
        sent = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    found = ours(sent + sent)
    assert found.statuses == (b"200", b"200")
    assert found.requests == strict(sent + sent).requests
    assert [one.body for one in found.requests] == [body, body]


REFUSED = {
    "space before the colon": GET + HOST + b"X : a\r\n\r\n",
    "a line that goes on before the first header": GET + b" b\r\n" + HOST + b"\r\n",
    "no host": GET + b"\r\n",
    "two hosts": GET + HOST + HOST + b"\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "a length and chunks": POST + b"Content-Length: 3\r\n" + CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunks and a length": POST + CHUNKED + b"Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunks twice": POST + CHUNKED + CHUNKED + b"\r\n3\r\nabc\r\n0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "CONNECT": b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a lone line feed": GET + b"Host: a\nX: b\r\n\r\n",
    "a NUL": GET + HOST + b"X: a\x00\r\n\r\n",
    "a NUL in a header that is ignored": GET + HOST + b"Upgrade: a\x00\r\n\r\n",
    "a control byte in a header that is ignored": GET + HOST + b"Upgrade: \x01\r\n\r\n",
    "a lone line feed in a header that is ignored": GET + HOST + b"Upgrade: a\nX: b\r\n\r\n",
    "a lone carriage return in a header that is ignored": GET + HOST + b"Upgrade: a\rb\r\n\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    "an old version": b"GET /\r\n\r\n",
    "a head over the bound": GET + HOST + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
    "a head over the bound without an end": GET + HOST + b"X: " + b"a" * MAX_HEAD_BYTES,
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_before_a_handler_sees_it(raw: bytes) -> None:
    assert ours(raw) == Outcome((b"400",), ())


def test_a_value_is_trimmed_and_may_continue_in_the_next_line() -> None:
    (found,) = ours(GET + HOST + b"X: \t a \t\r\nY: a\r\n  b\r\n\r\n").requests
    assert found.headers == ((b"host", b"a"), (b"x", b"a"), (b"y", b"a b"))


def test_the_lines_of_a_trailer_are_not_headers() -> None:
    (found,) = ours(POST + CHUNKED + b"\r\n3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n").requests
    assert found.headers == ((b"host", b"a"), (b"transfer-encoding", b"chunked"))


def test_the_body_of_a_request_that_asks_for_another_protocol_is_its_body() -> None:
    head = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    inner = GET + HOST + b"\r\n"
    found = ours(head + b"Content-Length: %d\r\n\r\n" % len(inner) + inner)
    assert [one.body for one in found.requests] == [inner]


def test_garbage_behind_a_request_is_refused_after_its_answer() -> None:
    assert ours(GET + HOST + b"\r\n\x00\x01garbage\r\n\r\n").statuses == (b"200", b"400")


def test_a_request_behind_one_that_ends_the_connection_is_not_answered() -> None:
    assert ours(GET + HOST + b"Connection: close\r\n\r\n" + GET + HOST + b"\r\n").statuses == (b"200",)


def test_a_client_that_waits_for_100_is_asked_to_continue() -> None:
    assert ours(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", b"abc").statuses == (b"100", b"200")


def seconds_for(size: int) -> float:
    """Processor time for one chunk of line feeds, which arrives as a whole."""
    with processor_time() as spent:
        assert ours(POST + CHUNKED + b"\r\n", b"%x\r\n" % size + b"\n" * size + b"\r\n0\r\n\r\n").statuses == (b"200",)
    return spent.seconds


def test_a_body_of_short_lines_costs_as_much_for_each_byte_however_much_arrives_at_once() -> None:
    few, many = 2**14, 2**18  # a server reads up to 256 KiB at once
    assert min(seconds_for(many) for _ in range(3)) < 3 * many / few * min(seconds_for(few) for _ in range(3))
