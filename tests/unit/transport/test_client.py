"""One call: where it goes, what it carries, how often it is tried, and what becomes of its answer."""

import json
from typing import Any

import httpx2
import msgspec
import pytest

from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import (
    ConnectionUnauthorized,
    DestinationRefused,
    ProviderError,
    ProviderMalformed,
    ProviderRateLimited,
    ProviderTimeout,
)
from unified.errors.requests import InvalidId, MalformedRequest
from unified.transport.client import ClientLimits
from unified.transport.egress.addresses import Egress

GET = ProviderRequest(method="GET", path="/things/1")
OK = {"status_code": 200, "json": {"id": 1}}


def failing(status: int, **headers: str) -> dict[str, Any]:
    return {"status_code": status, "headers": headers, "json": {}}


async def test_a_call_is_signed_and_its_answer_decoded(upstream, connection) -> None:
    acme = upstream({"status_code": 200, "json": {"id": 1}, "headers": {"X-Next": "2"}})
    request = ProviderRequest(method="POST", path="/things?a=1", query=(("b", "x y"), ("b", "&")), body={"name": "ü"})
    answer = await acme.client().send(
        request, connection("auth: [{type: api_key, query: key}]\n", {"type": "api_key", "key": "s+"})
    )
    (sent,) = acme.asked
    assert (sent.method, str(sent.url)) == ("POST", "https://api.acme.test/v1/things?a=1&b=x+y&b=%26&key=s%2B")
    assert json.loads(sent.content) == {"name": "ü"}
    assert sent.headers["content-type"] == "application/json"
    assert (answer.status, answer.body, answer.headers["x-next"]) == (200, {"id": 1}, "2")


async def test_every_header_is_sent_once_and_the_signature_wins(upstream, connection) -> None:
    acme = upstream(OK)
    given = {
        "x-key": "caller", "ACCEPT": "text/csv", "accept-encoding": "br", "content-type": "application/vnd.x+json", "X-Own": " a ",
    }  # fmt: skip
    text = "auth: [{type: bearer, header: X-Key, prefix: ''}]\nheaders: {Accept: application/hal+json, X-Version: '2'}\n"
    await acme.client().send(msgspec.structs.replace(GET, method="PATCH", headers=given, body={}), connection(text))
    sent = [(name.decode().lower(), value.decode()) for name, value in acme.asked[0].headers.raw]
    assert len({name for name, _ in sent}) == len(sent)
    assert dict(sent) | {"user-agent": ""} == {
        "host": "api.acme.test",
        "accept": "text/csv",
        "accept-encoding": "gzip",
        "connection": "keep-alive",
        "user-agent": "",
        "x-key": "tok-planted-secret-1",
        "x-version": "2",
        "x-own": "a",
        "content-type": "application/vnd.x+json",
        "content-length": "2",
    }


FORBIDDEN = [
    "Host", "Authorization", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "Transfer-Encoding",
    "Content-Length", "Proxy-Authorization", "Proxy-Connection", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade",
    "Expect", "Accept-Encoding", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
]  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("spelled", [str.title, str.lower, str.upper])
async def test_a_header_of_the_connection_is_never_forwarded(upstream, connection, name: str, spelled) -> None:
    acme = upstream(OK)
    await acme.client().send(msgspec.structs.replace(GET, headers={spelled(name): "planted"}), connection())
    assert "planted" not in acme.asked[0].headers.values()
    assert acme.asked[0].headers.get_list("authorization") == ["Bearer tok-planted-secret-1"]


@pytest.mark.parametrize("value", ["é", "a\r\nX-Evil: 1", "a\x00", "a\x7f", "\ud800", "a" * 8193])
async def test_a_header_value_that_cannot_be_sent_is_refused_by_name(upstream, connection, value: str) -> None:
    acme = upstream(OK)
    with pytest.raises(MalformedRequest) as caught:
        await acme.client().send(msgspec.structs.replace(GET, headers={"X-Own": value}), connection())
    assert caught.value.detail == "header X-Own: expected at most 8192 printable ASCII characters"
    assert acme.asked == []


@pytest.mark.parametrize("token", ["tökén-planted", "planted\r\nX-Evil: 1"])
async def test_a_token_that_cannot_be_sent_is_not_shown(upstream, connection, token: str) -> None:
    acme = upstream(OK)
    with pytest.raises(ConnectionUnauthorized) as caught:
        await acme.client().send(GET, connection(credentials={"type": "bearer", "token": token}))
    assert caught.value.detail == "the account's credentials cannot be sent in a header; connect the account again"
    assert acme.asked == []


async def test_no_cookie_of_an_answer_is_sent_again(upstream, connection) -> None:
    acme = upstream({"status_code": 200, "json": {}, "headers": {"Set-Cookie": "session=planted; Path=/"}})
    client = acme.client()
    for account in ("first", "second"):
        await client.send(GET, msgspec.structs.replace(connection(), account_id=account))
    assert [one.headers.get("cookie") for one in acme.asked] == [None, None]


PATHS = ["/things/../admin", "/things/..", "/./things", "/things/.", "/a\\..\\b", "/things#x", "/things/#/x"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_that_would_be_folded_or_cut_is_not_sent(upstream, connection, path: str) -> None:
    acme = upstream(OK)
    with pytest.raises(InvalidId) as caught:
        await acme.client().send(msgspec.structs.replace(GET, path=path), connection())
    assert caught.value.detail == "the path would change while the URL is built; the request was not sent"
    assert acme.asked == []


@pytest.mark.parametrize("path", ["/a\nb", "/a\tb", "/" + "a" * 70_000])
async def test_a_path_that_is_not_part_of_a_url_is_refused(upstream, connection, path: str) -> None:
    acme = upstream(OK)
    with pytest.raises(MalformedRequest) as caught:
        await acme.client().send(msgspec.structs.replace(GET, path=path), connection())
    assert caught.value.detail == "path: it cannot be part of a URL; the request was not sent"
    assert acme.asked == []


@pytest.mark.parametrize("path", ["/a//b", "/a/%2e%2e/b", "/a%2Fb", "/a?b=/c/d"])
async def test_an_encoded_path_is_sent_as_it_is(upstream, connection, path: str) -> None:
    acme = upstream(OK)
    await acme.client().send(msgspec.structs.replace(GET, path=path), connection())
    assert acme.asked[0].url.raw_path == f"/v1{path}".encode()


async def test_a_link_is_followed_with_the_signature(upstream, connection) -> None:
    acme = upstream(OK)
    link = ProviderRequest(method="GET", path="https://api.acme.test/v1/things?page=2", is_link=True)
    await acme.client().send(link, connection())
    assert str(acme.asked[0].url) == "https://api.acme.test/v1/things?page=2"
    assert "authorization" in acme.asked[0].headers


@pytest.mark.parametrize("target", ["https://evil.test/x", "//evil.test/x", "/" + "a" * 70_000])
async def test_a_link_elsewhere_is_not_followed(upstream, connection, target: str) -> None:
    acme = upstream(OK)
    with pytest.raises(ProviderMalformed):
        await acme.client().send(ProviderRequest(method="GET", path=target, is_link=True), connection())
    assert acme.asked == []


async def test_only_https_is_spoken(upstream, connection) -> None:
    acme = upstream(OK)
    plain = connection(origin="http://127.0.0.1:9")
    with pytest.raises(DestinationRefused) as caught:
        await acme.client().send(GET, plain)
    assert caught.value.detail == (
        "the call was not sent: expected a public address; this machine needs UNIFIED_ALLOW_LOOPBACK=true"
    )
    assert acme.asked == []
    await acme.client(egress=Egress(allow_loopback=True)).send(GET, plain)
    assert str(acme.asked[0].url) == "http://127.0.0.1:9/v1/things/1"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(upstream, connection, status: int) -> None:
    acme = upstream({"status_code": status, "headers": {"Location": "https://169.254.169.254/"}})
    with pytest.raises(ProviderError) as caught:
        await acme.client().send(GET, connection())
    assert caught.value.detail == f"Acme answered with a redirect ({status}), which is not followed"
    assert len(acme.asked) == 1


RETRIED = [
    # answers, safe, statuses asked for, waits
    ([failing(503), OK], True, 2, [0.25]),
    ([failing(502), failing(504), OK], True, 3, [0.25, 0.5]),
    ([failing(429, **{"Retry-After": "3"}), OK], True, 2, [3.0]),
    ([failing(429, **{"Retry-After": "0"}), OK], True, 2, [0.0]),
    ([failing(429), OK], True, 2, [0.25]),
    ([httpx2.ConnectError("x"), OK], True, 2, [0.25]),
    ([httpx2.RemoteProtocolError("x"), OK], True, 2, [0.25]),
]


@pytest.mark.parametrize(("answers", "safe", "asked", "waits"), RETRIED)
async def test_a_safe_call_is_tried_again(upstream, connection, answers, safe, asked, waits) -> None:
    acme = upstream(*answers)
    assert (await acme.client().send(GET, connection(), safe=safe)).body == {"id": 1}
    assert (len(acme.asked), acme.slept) == (asked, waits)


GIVEN_UP = [
    ([failing(503)], "GET", None, 3, [0.25, 0.5], ProviderError),
    ([httpx2.ConnectError("x")], "GET", None, 3, [0.25, 0.5], ProviderError),
    ([failing(500)], "GET", None, 1, [], ProviderError),
    ([failing(404)], "GET", None, 1, [], UnifiedError),
    ([failing(401)], "GET", None, 1, [], ConnectionUnauthorized),
    ([failing(503)], "POST", None, 1, [], ProviderError),
    ([failing(503)], "PUT", None, 1, [], ProviderError),
    ([failing(503)], "DELETE", None, 1, [], ProviderError),
    ([httpx2.ReadError("x")], "PATCH", None, 1, [], ProviderError),
    ([failing(429)], "POST", None, 1, [], ProviderRateLimited),
    ([failing(503)], "POST", True, 3, [0.25, 0.5], ProviderError),
    ([failing(503)], "GET", False, 1, [], ProviderError),
    ([failing(429, **{"Retry-After": "31"})], "GET", None, 1, [], ProviderRateLimited),
    ([failing(429, **{"Retry-After": "315360000"})], "GET", None, 1, [], ProviderRateLimited),
    ([httpx2.ReadTimeout("x")], "GET", None, 1, [], ProviderTimeout),
]


@pytest.mark.parametrize(("answers", "method", "safe", "asked", "waits", "kind"), GIVEN_UP)
async def test_a_call_is_given_up(upstream, connection, answers, method, safe, asked, waits, kind) -> None:
    acme = upstream(*answers)
    with pytest.raises(kind):
        await acme.client().send(msgspec.structs.replace(GET, method=method), connection(), safe=safe)
    assert (len(acme.asked), acme.slept) == (asked, waits)


async def test_the_provider_file_says_which_statuses_are_worth_another_try(upstream, connection) -> None:
    acme = upstream(failing(500), OK)
    await acme.client().send(GET, connection("auth: [{type: bearer}]\nretry: {statuses: [500]}\n"))
    assert len(acme.asked) == 2


@pytest.mark.parametrize(("jitter", "waits"), [(0.0, [0.0, 0.0]), (1.0, [0.5, 1.0])])
async def test_the_wait_is_spread_by_chance(upstream, connection, jitter: float, waits: list[float]) -> None:
    acme = upstream(failing(503))
    with pytest.raises(ProviderError):
        await acme.client(jitter=lambda: jitter).send(GET, connection())
    assert acme.slept == waits


async def test_no_wait_goes_past_the_deadline(upstream, connection) -> None:
    acme = upstream(failing(429, **{"Retry-After": "2"}))
    with pytest.raises(ProviderRateLimited) as caught:
        await acme.client(limits=ClientLimits(deadline=1.0)).send(GET, connection())
    assert (len(acme.asked), acme.slept, caught.value.retry_after) == (1, [], 2.0)


BROKEN = [
    (httpx2.ConnectError("10.0.0.1 refused"), "Acme could not be reached or closed the connection (ConnectError)"),
    (httpx2.DecodingError("x"), "Acme could not be reached or closed the connection (DecodingError)"),
    (httpx2.ReadError("x"), "Acme could not be reached or closed the connection (ReadError)"),
]


@pytest.mark.parametrize(("problem", "message"), BROKEN)
async def test_a_broken_connection_is_named_by_its_kind_only(upstream, connection, problem: Exception, message: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await upstream(problem).client().send(GET, connection(), safe=False)
    assert caught.value.detail == message
    assert caught.value.__cause__ is None


async def test_a_timeout_is_a_timeout(upstream, connection) -> None:
    with pytest.raises(ProviderTimeout) as caught:
        await upstream(httpx2.ConnectTimeout("x")).client().send(GET, connection())
    assert caught.value.detail == "Acme did not answer in time"
