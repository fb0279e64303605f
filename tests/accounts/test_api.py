"""Accounts: credentials masked everywhere, changes and checks, refusals with code and place."""

import pytest

CREDENTIALS = {"type": "bearer", "token": "pat-something-very-secret-1234"}


async def test_account_credentials_are_masked_everywhere(world):
    body = {"provider": "hubspot", "name": "Acme", "external_id": "cust-7", "credentials": CREDENTIALS}
    made = await world.client.post("/accounts", json=body)
    assert made.status_code == 201
    assert made.json()["credentials"] == {"type": "bearer", "masked": "…1234", "expires_at": None}
    assert made.json()["status"] == "active"
    found = (await world.client.get("/accounts", params={"external_id": "cust-7"})).json()["data"]
    assert [one["id"] for one in found] == [made.json()["id"]]
    for answer in (made, await world.client.get("/accounts"), await world.client.get(made.headers["location"])):
        assert "very-secret" not in answer.text


async def test_account_is_changed_and_deleted(world):
    body = {"provider": "hubspot", "name": "Acme", "external_id": "a", "credentials": CREDENTIALS}
    place = (await world.client.post("/accounts", json=body)).headers["location"]
    changed = (await world.client.patch(place, json={"name": "Acme 2", "external_id": None, "status": "disabled"})).json()
    assert (changed["name"], changed["external_id"], changed["status"]) == ("Acme 2", None, "disabled")
    refused = await world.client.get("/crm/contacts", params={"account_id": changed["id"]})
    assert (refused.status_code, refused.json()["code"]) == (424, "connection_unauthorized")
    assert (await world.client.delete(place)).status_code == 204
    assert (await world.client.get(place)).status_code == 404


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"provider": "hubspott"}, "unknown provider 'hubspott'. Did you mean 'hubspot'?"),
        ({"provider": "zendesk", "settings": {}}, "Zendesk: settings cannot be used: subdomain"),
        ({"provider": "zendesk", "settings": {"subdomain": "acme.evil.test/"}}, "Zendesk: settings cannot be used: subdomain"),
        ({"credentials": {"type": "bearer"}}, "/credentials/token: expected printable text of 1 to 16384 characters"),
        ({"credentials": {"type": "telepathy"}}, "/credentials/type: expected one of"),
        ({"credentials": {"type": "bearer", "token": "a\nb"}}, "/credentials/token: expected printable text"),
    ],
)
async def test_bad_accounts(world, change, detail):
    body = {"provider": "hubspot", "name": "Acme", "credentials": CREDENTIALS, **change}
    answer = await world.client.post("/accounts", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


@pytest.mark.parametrize("provider", ["hubspot", "salesforce", "bamboohr", "hibob", "zendesk", "jira"])
async def test_check_asks_the_provider(world, provider):
    place = f"/accounts/{world.accounts[provider]}"
    assert (await world.client.post(f"{place}/check")).json()["ok"] is True
    await world.sandbox.post("/_sandbox/tokens", json={"provider": provider, "revoke": True})
    refused = (await world.client.post(f"{place}/check")).json()
    assert refused["ok"] is False
    assert refused["detail"].startswith("connection_unauthorized: ")


@pytest.mark.parametrize("moment", ["soon", "2026-12-31", "2026-12-31T00:00:00", "9999-12-31T23:59:59-14:00"])
async def test_an_end_of_a_token_that_is_not_a_moment_is_refused(world, moment):
    given = {"type": "oauth2", "access_token": "a", "refresh_token": "r", "expires_at": moment}
    body = {"provider": "hubspot", "name": "n", "credentials": given}
    answer = await world.client.post("/accounts", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/credentials/expires_at")
    assert answer.json()["detail"] == (
        "/credentials/expires_at: expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)"
    )
