"""A call whose token was refused goes through with a new one, once; a grant that is gone is told and asked for no more."""

import asyncio

import pytest

from tests.waiting import until
from unified.service.accounts.account_changes import AccountPatch, update_account

TOKEN_CALL = "/oauth/v1/token"

LONG = {"times": 9, "headers": {"Retry-After": "31"}}
"""Longer than a request may take, so that the caller is told in place of waiting."""


async def steer(world, **order):
    answer = await world.sandbox.post("/_sandbox/tokens", json={"provider": "hubspot", **order})
    assert answer.status_code == 200, answer.text


async def token_calls(world):
    return [one["status"] for one in await world.reached() if one["path"] == TOKEN_CALL]


async def account(world):
    return (await world.client.get(f"/accounts/{world.accounts['hubspot']}")).json()


async def test_an_expired_token_is_replaced_while_the_caller_waits(world):
    before = (await account(world))["credentials"]["masked"]
    await steer(world, expire=True)
    answers = await asyncio.gather(*(world.get("/crm/contacts", limit=1) for _ in range(20)))
    assert {one.status_code for one in answers} == {200}
    assert await token_calls(world) == [200]
    after = (await account(world))["credentials"]
    assert after["masked"] != before
    assert after["expires_at"] is not None


async def test_a_write_is_sent_again_after_a_401_since_it_did_nothing(world):
    await steer(world, expire=True)
    assert (await world.send("POST", "/crm/contacts", {"first_name": "Ada"})).status_code == 201
    posted = [one for one in await world.reached() if one["method"] == "POST" and one["path"] != TOKEN_CALL]
    posts = [one["status"] for one in posted if "/properties/" not in one["path"]]  # a read of definitions is no write
    assert posts == [401, 201]


async def test_the_proxy_gets_a_new_token_too(world):
    await steer(world, expire=True)
    assert (await world.get("/proxy/crm/v3/owners")).status_code == 200
    assert await token_calls(world) == [200]


async def test_a_revoked_grant_makes_the_account_wait_for_its_owner(world):
    await steer(world, revoke=True)
    first = (await world.get("/crm/contacts")).json()
    assert (first["status"], first["code"]) == (424, "connection_unauthorized")
    assert first["detail"] == "the account is needs_reauth (invalid_grant); connect it again"
    assert ((await account(world))["status"], (await account(world))["status_reason"]) == ("needs_reauth", "invalid_grant")
    before = len(await world.reached())
    for _ in range(3):
        assert (await world.get("/crm/contacts")).json()["code"] == "connection_unauthorized"
    assert len(await world.reached()) == before
    assert await token_calls(world) == [400]
    await until(lambda: world.services.audit.waiting == 0)
    (row,) = (await world.client.get("/audit", params={"actor": "service"})).json()["data"]
    assert (row["method"], row["reason"], row["account_id"]) == (
        "account.needs_reauth",
        "invalid_grant",
        world.accounts["hubspot"],
    )


async def test_a_provider_that_refuses_every_token_gets_one_refresh_not_a_loop(world):
    fault = {"provider": "hubspot", "match": "GET /crm/*", "times": 50, "status": 401}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    for _ in range(5):
        assert (await world.get("/crm/contacts")).status_code == 424
    assert await token_calls(world) == [200]
    assert (await account(world))["status"] == "active"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"status": 401, "body": {}}, {"status": 400, "body": {}}])
async def test_a_failing_token_endpoint_takes_no_grant_away(world, fault):
    await steer(world, expire=True)
    await world.sandbox.post("/_sandbox/faults", json={"provider": "hubspot", "match": f"POST {TOKEN_CALL}", **LONG, **fault})
    refused = (await world.get("/crm/contacts")).json()
    assert (refused["status"], refused["code"], refused["retryable"]) == (502, "provider_error", True)
    assert 28 <= refused["retry_after"] <= 31
    assert (await account(world))["status"] == "active"
    assert len(await token_calls(world)) == 1


async def test_a_refresh_can_be_asked_for(world):
    url = f"/accounts/{world.accounts['hubspot']}/refresh"
    assert (await world.client.post(url)).json() == {"ok": True, "detail": "the account has a new token"}
    await steer(world, revoke=True)
    told = {"ok": False, "detail": "invalid_grant: the provider gave no new token"}
    assert (await world.client.post(url)).json() == told
    given = {"type": "bearer", "token": "pat-demo-hubspot"}
    await update_account(world.services, world.tenant, world.accounts["hubspot"], AccountPatch(credentials=given))
    detail = "the account has no refresh token; its credentials are used as they are"
    assert (await world.client.post(url)).json() == {"ok": False, "detail": detail}


async def test_a_short_failure_of_the_token_endpoint_is_waited_out(world):
    await steer(world, expire=True)
    fault = {"provider": "hubspot", "match": f"POST {TOKEN_CALL}", "status": 503}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    assert await token_calls(world) == [503, 200]


async def test_new_credentials_bring_an_account_that_waits_for_them_back(world):
    await steer(world, revoke=True)
    assert (await world.get("/crm/contacts")).status_code == 424
    given = {"type": "oauth2", "access_token": "other", "refresh_token": "other-refresh"}
    answer = await world.client.patch(f"/accounts/{world.accounts['hubspot']}", json={"credentials": given})
    assert (answer.json()["status"], answer.json()["status_reason"]) == ("active", None)
    refused = await world.client.patch(
        f"/accounts/{world.accounts['hubspot']}", json={"credentials": given, "status": "disabled"}
    )
    assert refused.json()["status"] == "disabled"
