"""Token endpoints and headers that differ from the standard, said in the provider file."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.acme import open_acme
from unified.catalog.authentication import OAuth2
from unified.errors.providers import ConnectionUnauthorized
from unified.secret import Secret
from unified.service.connect.authorization import PendingAuthorization, authorize_url
from unified.transport.oauth import OAuthApp

PROVIDER = """\
name: acme
title: Acme
docs: https://acme.example.com/docs
base_url: https://acme.example.com
settings:
  company: {title: Company}
  unit: {title: Unit, required: false}
headers: {X-Company: "{company}", X-Unit: "{unit}", X-Fixed: "1"}
auth:
  - type: client_credentials
    token_url: https://acme.example.com/token
    token_body: json
    scopes: {"crm:read": [a, b]}
    scope_separator: ","
    grant: {grant_type: partner, company: "{company}"}
    answer: {access_token: data.token, expires_in: data.ttl}
check: {request: GET /me}
"""
MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /people
"""
CREDENTIALS = {"type": "client_credentials", "client_id": "i", "client_secret": "s"}


@pytest.mark.parametrize(("unit", "sent"), [({}, None), ({"unit": "u1"}, "u1")])
async def test_a_token_is_asked_for_and_found_as_the_file_says(tmp_path, unit, sent) -> None:
    seen: list[tuple[object, dict[str, str]]] = []

    def answer(request):
        seen.append((request.content, dict(request.headers)))
        return {"data": {"token": "secret-9", "ttl": 60}} if request.url.path.endswith("/token") else []

    settings = {"company": "c1", **unit}
    async with open_acme(tmp_path, MAPPING, answer, provider=PROVIDER, settings=settings, credentials=CREDENTIALS) as acme:
        await acme.list()
        row = await acme.services.rows.account(acme.principal.tenant_id, acme.account)
        assert row.credentials_expires_at is not None
    assert b'"grant_type":"partner"' in seen[0][0]
    assert b'"company":"c1"' in seen[0][0]
    assert b'"scope":"a,b"' in seen[0][0]
    headers = seen[-1][1]
    assert (headers["authorization"], headers["x-company"], headers["x-fixed"]) == ("Bearer secret-9", "c1", "1")
    assert headers.get("x-unit") == sent


async def test_a_client_that_a_401_without_a_code_refuses_needs_its_owner(tmp_path) -> None:
    """As after `invalid_client`: to ask again would never help."""
    refused = False

    def answer(request):
        if refused:
            return httpx2.Response(401, json={"errors": [{"title": "Unauthorized"}]})
        return {"data": {"token": "secret-9", "ttl": 60}} if request.url.path.endswith("/token") else []

    settings = {"company": "c1"}
    async with open_acme(tmp_path, MAPPING, answer, provider=PROVIDER, settings=settings, credentials=CREDENTIALS) as acme:
        refused = True
        with pytest.raises(ConnectionUnauthorized):
            await acme.list()
        row = await acme.services.rows.reread_account(acme.principal.tenant_id, acme.account)
        assert (row.status, row.status_reason) == ("needs_reauth", "client_refused")


def test_scopes_of_a_consent_page_are_joined_as_the_file_says() -> None:
    rules = OAuth2(authorize_url="https://a.example/o", token_url="https://a.example/t", scope_separator=",")
    attempt = PendingAuthorization(
        provider="acme", settings={}, redirect_uri="https://u.example/cb", verifier=None, scopes=("a", "b"), state=""
    )
    app = OAuthApp(client_id=Secret("i"), client_secret=Secret("s"))
    assert parse_qs(urlsplit(authorize_url(rules, attempt, app, "st", None)).query)["scope"] == ["a,b"]
