"""Accounts with a signing key: the assertion is exchanged for a token, or is the token, and is renewed before it ends."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.acme import PROVIDER, open_acme
from unified.errors.providers import ConnectionUnauthorized
from unified.errors.requests import ValidationFailed
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import get_account

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
APP = """\
auth:
  - type: jwt_bearer
    parts:
      app: {title: App id, secret: false}
      place: {title: Installation, secret: false, pattern: "[0-9]+"}
      key: {title: Private key, form: pem}
    key: key
    claims: {iss: "{app}", sub: "{company}"}
"""
TOKEN_URL = "    token_url: https://acme.example.com/places/{place}/tokens\n"
BY_HEADER = APP + TOKEN_URL + "    send: header\n    answer: {access_token: token}\n"
BY_GRANT = APP + TOKEN_URL + '    scopes: {"crm:read": [read]}\n    grant: {app: "{app}"}\n'
BY_CLIENT = APP + TOKEN_URL + "    send: client_assertion\n    token_body: json\n"
GIVEN = {"type": "jwt_bearer", "app": "a1", "place": "77", "key": PEM}
MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /people
"""


class Provider:
    """Issues numbered tokens, and takes the newest one only."""

    def __init__(self, lifetime=3600, status=200):
        self.lifetime, self.status, self.issued = lifetime, status, 0
        self.asked, self.seen = [], []

    def __call__(self, request):
        if request.url.path.endswith("/tokens"):
            self.asked.append(request)
            self.issued += 1
            ends = datetime.now(UTC) + timedelta(seconds=self.lifetime)
            body = {"token": self.token(), "access_token": self.token(), "expires_at": ends.isoformat(timespec="seconds")}
            return httpx2.Response(self.status, json=body if self.status == 200 else {"error": "invalid_grant"})
        self.seen.append(request.headers["authorization"])
        return [{"id": 1}]

    def token(self):
        return f"issued-token-{self.issued}"


def opened(tmp_path, answers, auth, credentials=GIVEN):
    provider = PROVIDER.replace("auth: [{type: bearer}]\n", auth)
    return open_acme(tmp_path, MAPPING, answers, provider=provider, settings={"company": "c1"}, credentials=credentials)


def an_hour_later(acme, provider):
    acme.services.database.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
    provider.lifetime = 7200


def claims(token):
    return jwt.decode(token, KEY.public_key(), algorithms=["RS256"], audience="https://acme.example.com/places/77/tokens")


async def test_an_assertion_in_a_header_is_exchanged_for_a_token(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider, BY_HEADER) as acme:
        await acme.list()
        row = await get_account(acme.services, acme.principal.tenant_id, acme.account)
    (asked,) = provider.asked
    assert (asked.url.path, asked.content) == ("/acme/places/77/tokens", b"")
    assert claims(asked.headers["authorization"].removeprefix("Bearer "))["sub"] == "c1"
    assert provider.seen == ["Bearer issued-token-1"]
    assert timedelta(minutes=59) < row.credentials_expires_at - datetime.now(UTC) <= timedelta(hours=1)
    assert (row.credentials_refreshable, row.credentials_masked) == (True, "…en-1")


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (BY_GRANT, {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "scope": "read", "app": "a1"}),
        (
            BY_CLIENT,
            {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            },
        ),
    ],
)
async def test_an_assertion_is_a_grant_or_the_proof_of_a_client(tmp_path, auth, sent):
    provider = Provider()
    async with opened(tmp_path, provider, auth) as acme:
        await acme.list()
    (asked,) = provider.asked
    is_form = asked.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = {name: one[0] for name, one in parse_qs(asked.content.decode()).items()} if is_form else json.loads(asked.content)
    token = fields.pop("assertion" if is_form else "client_assertion")
    assert claims(token)["iss"] == "a1"
    assert fields == sent
    assert "authorization" not in asked.headers


async def test_calls_at_the_same_time_renew_a_token_once(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider, BY_HEADER) as acme:
        an_hour_later(acme, provider)
        await asyncio.gather(*(acme.list() for _ in range(8)))
    assert provider.issued == 2
    assert set(provider.seen) == {"Bearer issued-token-2"}


async def test_without_a_token_endpoint_the_assertion_is_the_token(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider, APP.replace('sub: "{company}"', 'sub: "{place}"')) as acme:
        await acme.list()
        await acme.list()
    token = provider.seen[0].removeprefix("Bearer ")
    assert jwt.decode(token, KEY.public_key(), algorithms=["RS256"])["sub"] == "77"
    assert provider.seen[1] == provider.seen[0], "signed once, not for each call"
    assert provider.asked == []


REFUSED = [
    ({"key": PEM[:60] + "\n-----END PRIVATE KEY-----"}, "/credentials/key"),
    ({"place": "7/../8"}, "/credentials/place"),
    ({"app": ""}, "/credentials/app"),
]


@pytest.mark.parametrize(("changes", "pointer"), REFUSED)
async def test_what_cannot_sign_is_refused_before_anything_is_sent(tmp_path, changes, pointer):
    provider = Provider()
    with pytest.raises(ValidationFailed) as caught:
        async with opened(tmp_path, provider, BY_HEADER, GIVEN | changes):
            pass
    assert caught.value.errors[0].pointer == pointer
    assert provider.asked == []


async def test_a_key_that_the_provider_no_longer_takes_needs_the_owner(tmp_path):
    provider = Provider()
    async with opened(tmp_path, provider, BY_HEADER) as acme:
        an_hour_later(acme, provider)
        provider.status = 400
        with pytest.raises(ConnectionUnauthorized):
            await acme.list()
        row = await get_account(acme.services, acme.principal.tenant_id, acme.account)
    assert (row.status, row.status_reason) == ("needs_reauth", "invalid_grant")


@pytest.mark.parametrize(
    "auth", [APP, BY_GRANT, APP.replace('sub: "{company}"', "x: y") + TOKEN_URL + '    grant: {who: "{company}"}\n']
)
async def test_a_stored_key_signs_for_someone_else_only_if_it_is_given_again(tmp_path, auth) -> None:
    async with opened(tmp_path, Provider(), auth) as acme:
        where = (acme.services, acme.principal.tenant_id, acme.account)
        with pytest.raises(ValidationFailed) as caught:
            await update_account(*where, AccountPatch(settings={"company": "c2"}))
        assert [(one.pointer, one.code) for one in caught.value.errors] == [("/settings/company", "credentials_required")]
        assert (await get_account(*where)).settings["company"] == "c1"
        await update_account(*where, AccountPatch(settings={"company": "c2"}, credentials=GIVEN))
        assert (await get_account(*where)).settings["company"] == "c2"
