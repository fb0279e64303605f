"""Consent, codes, PKCE, refresh with and without rotation, expiry and revocation."""

import base64
import re
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
import pytest

from unified_sandbox.app import create_sandbox
from unified_sandbox.oauth import challenge_of

CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}
BACK = "http://127.0.0.1:9/oauth/callback/shelf"
VERIFIER = "v" * 43
ASKED = {
    "response_type": "code",
    "client_id": "demo-client",
    "redirect_uri": BACK,
    "state": 'st"<1',
    "scope": "books.read books.write",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


async def approve(client, **changes):
    page = await client.get("/shelf/oauth/authorize", params=ASKED | changes)
    assert page.status_code == 200
    names = re.findall(r'name="(\w+)" value="([^"]*)"', page.text)
    form = {name: value.replace("&quot;", '"').replace("&lt;", "<") for name, value in names if name != "decision"}
    answer = await client.post("/shelf/oauth/authorize", data=form | {"decision": "approve"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK + "?")
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def token(client, **form):
    return await client.post("/shelf/oauth/token", data=CLIENT | form)


async def refresh(client, refresh_token):
    return await token(client, grant_type="refresh_token", refresh_token=refresh_token)


async def connected(client):
    code = (await approve(client))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return form, await token(client, **form)


def test_the_challenge_is_that_of_the_rfc():
    # RFC 7636, appendix B
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_consent_gives_a_code_that_works_once(client):
    back = await approve(client)
    assert back["state"] == 'st"<1'
    form, answer = await connected(client)
    tokens = answer.json()
    assert answer.status_code == 200
    assert {key: tokens[key] for key in ("token_type", "expires_in", "scope")} == {
        "token_type": "bearer",
        "expires_in": 1800,
        "scope": "books.read books.write",
    }
    asked = await client.get("/shelf/v1/books", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert asked.status_code == 200
    again = await token(client, **form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_denying_goes_back_with_the_error(client):
    answer = await client.post("/shelf/oauth/authorize", data=ASKED | {"decision": "deny"})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["access_denied"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"client_id": "x"}, "Unknown client_id; the sandbox knows 'demo-client'."),
        ({"redirect_uri": "/relative"}, "redirect_uri must be an absolute http or https URL."),
        ({"response_type": "token"}, "response_type must be 'code'."),
        ({"code_challenge_method": "plain"}, "code_challenge_method must be 'S256'."),
    ],
)
async def test_a_wrong_authorization_is_reported_to_the_person(client, change, text):
    answer = await client.get("/shelf/oauth/authorize", params=ASKED | change)
    assert (answer.status_code, answer.text) == (400, text)


@pytest.mark.parametrize("change", [{"code_verifier": "w" * 43}, {"redirect_uri": BACK + "/other"}, {"code": "c"}])
async def test_a_code_is_bound_to_its_verifier_and_address(client, change):
    code = (await approve(client))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = await token(client, **(form | change))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_ends_after_ten_minutes(client, clock):
    code = (await approve(client))["code"]
    clock.forward(seconds=601)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert (await token(client, **form)).json()["error_description"] == "The code has expired."


async def test_a_one_time_refresh_token_is_an_invalid_grant_the_second_time(client):
    first = await refresh(client, "demo-shelf-refresh")
    assert first.status_code == 200
    assert first.json()["refresh_token"] != "demo-shelf-refresh"
    second = await refresh(client, "demo-shelf-refresh")
    assert second.status_code == 400
    assert second.json() == {
        "error": "invalid_grant",
        "error_description": "The refresh token is unknown, used or revoked.",
    }
    assert (await refresh(client, first.json()["refresh_token"])).status_code == 200


async def test_without_rotation_a_refresh_token_continues(client):
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "rotate": False})
    for _ in range(2):
        assert (await refresh(client, "demo-shelf-refresh")).json()["refresh_token"] == "demo-shelf-refresh"


async def test_an_access_token_ends_with_its_lifetime(client, clock):
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "lifetime_s": 60})
    answer = (await refresh(client, "demo-shelf-refresh")).json()
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert answer["expires_in"] == 60
    clock.forward(seconds=59)
    assert (await client.get("/shelf/v1/books", headers=headers)).status_code == 200
    clock.forward(seconds=1)
    late = await client.get("/shelf/v1/books", headers=headers)
    assert (late.status_code, late.json()["error"]["code"]) == (401, "expired_token")


async def test_expiring_leaves_refresh_and_revoking_leaves_nothing(client):
    answer = await client.post("/_sandbox/tokens", json={"provider": "shelf", "expire": True})
    assert answer.json() == {"expired": 1, "revoked": 0}
    assert (await client.get("/shelf/v1/books")).json()["error"]["code"] == "expired_token"
    renewed = (await refresh(client, "demo-shelf-refresh")).json()
    headers = {"authorization": f"Bearer {renewed['access_token']}"}
    assert (await client.get("/shelf/v1/books", headers=headers)).status_code == 200
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "revoke": True})
    assert (await client.get("/shelf/v1/books", headers=headers)).json()["error"]["code"] == "revoked_token"
    assert (await refresh(client, renewed["refresh_token"])).status_code == 400


async def test_the_token_endpoint_can_be_slow(client):
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "delay_ms": 60})
    start = time.monotonic()
    await refresh(client, "demo-shelf-refresh")
    assert time.monotonic() - start >= 0.06


async def test_the_client_shows_itself_in_body_json_or_basic(client):
    form = {"grant_type": "refresh_token", "refresh_token": "demo-shelf-refresh"}
    await client.post("/_sandbox/tokens", json={"provider": "shelf", "rotate": False})
    pair = base64.b64encode(b"demo-client:demo-secret").decode()
    in_header = await client.post("/shelf/oauth/token", data=form, headers={"authorization": f"Basic {pair}"})
    in_json = await client.post("/shelf/oauth/token", json=CLIENT | form)
    wrong = await client.post("/shelf/oauth/token", data=CLIENT | form | {"client_secret": "no"})
    assert [in_header.status_code, in_json.status_code, wrong.status_code] == [200, 200, 401]
    assert wrong.json()["error"] == "invalid_client"


async def test_a_provider_shapes_its_answer_and_its_grants(shelf_standin):
    oauth = msgspec.structs.replace(
        shelf_standin.oauth,
        grants=frozenset({"client_credentials"}),
        shape=lambda body, request: {"token": body["access_token"], "instance_url": request.base},
    )
    app = create_sandbox({"shelf": msgspec.structs.replace(shelf_standin, oauth=oauth)})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://sandbox") as client:
        answer = (await token(client, grant_type="client_credentials")).json()
        assert answer["instance_url"] == "http://sandbox/shelf"
        headers = {"authorization": f"Bearer {answer['token']}"}
        assert (await client.get("/shelf/v1/books", headers=headers)).status_code == 200
        refused = await refresh(client, "demo-shelf-refresh")
    assert refused.json() == {
        "error": "unsupported_grant_type",
        "error_description": "grant_type must be one of: client_credentials.",
    }


async def test_token_calls_are_in_the_list(client):
    await refresh(client, "wrong")
    (call,) = (await client.get("/_sandbox/requests")).json()["data"]
    assert (call["path"], call["status"], call["authorized"]) == ("/oauth/token", 400, False)
