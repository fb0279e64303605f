"""What is written is exactly one request, whatever its parts are."""

import pytest

from unified.transport.http1.failures import LocalProtocolError
from unified.transport.http1.messages import USER_AGENT, Outgoing, fields_of, written
from unified.transport.http1.urls import Url, split_url

THERE = split_url("https://api.acme.test:8443/v1/things?a=b")


def request(method: str = "GET", url: Url = THERE, content: bytes = b"", **headers: str) -> Outgoing:
    return Outgoing(method=method, url=url, headers=headers, content=content)


def test_a_request_is_written_whole() -> None:
    sent = written(request("POST", content=b"{}", Accept="application/json"))
    assert sent == (
        b"POST /v1/things?a=b HTTP/1.1\r\nHost: api.acme.test:8443\r\nConnection: keep-alive\r\nAccept: application/json\r\n"
        b"User-Agent: " + USER_AGENT.encode() + b"\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("name", ["User-Agent", "user-agent"])
def test_a_name_of_the_caller_replaces_ours(name: str) -> None:
    sent = written(request(**{name: "theirs"}))
    assert sent.lower().count(b"user-agent") == 1
    assert b": theirs\r\n" in sent


LENGTHS = [
    ("GET", b"", 0),
    ("HEAD", b"", 0),
    ("DELETE", b"", 0),
    ("POST", b"", 1),
    ("PUT", b"", 1),
    ("PATCH", b"", 1),
    ("DELETE", b"x", 1),
]


@pytest.mark.parametrize(("method", "content", "lengths"), LENGTHS)
def test_a_length_is_reported_where_a_body_may_be(method: str, content: bytes, lengths: int) -> None:
    assert written(request(method, content=content)).count(b"\r\nContent-Length: ") == lengths


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "get", "PURGE"])
def test_a_method_that_has_no_body_is_not_written_with_one(method: str) -> None:
    for write in (written, fields_of):
        write(request(method))
        with pytest.raises(LocalProtocolError):
            write(request(method, content=b"x"))


HEADERS = [
    {"X-A": "a\r\nX-Evil: 1"},
    {"X-A": "a\nb"},
    {"X-A": "a\x00"},
    {"X-A": "é"},
    {"X-A\r\nX-Evil": "1"},
    {"X A": "1"},
    {"X-A:": "1"},
    {"": "1"},
    {"é": "1"},
    {"Content-Length": "0"},
    {"transfer-encoding": "chunked"},
    {"Host": "evil.test"},
    {"Connection": "close"},
    {"Upgrade": "websocket"},
    {"Expect": "100-continue"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=repr)
def test_a_header_that_would_be_another_or_none_is_not_written(headers: dict[str, str]) -> None:
    for _ in range(2):  # a name that was refused is not remembered as checked
        with pytest.raises(LocalProtocolError):
            written(request(**headers))


@pytest.mark.parametrize("method", ["CONNECT", "", "GET /", "GET\r\n", "GÉT"])
def test_invalid_methods_and_tunnels_are_not_written(method: str) -> None:
    with pytest.raises(LocalProtocolError):
        written(request(method))


@pytest.mark.parametrize("target", ["/a b", "/a\r\n", "/é", "/a\x7f"])
def test_a_target_that_is_not_encoded_is_not_written(target: str) -> None:
    with pytest.raises(LocalProtocolError):
        written(request(url=Url(THERE.origin, target)))


def test_nothing_of_a_request_is_shown() -> None:
    url = split_url("https://a/planted?key=planted")
    assert f"{url} {url!r}" == "Url('https://a:443') Url('https://a:443')"
    assert repr(request("GET", url, b"planted", Authorization="planted")) == "Outgoing('GET')"
