"""Values that the operator has from a provider: sent for all accounts, never shown, and refused where no file names them."""

import json

import httpx2
import pytest

from tests.acme import PROVIDER, open_acme
from unified.errors.configuration import ConfigurationError
from unified.errors.providers import ProviderValidation

OURS = """\
installation:
  partner: {title: Partner id, secret: false}
  developer_token: {title: Developer token}
headers: {X-Partner: "{installation.partner}", X-Developer: "{installation.developer_token} of {company}"}
errors: {message: message}
"""
AUTH = """\
auth:
  - type: client_credentials
    token_url: https://acme.example.com/token
    token_body: json
    grant: {partner: "{installation.partner}", tenant: "{company}"}
"""
TEXT = PROVIDER.replace("auth: [{type: bearer}]\n", AUTH) + OURS
MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /people
"""
CREDENTIALS = {"type": "client_credentials", "client_id": "i", "client_secret": "s"}
VALUES = {"partner": "ACME", "developer_token": "planted-token"}


class Provider:
    """Keeps what it got, and repeats it where it refuses."""

    def __init__(self, status=200):
        self.status, self.seen = status, []

    def __call__(self, request):
        self.seen.append(request)
        if request.url.path.endswith("/token"):
            return {"access_token": "issued-token"}
        shown = f"{request.headers.get('x-partner')} {request.headers.get('x-developer')}"
        return [{"id": 1}] if self.status == 200 else httpx2.Response(self.status, json={"message": shown})


def opened(tmp_path, provider, values):
    kept = {"provider": TEXT, "settings": {"company": "c1"}, "credentials": CREDENTIALS}
    return open_acme(tmp_path, MAPPING, provider, values=values, **kept)


@pytest.mark.parametrize(
    ("values", "headers", "fields"),
    [
        (VALUES, ("ACME", "planted-token of c1"), {"partner": "ACME", "tenant": "c1"}),
        ({"partner": "ACME"}, ("ACME", None), {"partner": "ACME", "tenant": "c1"}),
        (None, (None, None), {"tenant": "c1"}),
    ],
)
async def test_headers_and_token_requests_have_the_values_that_are_set(tmp_path, values, headers, fields):
    provider = Provider()
    async with opened(tmp_path, provider, values) as acme:
        await acme.list()
    token, call = provider.seen[0], provider.seen[-1]
    assert (call.headers.get("x-partner"), call.headers.get("x-developer")) == headers
    own = {"client_id": "i", "client_secret": "s", "grant_type": "client_credentials"}
    assert json.loads(token.content) == own | fields


async def test_a_secret_value_is_not_repeated_in_an_error(tmp_path):
    async with opened(tmp_path, Provider(400), VALUES) as acme:
        with pytest.raises(ProviderValidation) as caught:
            await acme.list()
    assert caught.value.provider.message == "ACME … of c1"


async def test_a_value_that_no_file_names_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        async with opened(tmp_path, Provider(), {"partnr": "ACME"}):
            pass
    assert str(caught.value) == (
        "UNIFIED_PROVIDER_VALUES: acme has no value 'partnr'. Did you mean 'partner'? Known: developer_token, partner"
    )
