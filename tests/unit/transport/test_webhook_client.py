"""Where webhooks may be sent, and how a refusal at the connection is told."""

import httpx2
import pytest

from unified.errors.providers import ProviderError
from unified.errors.requests import ValidationFailed
from unified.settings.settings import Settings
from unified.transport.client import Client
from unified.transport.network.httpx_network import HttpxNetwork
from unified.transport.webhook_client import MAX_BODY_BYTES, MAX_URL, WebhookAnswer, WebhookRequest, check_webhook_url

PUBLIC = Settings()
HERE = Settings(allow_loopback=True)
REQUEST = WebhookRequest(url="https://hooks.example.com/a", headers={"webhook-id": "msg_1"}, body=b"{}")


def _response(status, headers=None):
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(b"thanks"))


class Network(httpx2.AsyncBaseTransport):
    """What stands in for the network: raises, or answers; keeps what was asked."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


async def _sent(outcome, request=REQUEST):
    network = Network(outcome)
    client = Client(network=HttpxNetwork(network))
    try:
        return await client.send_webhook(request), network
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (ProviderError("the guard: rebound to 127.0.0.1"), "destination_refused"),
        (httpx2.ConnectError("certificate"), "unreachable"),
        (httpx2.ConnectTimeout("slow"), "timeout"),
        (httpx2.ReadTimeout("slow"), "timeout"),
        (httpx2.RemoteProtocolError("garbage"), "broken_answer"),
        (httpx2.WriteError("cut"), "broken_answer"),
    ],
)
async def test_every_way_to_fail_is_a_code_without_details(outcome, error):
    answer, _ = await _sent(outcome)
    assert answer == WebhookAnswer(error=error)


async def test_a_url_that_the_client_cannot_read_is_reported_too():
    answer, _ = await _sent(_response(200), WebhookRequest(url="https://[::1", headers={}, body=b"{}"))
    assert answer.error == "broken_answer"


async def test_a_redirect_is_not_followed():
    answer, network = await _sent(_response(302, headers={"Location": "https://other.example.com/"}))
    assert (answer.status, answer.error) == (302, "redirect")
    assert len(network.requests) == 1


async def test_the_signed_bytes_are_sent():
    answer, network = await _sent(_response(200, headers={"Set-Cookie": "a=b"}))
    assert answer == WebhookAnswer(status=200)
    (request,) = network.requests
    assert (request.method, str(request.url), await request.aread()) == ("POST", REQUEST.url, REQUEST.body)
    assert request.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize(("size", "error"), [(MAX_BODY_BYTES, None), (MAX_BODY_BYTES + 1, "too_large")])
async def test_bodies_are_bounded(size, error):
    answer, network = await _sent(_response(200), WebhookRequest(url=REQUEST.url, headers={}, body=b"x" * size))
    assert answer.error == error
    assert len(network.requests) == (1 if error is None else 0)


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://hooks.example.com", PUBLIC),
        ("https://hooks.example.com:443/a/b?c=d", PUBLIC),
        ("https://hooks.example.com:8443/", Settings(egress_ports=(443, 8443))),
        ("http://127.0.0.1:9000/hooks", HERE),
        ("http://localhost:9000/hooks", HERE),
    ],
)
def test_urls_that_may_be_asked_for(url, settings):
    check_webhook_url(url, settings)


FORM = f"expected at most {MAX_URL} printable ASCII characters without spaces, backslashes and fragments"
HINT = "; this machine needs UNIFIED_ALLOW_LOOPBACK=true"
HOST = "expected a host of letters, digits, dots and hyphens, with a port of digits at most"
START = "expected a URL that starts with https:// and a host"


@pytest.mark.parametrize(
    ("url", "settings", "problem"),
    [
        ("http://hooks.example.com/", PUBLIC, f"expected https{HINT}"),
        ("http://hooks.example.com/", HERE, "expected https"),
        ("http://127.0.0.1:9000/hooks", PUBLIC, f"expected a public address{HINT}"),
        ("https://10.0.0.5/hooks", PUBLIC, "expected a public address"),
        ("https:///hooks", PUBLIC, HOST),
        ("//hooks.example.com", PUBLIC, START),
        ("", PUBLIC, START),
        ("https://hooks.example.com:22/", PUBLIC, "expected one of the ports 443 (UNIFIED_EGRESS_PORTS)"),
        ("https://u@hooks.example.com/", PUBLIC, "expected a URL without user name and password"),
        ("https://hooks.example.com:port/", PUBLIC, HOST),
        ("https://hooks.example.com/#a", PUBLIC, FORM),
        ("https://hooks.example.com/\\a", PUBLIC, FORM),
        ("https://hooks.example.com/\n", PUBLIC, FORM),
        ("https://hööks.example.com/", PUBLIC, FORM),
        ("https://hooks.example.com/" + "a" * MAX_URL, PUBLIC, FORM),
    ],
)
def test_urls_that_may_not_be_asked_for(url, settings, problem):
    with pytest.raises(ValidationFailed) as refused:
        check_webhook_url(url, settings)
    assert refused.value.detail == f"/url: {problem}"
    assert refused.value.errors[0].pointer == "/url"
