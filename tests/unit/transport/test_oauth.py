"""Token endpoints: what is sent, the rule for each odd answer, and which failures leave it open whether a grant was spent."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import httpx2
import msgspec
import pytest

from unified.secret import Secret
from unified.transport.client import Client
from unified.transport.egress.addresses import Egress
from unified.transport.network.httpx_network import HttpxNetwork
from unified.transport.oauth import OAuthApp, TokenClient
from unified.transport.token_answer import TokenRefused

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APP = OAuthApp(client_id=Secret("client id"), client_secret=Secret("s/cr:t-0123456789"))
FORM = "auth: [{type: oauth2, authorize_url: 'https://acme.test/a', token_url: 'https://{site}.acme.test/t?r=token'%s}]\n"
MACHINE = (
    "auth: [{type: client_credentials, token_url: 'https://acme.test/t', scopes: {'crm:read': [a, b], 'crm:write': [b]}}]\n"
)
GOOD = {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 3600, "scope": "a b"}


@pytest.fixture
def ask(provider, upstream):
    """Refresh at an endpoint that answers as told."""

    async def asked(answer, rules="", **given):
        up = upstream(answer if isinstance(answer, dict | Exception) else {"status_code": 200, "json": answer})
        asked.upstream = up
        tokens = TokenClient(up.client(**given), clock=lambda: NOW)
        return await tokens.refresh(provider(FORM % rules), {"site": "demo"}, None, APP, Secret("rt-0"))

    return asked


def json_answer(**changes):
    return {"status_code": 200, "json": {name: value for name, value in (GOOD | changes).items() if value != "gone"}}


async def test_a_refresh_is_a_form_with_the_client_in_it(ask):
    answer = await ask(json_answer())
    (request,) = ask.upstream.asked
    assert str(request.url) == "https://demo.acme.test/t?r=token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(request.content.decode())) == {
        "grant_type": "refresh_token",
        "refresh_token": "rt-0",
        "client_id": "client id",
        "client_secret": "s/cr:t-0123456789",
    }
    assert "authorization" not in request.headers
    assert (answer.access_token.reveal(), answer.refresh_token.reveal()) == ("at-1", "rt-1")
    assert (answer.expires_at, answer.scopes) == (NOW + timedelta(hours=1), ("a", "b"))


async def test_json_and_basic_where_the_file_says_so(ask):
    await ask(json_answer(), ", token_body: json, client: basic")
    (request,) = ask.upstream.asked
    assert msgspec.json.decode(request.content) == {"grant_type": "refresh_token", "refresh_token": "rt-0"}
    # RFC 6749, 2.3.1: both are form-encoded first, so that the colon between them is the only one
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"client+id:s%2Fcr%3At-0123456789"


async def test_a_code_is_exchanged_with_verifier_and_redirect(provider, upstream):
    up = upstream(json_answer())
    tokens = TokenClient(up.client(egress=Egress(allow_loopback=True)), clock=lambda: NOW)
    await tokens.exchange_code(
        provider(FORM % ""),
        {"site": "demo"},
        "http://127.0.0.1:9/acme",
        APP,
        code="c-1",
        verifier="v-1",
        redirect_uri="https://u.example/oauth/callback/acme",
    )
    (request,) = up.asked
    assert str(request.url) == "http://127.0.0.1:9/acme/t?r=token"
    sent = dict(parse_qsl(request.content.decode()))
    assert (sent["grant_type"], sent["code"], sent["code_verifier"]) == ("authorization_code", "c-1", "v-1")
    assert sent["redirect_uri"] == "https://u.example/oauth/callback/acme"


async def test_without_pkce_no_verifier_is_sent(provider, upstream):
    up = upstream(json_answer())
    await TokenClient(up.client()).exchange_code(
        provider(FORM % ""), {"site": "demo"}, None, APP, code="c", verifier=None, redirect_uri="https://u.example/"
    )
    assert "code_verifier" not in up.asked[0].content.decode()


async def test_client_credentials_ask_for_the_files_scopes(provider, upstream):
    up = upstream(json_answer(refresh_token="gone"))
    answer = await TokenClient(up.client()).client_credentials(provider(MACHINE), {}, None, APP)
    sent = dict(parse_qsl(up.asked[0].content.decode()))
    assert (sent["grant_type"], sent["scope"]) == ("client_credentials", "a b")
    assert answer.refresh_token is None


@pytest.mark.parametrize("gone", [{"refresh_token": "gone"}, {"refresh_token": None}, {"refresh_token": ""}])
async def test_no_refresh_token(ask, gone):
    assert (await ask(json_answer(**gone))).refresh_token is None


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (3600, 3600),
        (3600.5, 3600.5),
        ("3600", 3600),
        (" 3600 ", 3600),
        ("gone", None),
        (None, None),
        (0, None),
        (-1, None),
        (-(10**30), None),
        ("-5", None),
        ("soon", None),
        ("", None),
        (True, None),
        ([3600], None),
        (10**12, 315_360_000),
        (10**300, 315_360_000),
        (10**401, 315_360_000),
        ("9" * 12, 315_360_000),
        ("9" * 400, None),
    ],
)
async def test_the_life_of_a_token(ask, told, seconds):
    answer = await ask(json_answer(expires_in=told))
    assert answer.expires_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("told", "scopes"),
    [
        ({"scope": "a  b"}, ("a", "b")),
        ({"scope": "a,b"}, ("a", "b")),
        ({"scope": ["a", "b"]}, ("a", "b")),
        ({"scope": "gone", "scopes": ["a"]}, ("a",)),
        ({"scope": ""}, ()),
        ({"scope": "gone"}, None),
        ({"scope": None}, None),
        ({"scope": 7}, None),
        ({"scope": ["a", 7]}, None),
    ],
)
async def test_scopes(ask, told, scopes):
    assert (await ask(json_answer(**told))).scopes == scopes


BROKEN = [
    {"status_code": 200, "text": "<html><b>at-secret</b></html>"},
    {"status_code": 200, "text": ""},
    {"status_code": 200, "json": ["at-secret"]},
    {"status_code": 200, "content": b"\xff\xfe\x00"},
    json_answer(access_token="gone"),
    json_answer(access_token=""),
    json_answer(access_token=7),
    json_answer(access_token="a b"),
    json_answer(access_token="a\r\nX-Evil: 1"),
    json_answer(access_token="é"),
    json_answer(access_token="a" * 16_385),
    json_answer(refresh_token=7),
    json_answer(refresh_token="r\n"),
]


@pytest.mark.parametrize("answer", BROKEN)
async def test_an_answer_that_cannot_be_used(ask, answer):
    with pytest.raises(TokenRefused) as caught:
        await ask(answer)
    assert (caught.value.code, caught.value.definite, str(caught.value)) == ("malformed", False, "malformed")


@pytest.mark.parametrize(
    ("answer", "code", "definite"),
    [
        ({"status_code": 400, "json": {"error": "invalid_grant", "error_description": "at-secret"}}, "invalid_grant", True),
        ({"status_code": 401, "json": {"error": "invalid_client"}}, "invalid_client", True),
        ({"status_code": 403, "json": {"error": "unauthorized_client"}}, "unauthorized_client", True),
        ({"status_code": 200, "json": {"error": "invalid_grant"}}, "invalid_grant", True),
        ({"status_code": 200, "json": GOOD | {"error": "odd"}}, "refused", True),
        ({"status_code": 400, "json": {"error": "<script>"}}, "refused", True),
        ({"status_code": 400, "json": {"error": {"code": "invalid_grant"}}}, "refused", True),
        ({"status_code": 401, "text": "go away"}, "refused", True),
        ({"status_code": 404, "text": ""}, "refused", True),
        ({"status_code": 429, "json": {"error": "invalid_grant"}}, "rate_limited", True),
        ({"status_code": 500, "json": {"error": "invalid_grant"}}, "server_error", False),
        ({"status_code": 502, "text": "<html>"}, "server_error", False),
        ({"status_code": 503, "text": ""}, "server_error", True),
        ({"status_code": 307, "headers": {"location": "https://evil.test/"}}, "redirected", False),
        ({"status_code": 200, "content": b"x" * (1024 * 1024 + 1)}, "too_large", False),
    ],
)
async def test_refusals(ask, answer, code, definite):
    """Only words of the RFC come through; `definite` says whether the grant is certainly unspent."""
    with pytest.raises(TokenRefused) as caught:
        await ask(answer)
    assert (caught.value.code, caught.value.definite) == (code, definite)
    assert "secret" not in repr(caught.value)
    assert len(ask.upstream.asked) == 1, "a token call is never repeated"


@pytest.mark.parametrize(
    ("problem", "code", "definite"),
    [
        (httpx2.ConnectError("no"), "unreachable", True),
        (httpx2.ConnectTimeout("no"), "unreachable", True),
        (httpx2.ReadTimeout("no"), "timeout", False),
        (httpx2.WriteTimeout("no"), "timeout", False),
        (httpx2.ReadError("no"), "unreachable", False),
        (httpx2.RemoteProtocolError("no"), "unreachable", False),
    ],
)
async def test_without_an_answer(ask, problem, code, definite):
    with pytest.raises(TokenRefused) as caught:
        await ask(problem)
    assert (caught.value.code, caught.value.status, caught.value.definite) == (code, None, definite)


async def test_a_slow_endpoint_is_left_at_the_deadline(provider):
    class Slow(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await asyncio.sleep(30)

    client = Client(network=HttpxNetwork(Slow()))
    tokens = TokenClient(client, deadline=0.05)
    with pytest.raises(TokenRefused) as caught:
        await tokens.refresh(provider(FORM % ""), {"site": "demo"}, None, APP, Secret("rt-0"))
    assert (caught.value.code, caught.value.definite) == ("timeout", False)


async def test_http_is_refused_outside_of_tests(provider, upstream):
    up = upstream(json_answer())
    with pytest.raises(TokenRefused, match="unreachable"):
        await TokenClient(up.client()).refresh(provider(FORM % ""), {"site": "d"}, "http://10.0.0.1", APP, Secret("rt-0"))
    assert up.asked == []


def test_nothing_of_an_app_or_an_answer_is_printed():
    assert "s/cr" not in repr(APP)
    with pytest.raises(TypeError):
        msgspec.json.encode(APP)
