"""What is a response: exactly the whole ones of HTTP/1.1, however they come in pieces, and nothing that two readers could take apart in two ways."""

import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.errors.providers import ProviderError, ProviderMalformed, UpstreamTooLarge
from unified.transport.http1.failures import DecodingError, RemoteProtocolError
from unified.transport.http1.reader import MAX_INTERIM, MAX_SILENT_BYTES, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"


def read(*parts: bytes, method: str = "GET", max_bytes: int = 1024, drain: float | None = None) -> ResponseReader:
    reader = ResponseReader(method, max_bytes=max_bytes, drain=drain)
    for part in parts:
        reader.feed(part)
    return reader


ACCEPTED = [
    # what comes, the body, whether the connection may be used again
    (WHOLE, b"{}", True),
    (OK + b"content-LENGTH:2\r\n\r\n{}", b"{}", True),
    (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}", b"{}", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
    (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", b"{}", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", b"", True),
    (CHUNKED + b"1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n", b"{}", True),
    (CHUNKED + b"2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n", b"{}", True),
    (OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}", True),
    (EARLY + WHOLE, b"{}", True),
    (EARLY * MAX_INTERIM + WHOLE, b"{}", True),
]


@pytest.mark.parametrize(("sent", "body", "reusable"), ACCEPTED)
def test_a_whole_response_is_read(sent: bytes, body: bytes, reusable: bool) -> None:
    reader = read(sent)
    assert (reader.complete, reader.answer().content, reader.reusable) == (True, body, reusable)
    assert "x-trailer" not in reader.answer().headers
    assert "link" not in reader.answer().headers


@pytest.mark.parametrize("sent", [row[0] for row in ACCEPTED])
def test_it_is_read_the_same_byte_by_byte_and_is_not_complete_before_its_last(sent: bytes) -> None:
    reader = read(*(sent[at : at + 1] for at in range(len(sent) - 1)))
    assert not reader.complete
    reader.feed(sent[-1:])
    assert reader.answer() == read(sent).answer()


@given(st.lists(st.integers(0, len(EARLY + WHOLE)), max_size=6))
def test_it_is_read_the_same_in_any_pieces(cuts: list[int]) -> None:
    sent = EARLY + WHOLE
    ends = [0, *sorted(cuts), len(sent)]
    assert read(*(sent[a:b] for a, b in pairwise(ends))).answer() == read(sent).answer()


REFUSED = {
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "one length twice": OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\n{}",
    "length with a sign": OK + b"Content-Length: +2\r\n\r\n{}",
    "length and chunks": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and length": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "coding twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "coding of two": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "coding other than chunked": OK + b"Transfer-Encoding: gzip\r\n\r\n",
    "coding unknown": OK + b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunk length with a sign": CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n",
    "chunk length in another base": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "chunk longer than it says": CHUNKED + b"1\r\n{}\r\n0\r\n\r\n",
    "chunk length too large for any number": CHUNKED + b"f" * 17 + b"\r\n",
    "space before the colon": OK + b"Content-Length : 2\r\n\r\n{}",
    "space in a name": OK + b"Bad Name: 1\r\n\r\n",
    "no name": OK + b": 1\r\n\r\n",
    "folded value": OK + b"X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}",
    "NUL in a value": OK + b"X-A: a\x00b\r\n\r\n",
    "control character in a value": OK + b"X-A: a\x01b\r\n\r\n",
    "space after a chunk's length": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "bare CR in a value": OK + b"X-A: a\rb\r\n\r\n",
    "bare LF as the end of a line": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "a status below all": b"HTTP/1.1 099 Odd\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/2 in text": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\n\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP": b"SSH-2.0-OpenSSH_9\r\n",
    "a request": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "interim responses without an end": EARLY * (MAX_INTERIM + 1),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_an_invalid_response_is_refused(sent: bytes, size: int) -> None:
    with pytest.raises(RemoteProtocolError):
        read(*(sent[at : at + size] for at in range(0, len(sent), size)))


ENDLESS = {
    "reason": (b"HTTP/1.1 200 ", b"a" * 1000),
    "header name": (OK, b"a" * 1000),
    "header value": (OK + b"X-A: ", b"a" * 1000),
    "headers": (OK, b"X-A: aaaaaaaa\r\n" * 100),
    "chunk extension": (CHUNKED + b"2;", b"a" * 1000),
    "zeros of a chunk's length": (CHUNKED, b"0" * 1000),
    "trailer value": (CHUNKED + b"0\r\nX-A: ", b"a" * 1000),
    "trailers": (CHUNKED + b"0\r\n", b"X-A: aaaaaaaa\r\n" * 100),
    "blank lines before the head": (b"", b"\r\n" * 500),
}


@pytest.mark.parametrize(("begin", "block"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_never_ends_is_refused_after_a_bounded_number_of_bytes(begin: bytes, block: bytes) -> None:
    count = 2 * MAX_SILENT_BYTES // len(block)
    with pytest.raises(RemoteProtocolError):
        read(begin, *[block] * count)
    read(begin, *[block] * (count // 4))


def test_bytes_after_the_response_are_not_read_and_end_the_connection() -> None:
    for after in (b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"):
        reader = read(WHOLE + after)
        assert (reader.complete, reader.answer().content, reader.reusable) == (True, b"{}", False)


def test_the_end_of_the_connection_is_the_end_of_a_body_without_a_length_only() -> None:
    reader = read(OK + b"\r\n", b"{", b"}")
    assert not reader.complete
    reader.end()
    assert (reader.complete, reader.answer().content, reader.reusable) == (True, b"{}", False)
    for cut in (b"", OK, WHOLE[:-1], CHUNKED + b"2\r\n{}\r\n", CHUNKED + b"2\r\n{}\r\n0\r\n", EARLY):
        with pytest.raises(RemoteProtocolError):
            read(cut).end()


def test_a_response_to_head_has_no_body_and_its_connection_is_not_used_again() -> None:
    reader = read(OK + b"Content-Length: 100\r\n\r\n", method="HEAD")
    assert (reader.complete, reader.answer().headers["content-length"], reader.reusable) == (True, "100", False)


PACKED = gzip.compress(b"{}", mtime=0)
GZIP = OK + b"Content-Encoding: gzip\r\n"


def test_gzip_is_opened_and_a_cut_one_is_not_a_body() -> None:
    assert read(GZIP + b"Content-Length: %d\r\n\r\n" % len(PACKED) + PACKED).answer().content == b"{}"
    with pytest.raises(DecodingError):
        read(GZIP + b"Content-Length: %d\r\n\r\n" % (len(PACKED) - 1) + PACKED[:-1])
    reader = read(GZIP + b"\r\n" + PACKED[:-1])
    with pytest.raises(DecodingError):
        reader.end()


def test_both_the_bytes_of_the_wire_and_the_decompressed_ones_are_bounded() -> None:
    for sent in (OK + b"Content-Length: 11\r\n\r\n" + b"a" * 11, GZIP + b"\r\n" + gzip.compress(b"a" * 11, mtime=0)):
        with pytest.raises(UpstreamTooLarge) as caught:
            read(sent, max_bytes=10)
        assert caught.value.detail == "the answer has more than 10 bytes"


def test_a_head_is_checked_before_a_byte_of_the_body_comes() -> None:
    with pytest.raises(ProviderError):
        read(OK + b"X-A: 1\r\n" * 201 + b"\r\n")
    with pytest.raises(ProviderMalformed):
        read(OK + b"Content-Encoding: br\r\n\r\n")
    with pytest.raises(UpstreamTooLarge):
        read(OK + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n")


def test_what_is_only_drained_is_neither_kept_nor_opened_but_counted() -> None:
    head = OK + b"Content-Encoding: br\r\nContent-Length: 100\r\n\r\n"
    reader = read(head, b"a" * 99, drain=1.0)
    assert (reader.status, reader.complete, reader.answer().content) == (200, False, b"")
    with pytest.raises(UpstreamTooLarge):
        read(head, b"a" * 99, max_bytes=50, drain=1.0)


def test_headers_of_one_name_are_joined_and_read_as_one_encoding() -> None:
    lines = b"X-A: 1\r\nx-a: 2 \r\nSet-Cookie: a=b\r\nX-Name: Stra\xc3\x9fe\r\nContent-Length: 0\r\n\r\n"
    assert read(OK + lines).answer().headers == {
        "x-a": "1, 2",
        "set-cookie": "a=b",
        "x-name": "Straße",
        "content-length": "0",
    }
    assert read(OK + b"X-Name: Stra\xdfe\r\nContent-Length: 0\r\n\r\n").answer().headers["x-name"] == "Straße"
